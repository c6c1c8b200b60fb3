"""Conditions with every operator, and values near the boundary of each."""

from values import ADDRESSES, KINDS, NUMBERS, Number, PATHS, RESOURCES, URLS, near, plus


class Conditions:
    """Makes conditions for rules of a section, and remembers values near their boundaries: `probes`, path -> values."""

    def __init__(self, rng, section, counters=()):
        self.rng, self.section, self.counters = rng, section, list(counters)
        self.probes = []

    def one(self, depth=0):
        rng = self.rng
        roll = rng.random()
        if depth < 3 and roll < 0.10:
            return {"any": [self.one(depth + 1) for _ in range(rng.randint(1, 3))]}
        if depth < 3 and roll < 0.16:
            return {"all": [self.one(depth + 1) for _ in range(rng.randint(1, 3))]}
        if depth < 3 and roll < 0.25:
            return {"not": self.one(depth + 1)}
        if roll < 0.33:
            return self.context()
        if self.section in ("tools", "prompts"):
            return self.argument("args")
        return self.param()

    def some(self, most=2):
        return [self.one() for _ in range(self.rng.randint(1, most))]

    def param(self):
        if self.section == "resources":
            return self.on_text("params.uri", ("params", "uri"), RESOURCES)
        return self.on_text("params.level", ("params", "level"), ["info", "debug", "error"])

    def context(self):
        rng = self.rng
        options = [
            {"path": "identity.name", "op": rng.choice(["eq", "neq"]), "value": rng.choice(["local", "alice"])},
            {"path": "client.name", "op": rng.choice(["eq", "neq", "starts_with"]), "value": rng.choice(["agreement", "other"])},
            {"path": "time.hour", "op": "between", "value": [Number(0), Number(rng.choice([23, 24]))]},
            {"path": "time.weekday", "op": "in", "value": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
            {"path": "time.date", "op": rng.choice(["gte", "lt"]), "value": rng.choice(["2020-01-01", "2099-12-31"])},
        ]
        if self.section == "tools":
            options += [
                {"path": "tool.name", "op": rng.choice(["eq", "in", "starts_with"]), "value": "create_charge"},
                {"path": "tool.annotations.destructiveHint", "op": "eq", "value": rng.choice([True, False])},
                {"path": "tool.annotations.readOnlyHint", "op": "exists", "value": rng.choice([True, False])},
            ]
        if self.counters:
            options.append({"path": f"state.{rng.choice(self.counters)}", "op": rng.choice(["gt", "gte", "lt", "eq", "between"]),
                            "value": Number(rng.choice([0, 1, 3, 10]))})
        c = rng.choice(options)
        if c["op"] == "in" and not isinstance(c["value"], list):
            c["value"] = [c["value"]]
        if c["op"] == "between" and not isinstance(c["value"], list):
            c["value"] = [Number(0), c["value"]]
        return c

    def argument(self, root):
        rng = self.rng
        name = rng.choice(list(KINDS))
        at = (name,)
        path = f'{root}["{name}"]' if "-" in name else f"{root}.{name}"
        if name in ("amount", "count", "max_tokens"):
            return self.on_number(path, at)
        if name == "path":
            return self.on_path(path, at)
        if name == "url":
            return self.on_url(path, at)
        if name == "ip":
            return self.on_address(path, at)
        if name == "flag":
            return self.on_any(path, at, [True, False])
        if name == "tags":
            return self.on_list(path, at)
        if name == "items":
            return self.on_items(path, at)
        if name == "user":
            return self.on_text(path + ".name", at + ("name",), ["alpha", "root"])
        if name == "note":
            return self.on_any(path, at, [None, True, "5", Number("5"), "alpha"])
        return self.on_text(path, at, KINDS[name])

    def probe(self, at, values):
        self.probes.append((at, list(values)))

    def coerced(self, c):
        if self.rng.random() < 0.15:
            c["coerce"] = True
        return c

    def on_number(self, path, at):
        rng = self.rng
        n = Number(rng.choice(NUMBERS))
        op = rng.choice(["lt", "lte", "gt", "gte", "between", "eq", "neq", "in", "not_in", "exists", "type"])
        if op == "between":
            low, high = rng.choice([("0", "10"), ("1", "1"), ("49999", "50001"), ("-1", "9007199254740993"), ("0.1", "10.50")])
            self.probe(at, near(Number(low)) + near(Number(high)))
            return self.coerced({"path": path, "op": op, "value": [Number(low), Number(high)]})
        if op in ("in", "not_in"):
            values = [Number(t) for t in rng.sample(NUMBERS, rng.choice([1, 3, 9]))]
            self.probe(at, [x for v in values for x in near(v)])
            return self.coerced({"path": path, "op": op, "value": values})
        if op in ("exists", "type"):
            return self.presence(path, at)
        self.probe(at, near(n))
        return self.coerced({"path": path, "op": op, "value": n})

    def presence(self, path, at):
        self.probe(at, [None, "x", Number("1"), False])
        if self.rng.random() < 0.6:
            return {"path": path, "op": "exists", "value": self.rng.random() < 0.5}
        return {"path": path, "op": "type", "value": self.rng.choice(["null", "boolean", "number", "string", "array", "object"])}

    def on_any(self, path, at, constants):
        rng = self.rng
        value = rng.choice(constants)
        op = rng.choice(["eq", "neq", "in", "not_in", "exists"])
        if op == "exists":
            return self.presence(path, at)
        self.probe(at, near(value))
        if op in ("in", "not_in"):
            return self.coerced({"path": path, "op": op, "value": rng.sample(constants, rng.randint(1, len(constants)))})
        return self.coerced({"path": path, "op": op, "value": value})

    def on_text(self, path, at, constants):
        rng = self.rng
        texts = [t for t in constants if isinstance(t, str) and t] or ["alpha"]
        value = rng.choice(texts)
        op = rng.choice(["eq", "neq", "in", "not_in", "contains", "starts_with", "ends_with", "glob", "regex", "matches", "length", "exists"])
        self.probe(at, near(value) + [value + value, "q" + value])
        if op in ("in", "not_in"):
            return self.coerced({"path": path, "op": op, "value": rng.sample(texts, rng.randint(1, min(9, len(texts))))})
        if op in ("eq", "neq"):
            return self.coerced({"path": path, "op": op, "value": value})
        if op == "glob":
            return {"path": path, "op": op, "value": rng.choice([value[:1].replace("*", "") + "*", "*" + value[-1:], value])}
        if op in ("regex", "matches"):
            return {"path": path, "op": op, "value": rng.choice(["[a-z]+", "^prod", "(alpha|beta)", "[0-9]", "^.{1,8}$", "é?"])}
        if op == "exists":
            return {"path": path, "op": op, "value": rng.random() < 0.5}
        if op == "length":
            n = rng.choice([0, 1, 4, len(value)])
            self.probe(at, ["x" * n, "x" * (n + 1), "é" * n, "𝔘" * n, ["x"] * n])
            bound = rng.choice(["eq", "neq", "lt", "lte", "gt", "gte"])
            return {"path": path, "op": op, "value": Number(n) if rng.random() < 0.3 else {bound: Number(n)}}
        return {"path": path, "op": op, "value": value}

    def on_list(self, path, at):
        rng = self.rng
        op = rng.choice(["contains", "length", "each"])
        if op == "contains":
            value = rng.choice(["alpha", "usd", Number("5")])
            self.probe(at, [[value], [], [[value]], value, ["x", value], None])
            return {"path": path, "op": op, "value": value}
        if op == "length":
            n = rng.choice([0, 1, 2])
            self.probe(at, [["x"] * n, ["x"] * (n + 1), "x" * n, {}])
            return {"path": path, "op": op, "value": {rng.choice(["lte", "gte", "eq"]): Number(n)}}
        step = rng.choice(["[all]", "[any]", "[*]", "[0]"])
        self.probe(at, [["alpha"], ["alpha", "x"], ["x"], [], "alpha", [None], [["alpha"]]])
        return {"path": path + step, "op": rng.choice(["eq", "neq", "starts_with"]), "value": "alpha"}

    def on_items(self, path, at):
        rng = self.rng
        n = Number(rng.choice(["5", "100"]))
        step = rng.choice(["[all]", "[any]", "[*]", "[0]"])
        self.probe(at, [[{"price": v}] for v in near(n)] + [[{"price": n}, {"price": plus(n, 1)}], [], [{}], {"0": {"price": n}}, "x"])
        return {"path": f"{path}{step}.price", "op": rng.choice(["lte", "gt", "eq", "neq"]), "value": n}

    def on_path(self, path, at):
        c = {"path": path, "op": "path_within", "value": self.rng.choice(["/srv/data", ["/srv/data", "/tmp"], "/"])}
        if self.rng.random() < 0.3:
            c["base"] = "/srv/data"
        if self.rng.random() < 0.3:
            c["decode"] = "uri"
        self.probe(at, PATHS)
        return c

    def on_url(self, path, at):
        self.probe(at, URLS)
        if self.rng.random() < 0.3:
            return {"path": path, "op": "url_scheme_in", "value": self.rng.choice(["https", ["http", "https"]])}
        hosts = ["example.com", "*.example.org", "127.0.0.1", "example.com:8443", "api.example.com"]
        return {"path": path, "op": "url_host_in", "value": self.rng.sample(hosts, self.rng.randint(1, 3))}

    def on_address(self, path, at):
        self.probe(at, ADDRESSES)
        blocks = ["10.0.0.0/8", "::1", "192.168.1.1", "2001:db8::/32", "127.0.0.0/8"]
        return {"path": path, "op": "cidr_in", "value": self.rng.sample(blocks, self.rng.randint(1, 3))}
