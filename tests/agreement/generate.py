"""Seeded policies and calls near their boundaries, independent of the product: what `explain` and `diff` are judged with.

    case = generate.case(seed)             # .policy (text), .suffix, .server, .tools, .calls
    case.calls[i].line                     # a line for `--calls`: {"tool": ..., "arguments": ...}
    case.calls[i].method, .params          # the same as a message: method, and params as JSON text
    generate.change(rng, case.document)    # a policy that differs from it a little, as a document; text by policy_text

    python generate.py SEED DIRECTORY      # writes policy.yaml|json, tools.json, calls.jsonl

What must stay true: the same seed gives the same case on every machine; every policy loads without an error; numbers
keep their spelling (Number), so that 2^53+1 and 1e0 arrive as written. Windows are hours and longer, so that no window
ends while a test runs (but at midnight).
"""

import copy
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from calls import Call, make_call  # noqa: F401 (Call is for those who make calls of their own)
from conditions import Conditions
from schemas import Schemas
from values import KINDS, METHODS, Number, PROMPTS, RESOURCES, TOOLS, dumps, plus, policy_text

# --- policies ---------------------------------------------------------------------------------------------------------

WINDOWS = ["day", "week", "month", "12h", "2d", Number(86400)]
PART_PATHS = {"amount": "amount", "items[all].price": "price", "items[0].price": "price", "items[*]": "note", "items": "items",
              "user.name": "name", "user": "user", '["content-type"]': "name", "tags[all]": "name", "tags": "tags", "note": "note",
              "currency": "currency", "user.tags[all]": "name", "path": "path"}
LINT = ["unanchored-regex", "missing-is-undecided", "client-name", "shadow", "format-unchecked", "unknown-tool"]


class Maker:
    """One policy. `limits`: "none", "wide" (maxima that are not reached, for counters that nobody looks at), "tight"."""

    def __init__(self, rng, limits):
        self.rng, self.limits = rng, limits
        self.probes = {}  # (section, entry) -> probes
        self.checks = {}  # entry of tools -> the `validate` of its rules
        self.names = 0
        self.counts = limits == "tight" and rng.random() < 0.5  # mostly limits, on few tools: they are reached
        self.validates = not self.counts and rng.random() < 0.5  # mostly `validate`, so that nothing else denies before it

    def maximum(self):
        if self.limits == "wide":
            return Number(10 ** 13)
        return Number(self.rng.choice([1, 2, 3, 5, 10, 100, 50000, "10.50"]))

    def count(self):
        return 10 ** 9 if self.limits == "wide" else self.rng.choice([1, 2, 3, 5])

    def limit(self, rule, entry, section):
        """Adds a limit to a rule. Windows are long: none of them ends while a test looks."""
        rng = self.rng
        kind = rng.choice(["rate", "rate_map", "spend", "state", "hosted", "concurrency"])
        if kind in ("spend", "state", "hosted") and section != "tools":
            kind = "rate"
        if kind == "rate":
            rule["rate_limit"] = f"{self.count()}/{rng.choice(['day', 'week', 'month'])}"
        elif kind == "rate_map":
            scope = rng.choice(["identity", "tool", "server", "global"] + (["session"] if self.limits == "wide" else []))
            rule["rate_limit"] = {"max": Number(self.count()), "window": rng.choice(WINDOWS), "scope": scope}
            if rng.random() < 0.3:
                rule["rate_limit"]["window_type"] = "calendar"
        elif kind == "spend":
            rule["spend_limit"] = {"max": self.maximum(), "window": rng.choice(WINDOWS), "from": "args.amount"}
            if rng.random() < 0.3:
                rule["spend_limit"].update({"currency": "USD", "currency_from": "args.currency"})
        elif kind == "hosted":
            self.names += 1
            one = {"counter": f"h{self.names}", "window": rng.choice(WINDOWS), "max": self.maximum()}
            self.increment(one)
            if rng.random() < 0.4:
                one["scope"] = rng.choice(["grant", "tool", "server", "global"])
            rule["limits"] = [one]
        elif kind == "concurrency":
            rule["concurrency"] = Number(rng.choice([1, 2]))
        else:
            self.names += 1
            rule["state"] = {"counter": f"c{self.names}", "window": rng.choice(WINDOWS)}
            self.increment(rule["state"])
            if "conditions" not in rule:
                scope = "_global" if entry == "*" else entry
                bound = {"path": f"state.{scope}.c{self.names}", "op": rng.choice(["lt", "lte"]), "value": self.maximum()}
                rule.setdefault("require", []).append(bound)

    def increment(self, one):
        if self.rng.random() < 0.5:
            one["increment_from"] = self.rng.choice(["args.amount", "args.count"])
        elif self.rng.random() < 0.3:
            one["increment"] = Number(self.rng.choice(["2", "0.5"]))

    def rule(self, section, entry, conditions):
        rng = self.rng
        rule = {}
        if self.counts and rng.random() < 0.75:
            self.limit(rule, entry, section)
            if rng.random() < 0.2:
                rule["mode"] = "shadow"
            return rule
        if rng.random() < 0.5:
            self.names += 1
            rule["name"] = f"rule {self.names}"
        if self.validates and section == "tools" and rng.random() < 0.8:
            return self.validating_rule(rule, entry, conditions)
        style = rng.random()
        if style < 0.3:
            rule["action"] = "deny"
            if rng.random() < 0.93:
                rule[rng.choice(["when", "conditions"])] = conditions.some()
        elif style < 0.37:
            rule["action"] = "require_approval"
            rule[rng.choice(["when", "conditions"])] = conditions.some()
        elif style < 0.45:
            rule["action"] = rng.choice(["allow", "evaluate"])
            rule["conditions"] = conditions.some()
        else:
            if rng.random() < 0.4:
                rule["when"] = conditions.some()
            if rng.random() < 0.55:
                rule["require"] = conditions.some()
        denies = rule.get("action") == "deny"
        if not denies and self.limits != "none" and "conditions" not in rule and rng.random() < 0.6:
            self.limit(rule, entry, section)
        if not denies and section == "tools" and rng.random() < 0.15:
            rule["validate"] = self.validation(entry)
        if not denies and section == "tools" and rng.random() < 0.05:
            rule["idempotency_window"] = "1h"
        if rng.random() < 0.12:
            rule["mode"] = rng.choice(["shadow", "shadow", "enforce"])
        if rng.random() < 0.3:
            rule[rng.choice(["on_deny", "reason"])] = rng.choice(["Ask a person.", "Nicht erlaubt.", "Too much."])
        if section == "methods" and rng.random() < 0.3:
            rule["direction"] = rng.choice(["both", "client", "server"])
        if not set(rule) - {"name", "mode", "on_deny", "reason", "direction"}:
            rule["require"] = conditions.some()
        self.silence(rule)
        return rule

    def validating_rule(self, rule, entry, conditions):
        rng = self.rng
        rule["validate"] = self.validation(entry)
        if rng.random() < 0.1:
            rule[rng.choice(["when", "require"])] = conditions.some()
        if rng.random() < 0.3:
            rule["on_deny"] = rng.choice(["Look at the tool's schema.", "Nicht erlaubt."])
        if rng.random() < 0.15:
            rule["mode"] = rng.choice(["shadow", "shadow", "enforce"])
        self.silence(rule)
        return rule

    def validation(self, entry):
        """`validate`, one or more of its keys."""
        rng = self.rng
        out = {}
        if rng.random() < 0.3:
            out["required_args"] = True
        roll = rng.random()
        if roll < 0.4:
            out["schema"] = True
        elif roll < 0.7:
            out["schema"] = Schemas(rng, writable=True).whole()
        if not out or rng.random() < 0.3:
            paths = rng.sample(list(PART_PATHS), rng.randint(1, 3))
            out["args"] = {path: Schemas(rng, writable=True).part(PART_PATHS[path]) for path in paths}
        self.checks.setdefault(entry, []).append(out)
        return out

    def silence(self, holder):
        """`lint`, which must change nothing."""
        if self.rng.random() < 0.08:
            codes = self.rng.sample(LINT, self.rng.randint(1, 2))
            holder["lint"] = {code: self.rng.choice(["looked at", "deny: *"]) for code in codes}

    def entry(self, section, name):
        rng = self.rng
        if rng.random() < 0.12:
            self.probes.setdefault((section, name), [])
            return {}
        conditions = Conditions(rng, section)
        entry = {}
        hosted = section == "tools" and rng.random() < 0.25
        if hosted:
            if rng.random() < 0.6:
                entry["require"] = [self.predicate(conditions) for _ in range(rng.randint(1, 2))]
            if rng.random() < 0.6:
                entry["deny_if"] = [self.predicate(conditions) for _ in range(rng.randint(1, 2))]
            if self.limits != "none" and rng.random() < 0.7:
                self.names += 1
                one = {"counter": f"h{self.names}", "window": rng.choice(WINDOWS), "max": self.maximum()}
                self.increment(one)
                entry["limits"] = [one]
        if not hosted or rng.random() < 0.4:
            rules = [self.rule(section, name, conditions) for _ in range(rng.choice([1, 1, 2] if self.validates else [1, 1, 2, 3, 6]))]
            scope = "_global" if name == "*" else name
            counters = [f"{scope}.{r['state']['counter']}" for r in rules if "state" in r]
            if counters and "[" not in scope and rng.random() < 0.7:
                reading = Conditions(rng, section, counters)
                rules.append({"action": rng.choice(["deny", "allow"]), "when": [reading.context(), reading.one()]}
                             if rng.random() < 0.6 else {"require": [{"any": [reading.context(), reading.one()]}]})
                conditions.probes += reading.probes
                if rules[-1].get("action") == "allow":
                    rules[-1]["require"] = conditions.some()
            entry["rules"] = rules
        self.silence(entry)
        self.probes.setdefault((section, name), []).extend(conditions.probes)
        return entry

    def predicate(self, conditions):
        if self.rng.random() < 0.5:
            return conditions.one(depth=9)
        return {"conditions": conditions.some(), "on_deny": "No."}

    def section(self, section, names, globs):
        rng = self.rng
        out = {}
        for name in rng.sample(names, rng.randint(1, max(1, len(names) // 2))):
            out[name] = self.entry(section, name)
        for glob in rng.sample(globs, rng.randint(0, min(2, len(globs)))):
            out[glob] = self.entry(section, glob)
        return out

    def ruleset(self, everything=True):
        rng = self.rng
        out = {"tools": self.section("tools", TOOLS, ["create_*", "*_file", "*delete*", "github.*", "*"])}
        if everything and rng.random() < 0.35:
            out["resources"] = self.section("resources", RESOURCES, ["file:///etc/*", "https://*", "*"])
        if everything and rng.random() < 0.3:
            out["prompts"] = self.section("prompts", PROMPTS, ["*"])
        if everything and rng.random() < 0.3:
            out["methods"] = self.section("methods", METHODS[:4] + ["tools/call"], ["logging/*", "*"])
        if rng.random() < (0.1 if self.counts else 0.4):
            out["hide"] = rng.sample(TOOLS + ["*delete*", "run_*"], rng.randint(1, 2))
        if rng.random() < 0.55:
            out["default"] = rng.choice(["allow", "deny", "deny", {"tools": "deny"},
                                         {"tools": "allow", "resources": "deny", "prompts": "deny", "methods": "deny"}])
        return out

    def policy(self):
        rng = self.rng
        document = {"version": "1"} if rng.random() < 0.7 else {}
        document.update(self.ruleset())
        if self.validates:
            document["default"] = "allow"
        if rng.random() < 0.08:
            document["mode"] = "shadow"
        if rng.random() < 0.2 and self.limits != "none":
            document["all_tools"] = {"limits": [{"counter": "calls", "window": rng.choice(WINDOWS), "max": self.maximum(), "scope": "grant"}]}
        self.silence(document)
        if "hide" in document and rng.random() < 0.2:
            document["on_hidden"] = "unknown"
        server = None
        if rng.random() < 0.2:
            server = "main"
            document["servers"] = {"main": self.ruleset(False), "other": {"default": "deny"}}
        return document, server


def definitions(rng):
    """A tools/list that knows most tools. Some schemas are plain, some rich, some of no use."""
    out = []
    types = {"amount": "number", "count": "integer", "max_tokens": "integer", "flag": "boolean", "tags": "array", "items": "array", "user": "object"}
    for name in TOOLS:
        if rng.random() < 0.12:
            continue
        tool = {"name": name}
        if rng.random() < 0.6:
            tool["inputSchema"] = Schemas(rng, writable=False).whole()
        elif rng.random() < 0.95:
            arguments = rng.sample(list(KINDS), rng.randint(1, 8))
            properties = {}
            for a in arguments:
                properties[a] = {"type": types.get(a, "string")}
                if rng.random() < 0.15:
                    properties[a]["type"] = [properties[a]["type"], "null"]
            tool["inputSchema"] = {"type": "object", "properties": properties}
            if rng.random() < 0.7:
                tool["inputSchema"]["required"] = rng.sample(arguments, rng.randint(1, min(3, len(arguments))))
        if rng.random() < 0.6:
            tool["annotations"] = {"destructiveHint": rng.random() < 0.5}
            if rng.random() < 0.5:
                tool["annotations"]["readOnlyHint"] = rng.random() < 0.5
        out.append(tool)
    return out


class Case:
    def __init__(self, seed, calls, limits):
        rng = random.Random(f"intercept agreement {seed} {limits}")
        maker = Maker(rng, limits)
        self.document, self.server = maker.policy()
        self.as_json = rng.random() < 0.4
        self.suffix = ".json" if self.as_json else ".yaml"
        self.policy = policy_text(self.document, self.as_json)
        self.tools = definitions(rng)
        listed = {tool["name"]: tool for tool in self.tools}
        self.calls = [make_call(rng, maker.probes, maker.counts, maker.checks, listed) for _ in range(calls)]


def case(seed, calls=50, limits="tight"):
    """`limits`: "none", "wide" or "tight" (see Maker). The same arguments always give the same case."""
    return Case(seed, calls, limits)


def without_lint(node):
    """A copy of a policy that silences nothing. (No argument and no entry is called lint.)"""
    if isinstance(node, dict):
        return {key: without_lint(value) for key, value in node.items() if key != "lint"}
    return [without_lint(item) for item in node] if isinstance(node, list) else node


def change(rng, document):
    """A copy of a policy with one small change: a number moved, a rule taken out, an action or a default turned round, a
    schema's bound moved or the schema put in another's place."""
    out = copy.deepcopy(document)
    spots = []

    def bounds(schema):
        for key, value in schema.items() if isinstance(schema, dict) else ():
            if isinstance(value, Number) and key[:3] in ("min", "max", "exc"):
                spots.append((schema, key, plus(value, 1)))
            elif key == "additionalProperties" and isinstance(value, bool):
                spots.append((schema, key, not value))
            elif key == "required" and len(value) > 1:
                spots.append((schema, key, value[1:]))
            bounds(value)

    def checks(rule, validate):
        if isinstance(validate.get("schema"), dict):
            bounds(validate["schema"])
            spots.append((validate, "schema", True))
        elif "required_args" in validate:
            spots.append((rule, "validate", {"schema": True}))
        for schema in validate.get("args", {}).values():
            bounds(schema)
        spots.append((rule, "validate", {"required_args": True}))

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "validate":
                    checks(node, value)
                    continue
                if isinstance(value, Number) and key in ("value", "max") and "e" not in value.text.lower():
                    for delta in (1, -1):
                        if key == "value" or delta > 0:
                            spots.append((node, key, plus(value, delta)))
                if key == "rules" and isinstance(value, list) and len(value) > 1 and not any("state" in r for r in value):
                    spots.append((node, key, value[1:]))
                if key == "default" and isinstance(value, str):
                    spots.append((node, key, "deny" if value == "allow" else "allow"))
                if key == "hide" and len(value) > 1:
                    spots.append((node, key, value[:-1]))
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(out)
    if not spots:
        out["default"] = "allow" if out.get("default") == "deny" else "deny"
        return out
    node, key, value = rng.choice(spots)
    node[key] = value
    return out


def main():
    seed, directory = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True, exist_ok=True)
    made = case(seed)
    (directory / ("policy" + made.suffix)).write_text(made.policy, encoding="utf-8")
    (directory / "tools.json").write_text(dumps({"tools": made.tools}), encoding="utf-8")
    (directory / "calls.jsonl").write_text("".join(c.line + "\n" for c in made.calls), encoding="utf-8")


if __name__ == "__main__":
    main()
