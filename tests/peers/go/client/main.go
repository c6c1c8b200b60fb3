// Client on the official Go SDK. Runs the same script as tests/peers/node/script.mjs and prints one document.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type call struct {
	Name             string
	Arguments        map[string]any
	Progress, Cancel bool
}

type scenario struct {
	Command     string
	Args        []string
	Cwd         string
	Mode        string
	Transport   string
	URL         string
	Bridged     bool // the same script over transports that differ: nothing that only some of them have
	Env         map[string]string
	Settle      int
	Level       string
	Roots       []*mcp.Root
	Calls       []call
	Reads       []string
	Completions []*mcp.CompleteParams
}

// wire notes what the transport reads, as the LoggingTransport prints it.
type wire struct {
	mutex         sync.Mutex
	muted         bool
	sent          map[string]any
	calls         int                          // that were sent
	written       any                          // the progress token of the request that was sent last
	Answers       []answer                     `json:"answers"`
	Requests      []json.RawMessage            `json:"requests"`
	Notifications map[string][]json.RawMessage `json:"notifications"`
	progress      func()
}

// answer is one of the server's, to what the request with its id was. Writes are logged after they are done, so that is
// known only at the end.
type answer struct {
	id      string
	To      any             `json:"to"`
	Message json.RawMessage `json:"message"`
}

type envelope struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name string `json:"name"`
		URI  string `json:"uri"`
		Meta struct {
			ProgressToken any `json:"progressToken"`
		} `json:"_meta"`
	} `json:"params"`
}

func (w *wire) Write(line []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	direction, text, found := bytes.Cut(bytes.TrimSpace(line), []byte(": "))
	var m envelope
	if !found || json.Unmarshal(text, &m) != nil {
		return len(line), nil
	}
	message := json.RawMessage(bytes.Clone(text))
	switch {
	case string(direction) == "write":
		if m.Method != "" && m.ID != nil {
			name := m.Params.Name
			if name == "" {
				name = m.Params.URI
			}
			w.sent[string(m.ID)] = []string{m.Method, name}
			w.written = m.Params.Meta.ProgressToken
			if m.Method == "tools/call" {
				w.calls++
			}
		}
	case m.Method != "" && m.ID != nil:
		w.Requests = append(w.Requests, message)
	case m.Method == "notifications/progress" && w.muted:
	case m.Method != "":
		w.Notifications[m.Method] = append(w.Notifications[m.Method], message)
	default:
		w.Answers = append(w.Answers, answer{id: string(m.ID), Message: message})
	}
	return len(line), nil
}

func (w *wire) callsSent() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.calls
}

var steps []map[string]any

func step[T any](name string, do func() (T, error)) T {
	result, err := do()
	entry := map[string]any{"step": name}
	if err != nil {
		var coded *jsonrpc.Error
		if errors.As(err, &coded) {
			entry["error"] = map[string]any{"code": coded.Code, "message": coded.Message, "data": coded.Data}
		} else {
			entry["error"] = map[string]any{"message": err.Error()}
		}
	} else {
		entry["result"] = result
	}
	steps = append(steps, entry)
	return result
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func transportOf(s scenario) mcp.Transport {
	switch s.Transport {
	case "http":
		return &mcp.StreamableClientTransport{Endpoint: s.URL}
	case "sse":
		return &mcp.SSEClientTransport{Endpoint: s.URL}
	}
	command := exec.Command(s.Command, s.Args...)
	command.Dir = s.Cwd
	command.Env = os.Environ()
	for k, v := range s.Env {
		command.Env = append(command.Env, k+"="+v)
	}
	return &mcp.CommandTransport{Command: command, TerminateDuration: 400 * time.Millisecond}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	var s scenario
	must(json.Unmarshal(text, &s))
	w := &wire{sent: map[string]any{}, Answers: []answer{}, Requests: []json.RawMessage{}, Notifications: map[string][]json.RawMessage{}}
	var onProgress func(*mcp.ProgressNotificationParams)
	client := mcp.NewClient(&mcp.Implementation{Name: "test-client", Version: "1.0.0"}, &mcp.ClientOptions{
		CreateMessageHandler: func(_ context.Context, r *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			said := &mcp.TextContent{Text: fmt.Sprintf("sampled %d", len(r.Params.Messages))}
			return &mcp.CreateMessageResult{Model: "test-model", Role: "assistant", StopReason: "endTurn", Content: said}, nil
		},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			content := map[string]any{}
			if schema, ok := r.Params.RequestedSchema.(map[string]any); ok {
				if required, ok := schema["required"].([]any); ok {
					for _, name := range required {
						content[name.(string)] = "xxx"
					}
				}
			}
			return &mcp.ElicitResult{Action: "accept", Content: content}, nil
		},
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			w.mutex.Lock()
			f := onProgress
			w.mutex.Unlock()
			if f != nil {
				f(r.Params)
			}
		},
	})
	client.AddRoots(s.Roots...)
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	transport := &mcp.LoggingTransport{Transport: transportOf(s), Writer: w}
	session, err := client.Connect(ctx, transport, &mcp.ClientSessionOptions{ProtocolVersion: s.Mode})
	must(err)

	one := func(c call, id int) (any, error) {
		params := &mcp.CallToolParams{Name: c.Name, Arguments: c.Arguments}
		inner, cancel := context.WithCancel(ctx)
		defer cancel()
		var progress []*mcp.ProgressNotificationParams
		if c.Progress || c.Cancel {
			params.SetProgressToken(fmt.Sprintf("token-%d", id))
			w.mutex.Lock()
			onProgress = func(p *mcp.ProgressNotificationParams) {
				if p.ProgressToken != params.GetProgressToken() { // a late one of the call before
					return
				}
				w.mutex.Lock()
				progress = append(progress, p)
				w.muted = w.muted || c.Cancel
				// Over HTTP+SSE progress may come before the call's POST is over, and a POST that is cancelled is not noted.
				written := w.written == p.ProgressToken
				w.mutex.Unlock()
				if c.Cancel && written {
					cancel()
				}
			}
			w.mutex.Unlock()
		}
		before := w.callsSent()
		result, err := session.CallTool(inner, params)
		// Over HTTP+SSE the answer, too, may come before that: the POST is over before its context is.
		for end := time.Now().Add(10 * time.Second); err == nil && w.callsSent() == before && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if c.Cancel && err != nil {
			return map[string]any{"cancelled": errors.Is(err, context.Canceled), "progress": len(progress) > 0}, nil
		}
		if err != nil {
			return nil, err
		}
		return result, nil
	}

	known := session.InitializeResult()
	steps = append(steps, map[string]any{"step": "connected", "result": known})
	time.Sleep(time.Duration(s.Settle) * time.Millisecond)
	modern := s.Bridged && s.Mode > "2026" // over HTTP an answer of 400 ends the session
	if !modern {
		step("ping", func() (any, error) { return nil, session.Ping(ctx, nil) })
	}
	if s.Level != "" && !modern {
		step("level", func() (any, error) {
			return nil, session.SetLoggingLevel(ctx, &mcp.SetLoggingLevelParams{Level: mcp.LoggingLevel(s.Level)})
		})
	}
	step("tools", func() (any, error) { return session.ListTools(ctx, nil) })
	for i, c := range s.Calls {
		step("call "+c.Name, func() (any, error) { return one(c, i) })
	}
	resources := step("resources", func() (*mcp.ListResourcesResult, error) { return session.ListResources(ctx, nil) })
	step("templates", func() (any, error) { return session.ListResourceTemplates(ctx, nil) })
	uris := append([]string{}, s.Reads...)
	if resources != nil {
		for i, r := range resources.Resources {
			if i < 2 {
				uris = append(uris, r.URI)
			}
		}
	}
	for _, uri := range append(uris, "no://such/resource") {
		step("read "+uri, func() (any, error) { return session.ReadResource(ctx, &mcp.ReadResourceParams{URI: uri}) })
	}
	prompts := step("prompts", func() (*mcp.ListPromptsResult, error) { return session.ListPrompts(ctx, nil) })
	if prompts != nil {
		for _, p := range prompts.Prompts {
			arguments := map[string]string{}
			for _, a := range p.Arguments {
				arguments[a.Name] = "1"
			}
			step("prompt "+p.Name, func() (any, error) {
				return session.GetPrompt(ctx, &mcp.GetPromptParams{Name: p.Name, Arguments: arguments})
			})
		}
	}
	for _, c := range s.Completions {
		step("complete", func() (any, error) { return session.Complete(ctx, c) })
	}
	time.Sleep(100 * time.Millisecond)
	_ = session.Close()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for i := range w.Answers {
		w.Answers[i].To = w.sent[w.Answers[i].id]
	}
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{"steps": steps, "wire": w}))
}
