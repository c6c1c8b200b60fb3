"""Hidden tools are gone from every list, and nothing else of a list changes (bypass class F)."""

import json

import pytest

import harness

POLICY = """
version: "1"
hide: [secret, "admin_*"]
tools: {danger: {rules: [{action: deny}]}}
"""
UNKNOWN = POLICY + "on_hidden: unknown\n"

SAFE = b'{"name":"safe","title":"S","description":"x\\u00e9","inputSchema":{"type":"object","properties":{"a":{"type":"number","maximum":1.0}},"required":["a"]},"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true,"x":1e2},"execution":{"taskSupport":"optional"},"icons":[{"src":"data:,"}],"_meta":{"ui":{"resourceUri":"ui://x"}},"vendor":null}'
SECRET = b'{"name":"secret","description":"hidden","inputSchema":{"type":"object"}}'
ESCAPED = b'{"name":"s\\u0065cret","inputSchema":{"type":"object"}}'
ADMIN = b'{"name":"admin_reset","inputSchema":{"type":"object"}}'
DANGER = b'{"name":"danger","inputSchema":{"type":"object"}}'


def page(wire, tools, rest=b"", id=1, params=None):
    wire.send({"jsonrpc": "2.0", "id": id, "method": "tools/list", **({} if params is None else {"params": params})})
    assert wire.server_recv()["method"] == "tools/list"
    wire.server_send(b'{"jsonrpc":"2.0","id":%d,"result":{"tools":[%s]%s}}' % (id, b",".join(tools), rest))
    return wire.client.next()


def expect(tools, rest=b"", id=1):
    return harness.exact(b'{"jsonrpc":"2.0","id":%d,"result":{"tools":[%s]%s}}' % (id, b",".join(tools), rest))


@pytest.mark.parametrize("hidden", [SECRET, ESCAPED, ADMIN], ids=["name", "escaped", "glob"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_hidden_is_gone_and_all_else_stays(wire_of, hidden, place):
    wire = wire_of(POLICY)
    tools = [SAFE, DANGER]
    tools.insert(place, hidden)
    rest = b',"_meta":{"a":1.0},"vendor":[{"z":1,"a":2}]'
    assert harness.exact(page(wire, tools, rest)) == expect([SAFE, DANGER], rest)


def test_only_hidden(wire_of):
    assert harness.exact(page(wire_of(POLICY), [SECRET, SECRET, ADMIN])) == expect([])


def test_every_page(wire_of):
    wire = wire_of(POLICY)
    assert harness.exact(page(wire, [SECRET, SAFE], b',"nextCursor":"p2"')) == expect([SAFE], b',"nextCursor":"p2"')
    got = page(wire, [DANGER, SECRET], b',"nextCursor":"p3"', id=2, params={"cursor": "p2"})
    assert harness.exact(got) == expect([DANGER], b',"nextCursor":"p3"', id=2)
    assert harness.exact(page(wire, [ADMIN], id=3, params={"cursor": "p3"})) == expect([], id=3)


def test_pages_out_of_order(wire_of):
    """A page that begins no chain we know is filtered as well."""
    assert harness.exact(page(wire_of(POLICY), [SECRET, SAFE], params={"cursor": "stale"})) == expect([SAFE])


def test_pages_in_flight_together(wire_of):
    wire = wire_of(POLICY)
    for id in (1, 2):
        wire.send({"jsonrpc": "2.0", "id": id, "method": "tools/list"})
        wire.server_next()
    for id in (2, 1):
        wire.server_send(b'{"jsonrpc":"2.0","id":%d,"result":{"tools":[%s,%s]}}' % (id, SECRET, SAFE))
        assert harness.exact(wire.client.next()) == expect([SAFE], id=id)


def test_answer_under_another_spelling_of_the_id(wire_of):
    wire = wire_of(POLICY)
    wire.send(b'{"jsonrpc":"2.0","id":1.0,"method":"tools/list"}')
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","id":1,"result":{"tools":[%s,%s]}}' % (SECRET, SAFE))
    assert b"secret" not in wire.client.next()


@pytest.mark.parametrize("id", [b'"1"', b"2", b"null"], ids=["type", "value", "null"])
def test_list_under_an_id_that_nobody_waits_for(wire_of, id):
    """It is recognised by its shape or held back, but never passes unfiltered."""
    wire = wire_of(POLICY)
    wire.server_send(b'{"jsonrpc":"2.0","id":%s,"result":{"tools":[%s,%s]}}' % (id, SECRET, SAFE))
    assert not any(b"secret" in line for line in wire.server_fence())


def test_list_as_answer_to_another_method(wire_of):
    wire = wire_of(POLICY)
    wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    wire.server_next()
    wire.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
    wire.server_next()
    wire.server_send(b'{"jsonrpc":"2.0","id":1,"result":{"tools":[%s,%s]}}' % (SECRET, SAFE))
    assert not any(b"secret" in line for line in wire.server_fence())


NAMELESS = {
    "no-name": b'{"description":"secret"}',
    "number": b'{"name":1,"description":"secret"}',
    "text": b'"secret"',
    "twice": b'{"name":"safe","name":"secret"}',
    "twice-reversed": b'{"name":"secret","name":"safe2"}',
}


@pytest.mark.parametrize("tool", NAMELESS.values(), ids=NAMELESS.keys())
def test_tool_that_two_readers_name_differently(wire_of, tool):
    """Nothing that any reader could take for a hidden tool is left; the list stays an answer."""
    wire = wire_of(POLICY)
    line = page(wire, [tool, SAFE])
    assert b"secret" not in line
    assert json.loads(line)["id"] == 1


def test_result_without_tools(wire_of):
    wire = wire_of(POLICY)
    for result in (b"{}", b'{"tools":null}', b'{"tools":{"secret":1}}', b'{"tools":"secret"}'):
        wire.send({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        wire.server_next()
        wire.server_send(b'{"jsonrpc":"2.0","id":1,"result":%s}' % result)
        line = wire.client.next()
        assert b"secret" not in line and json.loads(line)["id"] == 1


def test_call_of_hidden_is_refused(wire_of):
    wire = wire_of(POLICY)
    for name in ("secret", "s\\u0065cret", "admin_reset", "admin_"):
        answer = wire.ask(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s"}}' % name.encode())
        assert answer["result"]["isError"] is True
        assert "is hidden by policy" in answer["result"]["content"][0]["text"]


def test_hidden_as_unknown(wire_of):
    """on_hidden: unknown says nothing that the server would not say of a tool it does not have."""
    wire = wire_of(UNKNOWN)
    answer = wire.ask({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "secret"}})
    text = json.dumps(answer)
    assert "hidden" not in text and "policy" not in text.lower()
    assert answer.get("error", {}).get("code") == -32602 or answer["result"]["isError"] is True


def test_cache_scope_is_private(wire_of):
    rest = b',"ttlMs":1000,"cacheScope":"public","resultType":"complete"'
    assert harness.exact(page(wire_of(POLICY), [SAFE], rest)) == expect([SAFE], rest.replace(b"public", b"private"))


def test_cache_scope_stays_where_nothing_is_hidden(wire_of):
    rest = b',"ttlMs":1000,"cacheScope":"public"'
    assert harness.exact(page(wire_of('version: "1"\n'), [SAFE, SECRET], rest)) == expect([SAFE, SECRET], rest)


def test_no_cache_scope_is_added(wire_of):
    assert b"cacheScope" not in page(wire_of(POLICY), [SAFE, SECRET])


def test_other_lists_are_untouched(wire_of):
    wire = wire_of(POLICY)
    for method, key in (("resources/list", "resources"), ("prompts/list", "prompts"), ("resources/templates/list", "resourceTemplates")):
        wire.send({"jsonrpc": "2.0", "id": 1, "method": method})
        wire.server_next()
        line = b'{"jsonrpc":"2.0","id":1,"result":{"%s":[{"name":"secret","uri":"x"}]}}' % key.encode()
        wire.server_send(line)
        assert harness.exact(wire.client.next()) == harness.exact(line)


def test_list_changed_passes(wire_of):
    wire = wire_of(POLICY)
    note = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
    wire.server_send(note)
    assert wire.recv() == note


def test_list_of_2_MiB_on_one_line(wire_of):
    wire = wire_of(POLICY)
    tools = [b'{"name":"t%d","description":"%s","inputSchema":{"type":"object"}}' % (i, b"d" * 1000) for i in range(2000)]
    assert harness.exact(page(wire, [*tools[:1000], SECRET, *tools[1000:]])) == expect(tools)


def test_refused_while_hidden_even_if_never_listed(wire_of):
    """Hiding is no list matter alone: the call is refused before any list went by."""
    with harness.Wire(POLICY) as wire:
        assert "hidden" in json.dumps(wire.ask({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "secret"}}))
