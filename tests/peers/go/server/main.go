// Server on the official Go SDK: the tools, resources and prompts that our small servers share. On stdio; with the
// argument "http" or "sse" on that transport at $PORT.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type nothing struct{}

type echoArgs struct {
	Text string `json:"text"`
}

type addArgs struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

type sum struct {
	Sum float64 `json:"sum"`
}

type longArgs struct {
	Steps int `json:"steps"`
}

func said(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

// stateless tells whether the call is of 2026-07-28 or later, where a server asks in its results.
func stateless(req *mcp.CallToolRequest) bool {
	return req.Params.Meta[mcp.MetaKeyProtocolVersion] != nil
}

func elicit(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
	ask := &mcp.ElicitParams{
		Mode:    "form",
		Message: "Your name?",
		RequestedSchema: map[string]any{
			"type": "object", "properties": map[string]any{"name": map[string]any{"type": "string"}}, "required": []string{"name"},
		},
	}
	var answer *mcp.ElicitResult
	if stateless(req) {
		got, ok := req.Params.InputResponses["name"].(*mcp.ElicitResult)
		if !ok {
			return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"name": ask}, RequestState: "state é 1"}, nil, nil
		}
		answer = got
	} else {
		got, err := req.Session.Elicit(ctx, ask)
		if err != nil {
			return nil, nil, err
		}
		answer = got
	}
	return said(fmt.Sprintf("hello %v", answer.Content["name"])), nil, nil
}

func ask(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
	if stateless(req) {
		return said("not asked"), nil, nil
	}
	got, err := req.Session.CreateMessage(ctx, &mcp.CreateMessageParams{
		MaxTokens: 10,
		Messages:  []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "Say something"}}},
	})
	if err != nil {
		return nil, nil, err
	}
	return said("sampled by " + got.Model), nil, nil
}

func roots(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
	if stateless(req) {
		return said("not asked"), nil, nil
	}
	got, err := req.Session.ListRoots(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return said(fmt.Sprintf("%d roots", len(got.Roots))), nil, nil
}

func long(ctx context.Context, req *mcp.CallToolRequest, args longArgs) (*mcp.CallToolResult, any, error) {
	token := req.Params.GetProgressToken()
	for i := 1; i <= args.Steps; i++ {
		if token != nil {
			_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
				ProgressToken: token, Progress: float64(i), Total: float64(args.Steps), Message: fmt.Sprintf("step %d", i),
			})
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return said(fmt.Sprintf("%d steps", args.Steps)), nil, nil
}

func complete(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	values := []string{}
	for _, v := range []string{"1", "2", "12"} {
		if strings.HasPrefix(v, req.Params.Argument.Value) {
			values = append(values, v)
		}
	}
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: values, Total: len(values)}}, nil
}

func read(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	text := "text \u2028 \U0001f600"
	if id, ok := strings.CutPrefix(req.Params.URI, "test://item/"); ok {
		text = "item " + id
	}
	return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, Text: text}}}, nil
}

func greet(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
	text := &mcp.TextContent{Text: "Greet " + req.Params.Arguments["name"]}
	return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: text}}}, nil
}

func serve(server *mcp.Server) error {
	if len(os.Args) < 2 {
		return server.Run(context.Background(), &mcp.StdioTransport{})
	}
	one := func(*http.Request) *mcp.Server { return server }
	mux := http.NewServeMux()
	if os.Args[1] == "sse" {
		mux.Handle("/sse", mcp.NewSSEHandler(one, nil))
	} else {
		old := mcp.NewStreamableHTTPHandler(one, &mcp.StreamableHTTPOptions{EventStore: mcp.NewMemoryEventStore(nil)})
		modern := mcp.NewStreamableHTTPHandler(one, &mcp.StreamableHTTPOptions{Stateless: true})
		mux.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Mcp-Protocol-Version") > "2026" {
				modern.ServeHTTP(w, r)
			} else {
				old.ServeHTTP(w, r)
			}
		})
	}
	return http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux)
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "go", Title: "Go", Version: "1.0.0"}, &mcp.ServerOptions{
		Instructions: "For tests.", CompletionHandler: complete,
	})
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: "Says it again", Meta: mcp.Meta{"com.example/x": []int{1}}},
		func(_ context.Context, _ *mcp.CallToolRequest, args echoArgs) (*mcp.CallToolResult, any, error) {
			return said(args.Text), nil, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "add", Title: "Sum", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
		func(_ context.Context, _ *mcp.CallToolRequest, args addArgs) (*mcp.CallToolResult, sum, error) {
			return nil, sum{args.A + args.B}, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "secret", Description: "To be hidden"},
		func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
			return said("you should not see this"), nil, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "error"},
		func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
			return nil, nil, errors.New("as asked")
		})
	mcp.AddTool(server, &mcp.Tool{Name: "long"}, long)
	mcp.AddTool(server, &mcp.Tool{Name: "ask"}, ask)
	mcp.AddTool(server, &mcp.Tool{Name: "elicit"}, elicit)
	mcp.AddTool(server, &mcp.Tool{Name: "roots"}, roots)
	server.AddResource(&mcp.Resource{Name: "text", URI: "test://text", MIMEType: "text/plain"}, read)
	server.AddResourceTemplate(&mcp.ResourceTemplate{Name: "item", URITemplate: "test://item/{id}"}, read)
	server.AddPrompt(&mcp.Prompt{Name: "greet", Description: "A greeting",
		Arguments: []*mcp.PromptArgument{{Name: "name", Required: true}}}, greet)
	if err := serve(server); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
