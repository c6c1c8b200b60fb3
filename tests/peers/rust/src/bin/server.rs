//! Server on the official Rust SDK: the tools, resources and prompts that our small servers share.
#![allow(deprecated)]

use std::time::Duration;

use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt, model::*, service::RequestContext, transport::stdio};
use serde_json::{Value, from_value, json};

struct Server;

fn made<T: serde::de::DeserializeOwned>(value: Value) -> T {
    from_value(value).expect("a value of the protocol")
}

/// A result of 2026-07-28; the SDK leaves `resultType` out for older clients.
fn result<T: serde::de::DeserializeOwned>(mut value: Value) -> T {
    value["resultType"] = json!("complete");
    made(value)
}

fn said(text: impl Into<String>) -> CallToolResponse {
    let text: String = text.into();
    CallToolResponse::Complete(result(json!({"content": [{"type": "text", "text": text}]})))
}

fn failed(text: &str) -> CallToolResponse {
    CallToolResponse::Complete(result(
        json!({"content": [{"type": "text", "text": text}], "isError": true}),
    ))
}

fn tool(name: &str, properties: Value) -> Value {
    let required: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
    json!({"name": name, "inputSchema": {"type": "object", "properties": properties, "required": required}})
}

impl Server {
    async fn long(&self, steps: u64, context: &RequestContext<RoleServer>) -> CallToolResponse {
        for i in 1..=steps {
            if let Some(token) = context.meta.get_progress_token() {
                let mut progress = ProgressNotificationParam::new(token, i as f64);
                progress.total = Some(steps as f64);
                progress.message = Some(format!("step {i}"));
                let _ = context.peer.notify_progress(progress).await;
            }
            tokio::select! {
                _ = context.ct.cancelled() => break,
                _ = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
        }
        said(format!("{steps} steps"))
    }

    async fn elicit(&self, request: &CallToolRequestParams, context: &RequestContext<RoleServer>) -> CallToolResponse {
        let ask = json!({"mode": "form", "message": "Your name?", "requestedSchema": {
            "type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}});
        let name = |answer: &Value| answer["content"]["name"].as_str().unwrap_or("nobody").to_string();
        if context.meta.protocol_version().is_some() {
            return match &request.input_responses {
                Some(answers) => said(format!(
                    "hello {}",
                    name(&serde_json::to_value(answers).unwrap()["name"])
                )),
                None => CallToolResponse::InputRequired(made(json!({
                    "resultType": "input_required", "requestState": "state é 1",
                    "inputRequests": {"name": {"method": "elicitation/create", "params": ask}}}))),
            };
        }
        match context.peer.create_elicitation(made(ask)).await {
            Ok(answer) => said(format!("hello {}", name(&serde_json::to_value(answer).unwrap()))),
            Err(error) => failed(&error.to_string()),
        }
    }

    async fn ask(&self, context: &RequestContext<RoleServer>) -> CallToolResponse {
        let text = json!({"type": "text", "text": "Say something"});
        let ask = json!({"messages": [{"role": "user", "content": text}], "maxTokens": 10});
        match context.peer.create_message(made(ask)).await {
            Ok(answer) => said(format!("sampled by {}", answer.model)),
            Err(error) => failed(&error.to_string()),
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::default();
        info.capabilities =
            made(json!({"tools": {}, "resources": {}, "prompts": {}, "completions": {}, "logging": {}}));
        info.server_info = made(json!({"name": "rust", "title": "Rust", "version": "1.0.0"}));
        info.instructions = Some("For tests.".into());
        info
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let number = json!({"type": "number"});
        let mut echo = tool("echo", json!({"text": {"type": "string"}}));
        echo["description"] = json!("Says it again");
        echo["_meta"] = json!({"com.example/x": [1]});
        Ok(result(json!({"tools": [
            echo, tool("add", json!({"a": number, "b": number})), tool("secret", json!({})), tool("error", json!({})),
            tool("long", json!({"steps": {"type": "integer"}})), tool("ask", json!({})), tool("elicit", json!({})),
            tool("roots", json!({}))]})))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.clone().unwrap_or_default());
        Ok(match request.name.as_ref() {
            "echo" => said(arguments["text"].as_str().unwrap_or_default()),
            "add" => match (arguments["a"].as_f64(), arguments["b"].as_f64()) {
                (Some(a), Some(b)) => said(format!("{}", a + b)),
                _ => return Err(ErrorData::invalid_params("a and b must be numbers", None)),
            },
            "secret" => said("you should not see this"),
            "error" => failed("as asked"),
            "long" => self.long(arguments["steps"].as_u64().unwrap_or(1), &context).await,
            "ask" => self.ask(&context).await,
            "elicit" => self.elicit(&request, &context).await,
            "roots" => match context.peer.list_roots().await {
                Ok(found) => said(format!("{} roots", found.roots.len())),
                Err(error) => failed(&error.to_string()),
            },
            other => return Err(ErrorData::invalid_params(format!("no tool {other}"), None)),
        })
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(result(
            json!({"resources": [{"name": "text", "uri": "test://text", "mimeType": "text/plain"}]}),
        ))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(result(
            json!({"resourceTemplates": [{"name": "item", "uriTemplate": "test://item/{id}"}]}),
        ))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let text = match request.uri.strip_prefix("test://item/") {
            Some(id) => format!("item {id}"),
            None if request.uri == "test://text" => "text \u{2028} \u{1f600}".to_string(),
            None => {
                return Err(ErrorData::resource_not_found(
                    "no such resource",
                    Some(json!({"uri": request.uri})),
                ));
            }
        };
        Ok(ReadResourceResponse::Complete(result(
            json!({"contents": [{"uri": request.uri, "text": text}]}),
        )))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let arguments = json!([{"name": "name", "required": true}]);
        Ok(result(
            json!({"prompts": [{"name": "greet", "description": "A greeting", "arguments": arguments}]}),
        ))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name != "greet" {
            return Err(ErrorData::invalid_params("no such prompt", None));
        }
        let given = serde_json::to_value(request.arguments).unwrap();
        let text = format!("Greet {}", given["name"].as_str().unwrap_or("nobody"));
        Ok(GetPromptResponse::Complete(result(
            json!({"messages": [{"role": "user", "content": {"type": "text", "text": text}}]}),
        )))
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let values: Vec<&str> = ["1", "2", "12"]
            .into_iter()
            .filter(|v| v.starts_with(&request.argument.value))
            .collect();
        Ok(result(
            json!({"completion": {"values": values, "total": values.len(), "hasMore": false}}),
        ))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let running = Server.serve(stdio()).await.expect("a client");
    running.waiting().await.expect("the end");
}
