"""The same behaviour over every row: any transport of the client, any transport of the server, both eras.

`direct` pairs have no Intercept between: they hold the played peers to what the tests expect of them."""

import json
import threading

import pytest

import played

LEGACY = [(c, s) for c in ("stdio", "http", "sse") for s in ("json", "events", "sse", "stdio")]
MODERN = [(c, s) for c in ("stdio", "http") for s in ("json", "events", "stdio")]
ROWS = [
    *((c, s, "2025-11-25", False) for c, s in LEGACY),
    *((c, s, played.MODERN, False) for c, s in MODERN),
    *((c, s, r, True) for c, s in (("stdio", "stdio"), ("http", "json"), ("http", "events")) for r in ("2025-11-25", played.MODERN)),
    ("sse", "sse", "2024-11-05", True),
]


def name_of(row):
    return "-".join([row[0], row[1], "modern" if row[2] == played.MODERN else "legacy", *(["direct"] if row[3] else [])])


every_row = pytest.mark.parametrize("pair", ROWS, ids=name_of)
through = pytest.mark.parametrize("pair", [r for r in ROWS if not r[3]], ids=name_of)
through_legacy = pytest.mark.parametrize("pair", [r for r in ROWS if not r[3] and r[2] != played.MODERN], ids=name_of)
legacy = pytest.mark.parametrize("pair", [r for r in ROWS if r[2] != played.MODERN], ids=name_of)

POLICY = """
version: "1"
default: allow
hide: [secret]
tools:
  danger: {rules: [{action: deny, reason: "not this one"}]}
  limited: {rules: [{rate_limit: {max: 2, window: 3600}}]}
"""


def make(row, pair, policy='version: "1"\n', **how):
    client, server, revision, direct = pair
    return row(client, server, policy=policy, revision=revision, direct=direct, **how)


def text(answer):
    return answer["result"]["content"][0]["text"]


@every_row
def test_lists_and_calls(row, pair):
    it = make(row, pair)
    listed = it.client.ask("tools/list")["result"]["tools"]
    assert listed == it.toolbox.tools
    assert text(it.client.ask_tool("echo", text="hi \u2028 \U0001f600")) == "hi \u2028 \U0001f600"
    assert it.client.ask_tool("fail")["result"]["isError"] is True
    assert it.client.ask("no/such")["error"]["code"] == -32601
    assert text({"result": {"content": it.client.ask("resources/read", uri="test://a b/\u00e9")["result"]["contents"]}}) == "text \u2028 \U0001f600"
    assert it.toolbox.names() == ["echo", "fail"]


@through
def test_policy(row, pair):
    it = make(row, pair, POLICY)
    names = it.client.tools()
    assert "secret" not in names and "danger" in names
    assert "secret" in text(it.client.ask_tool("secret"))
    assert "not this one" in text(it.client.ask_tool("danger"))
    assert text(it.client.ask_tool("limited")) == "limited done"
    assert text(it.client.ask_tool("limited")) == "limited done"
    refused = it.client.ask_tool("limited")["result"]
    assert refused["isError"] is True and "Rate limit" in refused["content"][0]["text"]
    assert refused.get("resultType") == ("complete" if it.client.modern else None)
    assert it.toolbox.names() == ["limited", "limited"]
    decisions = [(r["tool"], r["decision"]) for r in it.intercept.records("decision") if r.get("tool")]
    assert decisions == [("secret", "deny"), ("danger", "deny"), ("limited", "allow"), ("limited", "allow"), ("limited", "deny")]
    it.intercept.outcomes(2)


@every_row
def test_progress(row, pair):
    it = make(row, pair)
    answer = it.client.tool("long", {"steps": 5}, _meta={"progressToken": "t"}).wait()
    assert text(answer) == "5 steps"
    it.client.wait(lambda: len(it.client.notifications) >= 5)
    assert [n["params"]["progress"] for n in it.client.notifications] == [1, 2, 3, 4, 5]
    assert all(n["params"]["progressToken"] == "t" for n in it.client.notifications)


@every_row
@pytest.mark.parametrize("question", list(played.QUESTIONS))
def test_questions_of_the_server(row, pair, question):
    """A request inside a call's stream, answered by a message of its own (older era); input_required and a second call
    (2026-07-28)."""
    it = make(row, pair)
    method = played.QUESTIONS[question][0]
    answer = it.client.tool(question).wait()
    if it.client.modern:
        result = answer["result"]
        assert result["resultType"] == "input_required" and result["inputRequests"]["q"]["method"] == method
        given = {"inputResponses": {"q": it.client.answers[method]}, "requestState": result["requestState"]}
        answer = it.client.tool(question, None, **given).wait()
    assert json.loads(text(answer)) == it.client.answers[method]
    assert [q["method"] for q in it.client.questions] == ([] if it.client.modern else [method])


@through_legacy
def test_a_question_that_the_policy_refuses(row, pair):
    """The client does not see it; the server is told."""
    it = make(row, pair, 'version: "1"\nmethods: {"sampling/createMessage": {rules: [{action: deny, reason: "no sampling"}]}}\n')
    told = json.loads(text(it.client.ask_tool("sample")))
    assert "no sampling" in told["message"]
    assert it.client.questions == []
    assert json.loads(text(it.client.ask_tool("roots"))) == it.client.answers["roots/list"]


@every_row
def test_a_slow_call_blocks_nothing(row, pair):
    it = make(row, pair)
    slow = [it.client.tool("slow", {"gate": f"g{i}"}) for i in range(8)]
    for _ in slow:
        assert it.toolbox.began.acquire(timeout=30)
    for i in range(20):
        assert text(it.client.ask_tool("echo", text=f"{i}")) == f"{i}"
    assert not any(p.done.is_set() for p in slow)
    for i in reversed(range(8)):
        it.toolbox.gate(f"g{i}").set()
        assert text(slow[i].wait()) == "slow done"


@every_row
def test_cancel_by_message(row, pair):
    """notifications/cancelled reaches the server: older era on every transport, 2026-07-28 on stdio only."""
    it = make(row, pair)
    if it.client.modern and pair[0] == "http":
        pytest.skip("closing the stream cancels there: test_leaving.py")
    pending = it.client.tool("hang")
    assert it.toolbox.began.acquire(timeout=30)
    it.client.cancel(pending)
    assert it.toolbox.ended_early.acquire(timeout=30), "the server was not told"
    assert text(it.client.ask_tool("echo", text="on")) == "on"
    if not pair[3]:
        it.client.close()
        it.intercept.finish()
        ended = sorted(r["outcome"] for r in it.intercept.outcomes(2))
        assert ended in (["cancelled", "result"], ["lost", "result"])  # lost: the server never said


@through_legacy
def test_what_the_server_says_by_itself(row, pair):
    """Notifications and requests that belong to no call: on the client's GET stream if it is HTTP."""
    it = make(row, pair, POLICY)
    if pair[0] == "http":
        assert it.client.listen() == 200
    if pair[1] in ("json", "events"):
        it.server.wait(it.server.streams_open, "no GET stream was opened to the server")
    assert it.server.push({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}) == 1
    it.client.notification("notifications/tools/list_changed")
    it.server.push({"jsonrpc": "2.0", "id": "by-itself", "method": "roots/list"})
    it.client.wait(lambda: it.client.questions)
    it.client.wait(lambda: [m for m in it.toolbox.messages if m.get("id") == "by-itself"])
    [answer] = [m for m in it.toolbox.messages if m.get("id") == "by-itself"]
    assert answer["result"] == it.client.answers["roots/list"]


@every_row
@pytest.mark.parametrize("id", [0, -7, "a", "", "1", 2**53 + 1, "\u2028\U0001f600"], ids=repr)
def test_ids_come_back_as_they_were(row, pair, id):
    it = make(row, pair)
    assert it.client.call("ping", id=id).wait()["id"] == id if not it.client.modern else True
    assert it.client.call("tools/call", {"name": "echo", "arguments": {"text": "x"}}, id=id).wait()["id"] == id


@every_row
def test_equal_ids_of_different_types(row, pair):
    it = make(row, pair)
    one = it.client.call("tools/call", {"name": "slow", "arguments": {"gate": "one"}}, id=1)
    two = it.client.call("tools/call", {"name": "slow", "arguments": {"gate": "two"}}, id="1")
    for _ in range(2):
        assert it.toolbox.began.acquire(timeout=30)
    it.toolbox.gate("two").set()
    assert two.wait()["id"] == "1" and not one.done.is_set()
    it.toolbox.gate("one").set()
    assert one.wait()["id"] == 1


@every_row
def test_a_megabyte_each_way(row, pair):
    it = make(row, pair)
    long = "x\u00e9" * 350_000
    assert text(it.client.ask_tool("echo", text=long)) == long


@pytest.mark.parametrize("revision", played.LEGACY)
@pytest.mark.parametrize("pair", [("stdio", "json"), ("http", "json"), ("http", "stdio"), ("sse", "sse")], ids="-".join)
def test_every_older_revision(row, pair, revision):
    it = row(*pair, revision=revision, begin=False)
    answer = it.client.initialize()
    assert answer["result"]["protocolVersion"] == revision
    assert answer["result"]["instructions"] == "For tests." and answer["result"]["serverInfo"] == played.INFO
    assert text(it.client.ask_tool("echo", text="x")) == "x"
    assert it.client.ask("logging/setLevel", level="debug")["result"] == {}
    assert it.toolbox.levels == ["debug"]


@pytest.mark.parametrize("client", ["stdio", "http"])
@pytest.mark.parametrize("server", ["json", "stdio"])
def test_discovery_and_the_older_handshake_afterwards(row, client, server):
    """A client that probes a server of the older era: the server's own error reaches it, and the handshake works."""
    toolbox = played.Toolbox()
    it = row(client, server, revision=played.MODERN, begin=False, toolbox=toolbox)
    found = it.client.ask("server/discover")["result"]
    assert found["supportedVersions"] == [played.MODERN]


@pytest.mark.parametrize("client", ["stdio", "http"])
def test_a_server_of_the_older_era(row, client):
    it = row(client, "json", revision=played.MODERN, begin=False)
    it.server.eras = ("legacy",)
    error = it.client.ask("server/discover")["error"]
    assert (error["code"], error["message"]) == (-32601, "the other era")
    it.client.modern, it.client.revision = False, "2025-11-25"
    assert "result" in it.client.initialize()
    assert text(it.client.ask_tool("echo", text="x")) == "x"


@pytest.mark.parametrize("client", ["stdio", "http"])
def test_a_server_of_the_newer_era_only(row, client):
    it = row(client, "json", begin=False)
    it.server.eras = ("modern",)
    error = it.client.initialize()["error"]
    assert (error["code"], error["message"]) == (-32022, "the other era")


@through
def test_many_at_once(row, pair):
    it = make(row, pair, POLICY)
    pending = [it.client.tool("echo", {"text": str(i)}) for i in range(100)]
    assert [text(p.wait()) for p in pending] == [str(i) for i in range(100)]
    assert len(it.toolbox.executed) == 100


@through
def test_threads_do_not_mix_answers(row, pair):
    it = make(row, pair)
    wrong = []

    def work(n):
        for i in range(10):
            if text(it.client.ask_tool("echo", text=f"{n}/{i}")) != f"{n}/{i}":
                wrong.append((n, i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []
