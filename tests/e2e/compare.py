"""Compares what a client saw direct with what it saw through Intercept, field for field.

Only what differs between two direct runs is left out (times, random ids), found by running direct twice."""


def differences(a, b, path=()):
    """Paths at which two documents differ, with both values."""
    if type(a) is not type(b):
        return [(path, a, b)]
    if isinstance(a, dict):
        found = []
        for key in [*a, *(k for k in b if k not in a)]:
            if key not in a or key not in b:
                found.append((path + (key,), a.get(key), b.get(key)))
            else:
                found += differences(a[key], b[key], path + (key,))
        if not found and list(a) != list(b):
            found.append((path + ("(order)",), list(a), list(b)))
        return found
    if isinstance(a, list):
        if len(a) != len(b):
            return [(path, a, b)]
        return [d for i, (x, y) in enumerate(zip(a, b)) for d in differences(x, y, path + (i,))]
    return [] if a == b else [(path, a, b)]


def masked(path, mask):
    return any(path[: len(m)] == m for m in mask)


def mask_of(first, second):
    """What two direct runs do not agree on. The tools must not be among it: they are what this is about."""
    mask = [path for path, _, _ in differences(first, second)]
    for path in mask:
        assert "tools" not in path, f"two direct runs differ at {path}"
    return mask


def assert_equal(direct, through, mask):
    left = [d for d in differences(direct, through) if not masked(d[0], mask)]
    assert not left, "\n".join(f"{'.'.join(map(str, p))}:\n  direct  {a!r:.900}\n  through {b!r:.900}" for p, a, b in left[:10])


DENIED = "(refused because hidden)"


def without_tool(document, hidden):
    """The document as it should be if the tool `hidden` were hidden: gone from lists, refused when called. Where a
    list says who may cache it, that is "private" now."""

    def strip(result):
        if isinstance(result, dict) and isinstance(result.get("tools"), list):
            result = {**result, "tools": [t for t in result["tools"] if t.get("name") != hidden]}
            if result.get("cacheScope"):
                result["cacheScope"] = "private"
        return result

    def walk(value):
        if isinstance(value, dict):
            if value.get("step") == f"call {hidden}":
                return {"step": value["step"], "outcome": DENIED}
            if value.get("to") == ["tools/call", hidden]:
                return {"to": value["to"], "message": {"id": value["message"]["id"], "outcome": DENIED}}
            return strip({k: walk(v) for k, v in value.items()})
        return [walk(v) for v in value] if isinstance(value, list) else value

    return walk(document)


def collapse_denials(document, hidden):
    """Replaces each refusal of the hidden tool by the same mark, checking that it is one."""

    def check(result):
        assert result["isError"] is True, result
        said = result["content"][0]["text"]
        assert said.startswith(f'[INTERCEPT POLICY DENIED] Tool "{hidden}" is hidden by policy'), said

    def walk(value):
        if isinstance(value, dict):
            if value.get("step") == f"call {hidden}":
                check(value["result"])
                return {"step": value["step"], "outcome": DENIED}
            if value.get("to") == ["tools/call", hidden]:
                check(value["message"]["result"])
                return {"to": value["to"], "message": {"id": value["message"]["id"], "outcome": DENIED}}
            return {k: walk(v) for k, v in value.items()}
        return [walk(v) for v in value] if isinstance(value, list) else value

    return walk(document)
