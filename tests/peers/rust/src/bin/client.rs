//! Client on the official Rust SDK. Runs the same script as tests/peers/node/script.mjs and prints one document.
#![allow(deprecated)]

use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use rmcp::{
    ClientHandler, ErrorData, RoleClient,
    model::*,
    service::{
        ClientLifecycleMode, ClientServiceExt, NotificationContext, PeerRequestOptions, RequestContext, RunningService,
        ServiceError,
    },
};
use serde_json::{Map, Value, from_value, json, to_value};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    sync::Notify,
};

fn made<T: serde::de::DeserializeOwned>(value: Value) -> T {
    from_value(value).expect("a value of the protocol")
}

/// What came over the wire.
#[derive(Default)]
struct Wire {
    muted: bool,
    sent: HashMap<String, Value>,
    answers: Vec<Value>,
    requests: Vec<Value>,
    notifications: Map<String, Value>,
}

impl Wire {
    fn wrote(&mut self, message: &Value) {
        if message.get("id").is_some() && message.get("method").is_some() {
            let params = &message["params"];
            let name = params.get("name").or(params.get("uri")).cloned().unwrap_or(Value::Null);
            self.sent
                .insert(message["id"].to_string(), json!([message["method"], name]));
        }
    }

    fn read(&mut self, message: Value) {
        match (message.get("method").and_then(Value::as_str), message.get("id")) {
            (Some(_), Some(_)) => self.requests.push(message),
            (Some("notifications/progress"), None) if self.muted => {}
            (Some(method), None) => {
                let list = self.notifications.entry(method).or_insert(json!([]));
                list.as_array_mut().unwrap().push(message);
            }
            (None, id) => {
                let to = id.and_then(|id| self.sent.get(&id.to_string())).cloned();
                self.answers.push(json!({"to": to, "message": message}));
            }
        }
    }
}

/// Copies lines and shows each to `see`.
async fn relay(from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, see: impl Fn(Value)) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(message) = serde_json::from_str(&line) {
            see(message);
        }
        if to.write_all(line.as_bytes()).await.is_err()
            || to.write_all(b"\n").await.is_err()
            || to.flush().await.is_err()
        {
            break;
        }
    }
    let _ = to.shutdown().await;
}

struct Client {
    roots: Value,
    first_progress: Arc<Notify>,
}

impl ClientHandler for Client {
    fn get_info(&self) -> ClientConfig {
        let mut info = ClientConfig::default();
        info.capabilities = made(json!({"sampling": {}, "elicitation": {}, "roots": {"listChanged": true}}));
        info.client_info = made(json!({"name": "test-client", "version": "1.0.0"}));
        info
    }

    async fn create_message(
        &self,
        params: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        let text = format!("sampled {}", params.messages.len());
        Ok(made(
            json!({"role": "assistant", "model": "test-model", "stopReason": "endTurn", "content": {"type": "text", "text": text}}),
        ))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let asked = to_value(request).unwrap();
        let names = asked["requestedSchema"]["required"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let content: Map<String, Value> = names
            .iter()
            .map(|n| (n.as_str().unwrap_or_default().to_string(), json!("xxx")))
            .collect();
        Ok(made(json!({"action": "accept", "content": content})))
    }

    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        Ok(made(json!({"roots": self.roots})))
    }

    async fn on_progress(&self, _: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.first_progress.notify_one();
    }
}

struct Script {
    client: RunningService<RoleClient, Client>,
    wire: Arc<Mutex<Wire>>,
    first_progress: Arc<Notify>,
    steps: Vec<Value>,
}

impl Script {
    fn step<T: serde::Serialize>(&mut self, name: &str, result: Result<T, ServiceError>) -> Value {
        let value = match &result {
            Ok(result) => json!({"step": name, "result": to_value(result).unwrap()}),
            Err(ServiceError::McpError(error)) => json!({"step": name, "error": to_value(error).unwrap()}),
            Err(error) => json!({"step": name, "error": error.to_string()}),
        };
        self.steps.push(value.clone());
        value["result"].clone()
    }

    async fn call(&mut self, call: &Value) {
        let name = call["name"].as_str().unwrap();
        let params: CallToolRequestParams = made(json!({"name": name, "arguments": call["arguments"]}));
        if call["cancel"] == true {
            while tokio::time::timeout(Duration::ZERO, self.first_progress.notified())
                .await
                .is_ok()
            {}
            let request = ClientRequest::CallToolRequest(Request::new(params));
            let handle = self
                .client
                .peer()
                .send_cancellable_request(request, PeerRequestOptions::no_options())
                .await
                .unwrap();
            self.first_progress.notified().await;
            self.wire.lock().unwrap().muted = true;
            let done = handle.cancel(Some("enough".into())).await;
            self.step(&format!("call {name}"), done);
        } else {
            let result = self.client.call_tool(params).await;
            self.step(&format!("call {name}"), result);
        }
    }

    async fn run(&mut self, scenario: &Value) {
        let info = self.client.peer().peer_info().map(|info| to_value(&*info).unwrap());
        let has = |what: &str| info.as_ref().is_some_and(|i| !i["capabilities"][what].is_null());
        let (resources, prompts, logging) = (has("resources"), has("prompts"), has("logging"));
        self.steps.push(json!({"step": "connected", "result": info}));
        tokio::time::sleep(Duration::from_millis(scenario["settle"].as_u64().unwrap_or(0))).await;
        if let (Some(level), true) = (scenario["level"].as_str(), logging) {
            let result = self.client.set_level(made(json!({"level": level}))).await;
            self.step("level", result);
        }
        let tools = self.client.list_tools(None).await;
        self.step("tools", tools);
        for call in scenario["calls"].as_array().unwrap() {
            self.call(call).await;
        }
        if resources {
            let listed = self.client.list_resources(None).await;
            let listed = self.step("resources", listed);
            let templates = self.client.list_resource_templates(None).await;
            self.step("templates", templates);
            let mut uris: Vec<Value> = scenario["reads"].as_array().cloned().unwrap_or_default();
            uris.extend(
                listed["resources"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .take(2)
                    .map(|r| r["uri"].clone()),
            );
            uris.push(json!("no://such/resource"));
            for uri in uris {
                let result = self.client.read_resource(made(json!({"uri": uri}))).await;
                self.step(&format!("read {uri}"), result);
            }
        }
        if prompts {
            let listed = self.client.list_prompts(None).await;
            let listed = self.step("prompts", listed);
            for prompt in listed["prompts"].as_array().cloned().unwrap_or_default() {
                let names = prompt["arguments"].as_array().cloned().unwrap_or_default();
                let arguments: Map<String, Value> = names
                    .iter()
                    .map(|a| (a["name"].as_str().unwrap().to_string(), json!("1")))
                    .collect();
                let result = self
                    .client
                    .get_prompt(made(json!({"name": prompt["name"], "arguments": arguments})))
                    .await;
                self.step(&format!("prompt {}", prompt["name"]), result);
            }
        }
        for params in scenario["completions"].as_array().cloned().unwrap_or_default() {
            let result = self.client.complete(made(params)).await;
            self.step("complete", result);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let path = std::env::args().nth(1).expect("a scenario");
    let scenario: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let texts = |v: &Value| {
        v.as_array()
            .unwrap()
            .iter()
            .map(|a| a.as_str().unwrap().to_string())
            .collect::<Vec<_>>()
    };
    let mut child = tokio::process::Command::new(scenario["command"].as_str().unwrap())
        .args(texts(&scenario["args"]))
        .envs(
            scenario["env"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(k, v)| (k, v.as_str().unwrap())),
        )
        .current_dir(scenario["cwd"].as_str().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server");
    let wire = Arc::new(Mutex::new(Wire::default()));
    let (to_sdk, from_server) = tokio::io::duplex(1 << 16);
    let (to_server, from_sdk) = tokio::io::duplex(1 << 16);
    let seen = wire.clone();
    tokio::spawn(relay(child.stdout.take().unwrap(), to_sdk, move |m| {
        seen.lock().unwrap().read(m)
    }));
    let seen = wire.clone();
    let writing = tokio::spawn(relay(from_sdk, child.stdin.take().unwrap(), move |m| {
        seen.lock().unwrap().wrote(&m)
    }));

    let first_progress = Arc::new(Notify::new());
    let handler = Client {
        roots: scenario["roots"].clone(),
        first_progress: first_progress.clone(),
    };
    let mode = match scenario["mode"].as_str() {
        None => ClientLifecycleMode::Initialize,
        Some("auto") => ClientLifecycleMode::Auto {
            preferred_versions: vec![made(json!("2026-07-28"))],
            legacy_version: None,
        },
        Some(version) => ClientLifecycleMode::Discover {
            preferred_versions: vec![made(json!(version))],
        },
    };
    let client = handler
        .serve_with_lifecycle((from_server, to_server), mode)
        .await
        .expect("a session");
    let mut script = Script {
        client,
        wire: wire.clone(),
        first_progress,
        steps: vec![],
    };
    tokio::time::timeout(Duration::from_secs(60), script.run(&scenario))
        .await
        .expect("the script's end");
    tokio::time::sleep(Duration::from_millis(100)).await;
    {
        let seen = wire.lock().unwrap();
        let seen = json!({"answers": seen.answers, "requests": seen.requests, "notifications": seen.notifications});
        println!("{}", json!({"steps": script.steps, "wire": seen}));
    }
    let _ = script.client.cancel().await;
    writing.abort();
    if tokio::time::timeout(Duration::from_millis(400), child.wait())
        .await
        .is_err()
    {
        // Some servers ignore their input's end.
        let _ = tokio::process::Command::new("kill")
            .arg(child.id().unwrap_or_default().to_string())
            .status()
            .await;
        let _ = child.wait().await;
    }
}
