"""Calls near the boundaries of what a policy's rules compare with, and near the schemas that they validate by."""

import copy

from schemas import beside, fitting
from values import KINDS, LOOK_ALIKES, METHODS, Number, ODD, PROMPTS, RESOURCES, TOOLS, dumps


class Call:
    def __init__(self, kind, name, body):
        """`body`: arguments (tool, prompt) or params (method), or None for none."""
        self.kind, self.name, self.body = kind, name, body
        line = {kind: name}
        if body is not None:
            line["params" if kind == "method" else "arguments"] = body
        self.line = dumps(line)
        self.method = {"tool": "tools/call", "prompt": "prompts/get", "resource": "resources/read"}.get(kind, name)
        if kind == "method":
            params = body
        elif kind == "resource":
            params = {"uri": name}
        else:
            params = {"name": name} if body is None else {"name": name, "arguments": body}
        self.params = None if params is None else dumps(params)


def put(arguments, at, value):
    """Sets what a path of keys names; a key that meets no object replaces what is there."""
    for key in at[:-1]:
        below = arguments.get(key)
        if not isinstance(below, dict):
            arguments[key] = below = {}
        arguments = below
    arguments[at[-1]] = copy.deepcopy(value)


def arguments_near(rng, probes):
    arguments = {}
    for name in rng.sample(list(KINDS), rng.randint(2, len(KINDS))):
        arguments[name] = copy.deepcopy(rng.choice(KINDS[name]))
    for at, values in rng.sample(probes, min(len(probes), rng.randint(0, 3))):
        put(arguments, at, rng.choice(values))
    roll = rng.random()
    if roll < 0.15:
        arguments.pop(rng.choice(list(arguments)))
    elif roll < 0.27:
        arguments[rng.choice(list(KINDS))] = copy.deepcopy(rng.choice(ODD))
    elif roll < 0.32:
        name = rng.choice(list(LOOK_ALIKES))
        arguments[rng.choice(LOOK_ALIKES[name])] = Number("1")
    return arguments


def matches(pattern, name):
    head, *rest = pattern.split("*")
    if not rest:
        return head == name
    if not name.startswith(head):
        return False
    at = len(head)
    for part in rest[:-1]:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.endswith(rest[-1]) and len(name) - len(rest[-1]) >= at


def put_part(rng, arguments, path, schema):
    """Puts values that fit, or nearly, where a path of `args` leads."""

    def value():
        one = fitting(rng, schema)
        return beside(rng, schema, one) if rng.random() < 0.4 else one

    head, _, rest = path.replace("[*]", "[all]").replace("[0]", "[all]").partition("[all]")
    at = ["content-type"] if head.startswith('["') else [h for h in head.split(".") if h]
    if "[all]" not in path.replace("[*]", "[all]").replace("[0]", "[all]"):
        return put(arguments, at, value())
    elements = [value() for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    put(arguments, at, [{rest[1:]: e} for e in elements] if rest else elements)


def arguments_for(rng, checks, tool, filled):
    """Arguments that fit what is asked of them, or miss it by a little."""
    wholes, parts = [], []
    for check in checks:
        if check.get("schema") is True or "required_args" in check:
            wholes += [tool["inputSchema"]] if tool and "inputSchema" in tool else []
        if isinstance(check.get("schema"), dict):
            wholes.append(check["schema"])
        parts += check.get("args", {}).items()
    arguments = filled if rng.random() < 0.3 else {}
    if wholes:
        schema = rng.choice(wholes)
        made = fitting(rng, schema)
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            made = beside(rng, schema, made)
        if isinstance(made, dict):
            arguments.update(made)
    for path, schema in parts:
        if rng.random() < 0.8:
            put_part(rng, arguments, path, schema)
    return arguments


def make_call(rng, probes, counts, checks, tools):
    roll = rng.random() * (0.85 if counts else 1)
    if roll < 0.82:
        ruled = [entry for section, entry in probes if section == "tools" and "*" not in entry]
        name = rng.choice(TOOLS) if rng.random() < (0.1 if counts or checks else 0.4) or not ruled else rng.choice(ruled[:3] if counts else ruled)
        if rng.random() < 0.04:
            name = rng.choice(["nowhere", "Create_charge", "create_charge ", "delete"])
        mine = [p for (section, entry), list_ in probes.items() if section == "tools" and matches(entry, name) for p in list_
                if p[0][0] != "params"]
        if rng.random() < 0.03:
            return Call("tool", name, None)
        arguments = arguments_near(rng, mine)
        asked = [check for entry, list_ in checks.items() if matches(entry, name) for check in list_]
        if asked and rng.random() < 0.75:
            arguments = arguments_for(rng, asked, tools.get(name), arguments)
        if counts and rng.random() < 0.8:
            arguments["amount"] = Number(rng.choice(["1", "2", "0.5", "4", "10", "1e0", "0"]))
            arguments["count"] = Number(rng.choice(["1", "3", "0.000000001"]))
            arguments["currency"] = rng.choice(["USD", "usd", "eur"])
        return Call("tool", name, arguments)
    if roll < 0.90:
        uri = rng.choice(RESOURCES + ["FILE:///etc/passwd", "file:///etc/%70asswd", "file:///srv/data/../../etc/passwd", "mem://x"])
        return Call("resource", uri, None)
    if roll < 0.95:
        mine = [p for (section, _), list_ in probes.items() if section == "prompts" for p in list_ if p[0][0] != "params"]
        return Call("prompt", rng.choice(PROMPTS + ["other"]), arguments_near(rng, mine))
    method = rng.choice(METHODS)
    params = {"logging/setLevel": {"level": rng.choice(["info", "debug"])},
              "completion/complete": {"ref": {"type": "ref/prompt", "name": rng.choice(PROMPTS)}, "argument": {"name": "a", "value": "b"}}}
    return Call("method", method, params.get(method, {}))
