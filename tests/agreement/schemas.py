"""JSON Schemas for tools and for policies, values that fit them, and values just beside those.

    made = Schemas(rng, writable=True)     # writable: only what a policy may hold; else also what cannot be decided
    made.whole()                           # a schema for all arguments
    fitting(rng, schema)                   # a value that fits, as a rule
    beside(rng, schema, value)             # the same with one thing changed: a bound, a type, a property, a key

What must stay true: whether a value fits is never asked here. It is for the proxy to say; this file only sees to it that
both answers are common. Fitting knows what Schemas writes and no more of JSON Schema.
"""

import copy

from values import KINDS, NUMBERS, ODD, Number, near, plus

# Patterns, with texts that they find and texts that they do not.
PATTERNS = {
    "^[a-z]+$": (["alpha", "usd", "x"], ["Alpha", "", "al pha", "alpha\n", "ſ"]),
    "^cus_[A-Za-z0-9]{2,4}$": (["cus_a1", "cus_AAAA"], ["cus_a", "cus_AAAAA", "cus-a1", "xcus_a1"]),
    "[0-9]": (["a1", "7"], ["a", "٣", ""]),
    "^\\d{2}-\\d{2}$": (["12-34"], ["1-34", "12-345", "12–34"]),
    "^(?!root)[a-z]*$": (["alpha", ""], ["root", "rootx", "A"]),
    "^.{2,3}$": (["ab", "𝔘b", "ééé"], ["a", "abcd", "𝔘", "a\nb"]),
    "^\\s*\\w+\\s*$": (["a", " a\u00a0"], ["ä", "a b", "\u200ba"]),
    "^\\p{L}+$": (["übung", "a"], ["a1", ""]),
    "^https?:\\/\\/[^/]+\\/": (["https://example.com/a"], ["example.com", "https:///x"]),
}
# Server's schemas by which nothing can be decided, or that are none.
UNUSABLE = [{"pattern": "(?<=a)b"}, {"pattern": "(a)\\1"}, {"pattern": "(?i)x"}, {"$ref": "https://example.com/x.json"},
            {"$ref": "#/$defs/nowhere"}, {"type": "strin"}, {"minLength": Number("-1")}, {"$recursiveRef": "#"},
            {"multipleOf": Number("1.2345678901234567891")}, {"pattern": "a{1,2000}"}, {"pattern": "[z-a]"},
            {"$schema": "https://example.com/dialect"}]
LOW_HIGH = [("0", "10"), ("1", "1"), ("-1", "50000"), ("0.1", "10.50"), ("0", "9007199254740993"), ("5", "100")]
NAMES = list(KINDS)


class Schemas:
    def __init__(self, rng, writable):
        self.rng, self.writable = rng, writable
        self.definitions = {}

    def whole(self):
        """For the arguments: an object that names some of what calls hold."""
        rng = self.rng
        schema = self.object(rng.sample(NAMES, rng.randint(1, 6)), 0)
        if rng.random() < 0.15:
            schema["$schema"] = rng.choice(["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"])
        if self.definitions:
            schema["$defs"] = self.definitions
        if not self.writable and rng.random() < 0.25:
            self.spoil(schema)
        return schema

    def part(self, name):
        """For one argument."""
        schema = self.of(name, 1)
        if self.definitions:
            schema["$defs"] = self.definitions
        self.definitions = {}
        return schema

    def spoil(self, schema):
        bad = copy.deepcopy(self.rng.choice(UNUSABLE))
        if "$schema" in bad or self.rng.random() < 0.2:
            schema.update(bad)
        else:
            schema.setdefault("properties", {})[self.rng.choice(NAMES)] = bad

    def of(self, name, depth):
        """For what an argument of this name usually is."""
        rng = self.rng
        roll = rng.random()
        if depth < 4 and roll < 0.08:
            return self.reference(name, depth)
        if depth < 4 and roll < 0.20:
            return self.combined(name, depth)
        if roll < 0.25:
            return rng.choice([{}, {"title": name, "format": "uri"}, {"type": ["string", "null", "number"]}])
        if name in ("amount", "count", "max_tokens", "price", "id"):
            return self.number()
        if name == "flag":
            return rng.choice([{"type": "boolean"}, {"const": True}, {"type": ["boolean", "null"]}])
        if name == "tags":
            return self.array(self.text() if rng.random() < 0.7 else {})
        if name == "items":
            return self.array(self.object(["price"] + rng.sample(["name", "note"], rng.randint(0, 2)), depth + 1))
        if name == "user":
            return self.object(["name"] + rng.sample(["id", "tags"], rng.randint(0, 2)), depth + 1)
        if name == "currency":
            return {"enum": rng.sample(["USD", "EUR", "usd", "eur", None, Number("1")], rng.randint(1, 4))}
        return self.text()

    def reference(self, name, depth):
        key = f"{name}/{len(self.definitions)}" if self.rng.random() < 0.2 else f"d{len(self.definitions)}"
        self.definitions[key] = {}
        self.definitions[key] = self.of(name, depth + 1)
        return {"$ref": "#/$defs/" + key.replace("/", "~1")}

    def combined(self, name, depth):
        rng = self.rng
        one, two = self.of(name, depth + 1), self.of(name, depth + 2)
        kind = rng.choice(["anyOf", "oneOf", "allOf", "not", "if"])
        if kind == "not":
            return {**one, "not": rng.choice([{"type": "null"}, {"enum": ["root", Number("5")]}, two])}
        if kind == "if":
            return {"if": two, "then": one, "else": rng.choice([True, one, {"type": ["string", "number", "object", "array"]}])}
        return {kind: [one, two]}

    def number(self):
        rng = self.rng
        schema = {"type": rng.choice(["number", "integer", "number", ["integer", "null"]])}
        low, high = rng.choice(LOW_HIGH)
        if rng.random() < 0.6:
            schema[rng.choice(["minimum", "exclusiveMinimum"])] = Number(low)
        if rng.random() < 0.6:
            schema[rng.choice(["maximum", "exclusiveMaximum"])] = Number(high)
        if rng.random() < 0.15:
            schema["multipleOf"] = Number(rng.choice(["0.01", "1", "5", "0.1"]))
        if rng.random() < 0.1:
            return {"enum": [Number(n) for n in rng.sample(NUMBERS, 3)]}
        return schema

    def text(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.15:
            return {"enum": rng.sample(["alpha", "beta", "usd", "root", "", "ünï"], rng.randint(1, 4))}
        if roll < 0.5:
            return {"type": "string", "pattern": rng.choice(list(PATTERNS))}
        schema = {"type": "string"}
        least = rng.choice([0, 1, 4, 8])
        if rng.random() < 0.5:
            schema["minLength"] = Number(least)
        if rng.random() < 0.5:
            schema["maxLength"] = Number(least + rng.choice([0, 1, 8]))
        return schema

    def array(self, items):
        rng = self.rng
        schema = {"type": "array", "items": items}
        least = rng.choice([0, 1, 2])
        if rng.random() < 0.4:
            schema["minItems"] = Number(least)
        if rng.random() < 0.5:
            schema["maxItems"] = Number(least + rng.choice([0, 1, 2]))
        if rng.random() < 0.2:
            schema["uniqueItems"] = True
        if rng.random() < 0.1:
            schema["contains"] = {"const": rng.choice(["alpha", Number("5")])}
        if rng.random() < 0.1:
            schema["prefixItems"] = [items, {"type": ["string", "object"]}]
        return schema

    def object(self, names, depth):
        rng = self.rng
        schema = {"type": "object", "properties": {n: self.of(n, depth + 1) for n in names}}
        if rng.random() < 0.7:
            schema["required"] = rng.sample(names, rng.randint(1, min(3, len(names))))
        if rng.random() < 0.5:
            schema["additionalProperties"] = rng.choice([False, False, False, True, {"type": "string"}])
        if rng.random() < 0.08:
            schema["patternProperties"] = {"^x-": {"type": "string"}}
        if rng.random() < 0.06:
            schema["propertyNames"] = {"maxLength": Number(12)}
        if rng.random() < 0.06:
            schema["maxProperties"] = Number(len(names) + rng.choice([0, 1]))
        if rng.random() < 0.06 and len(names) > 1:
            schema["dependentRequired"] = {names[0]: [names[1]]}
        return schema


# --- values -----------------------------------------------------------------------------------------------------------


def resolved(schema, root):
    for _ in range(8):
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref", "")
        if not reference.startswith("#/$defs/"):
            return schema
        schema = root.get("$defs", {}).get(reference[8:].replace("~1", "/"), {})
    return {}


def word_of(schema):
    types = schema.get("type")
    return types[0] if isinstance(types, list) else types


def fitting(rng, schema, root=None, depth=0):
    root = schema if root is None else root
    schema = resolved(schema, root)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return fitting(rng, schema[key][0], root, depth + 1)
    if "then" in schema:
        return fitting(rng, schema["then"], root, depth + 1)
    if "const" in schema:
        return copy.deepcopy(schema["const"])
    if "enum" in schema:
        return copy.deepcopy(rng.choice(schema["enum"]))
    kind = word_of(schema) or ("object" if "properties" in schema else None)
    if kind == "object":
        names = [n for n in schema.get("properties", {}) if n in schema.get("required", []) or rng.random() < 0.7]
        if depth > 8:
            return {}
        return {n: fitting(rng, schema["properties"][n], root, depth + 1) for n in names}
    if kind == "array":
        least = int(schema.get("minItems", Number(0)).text)
        most = int(schema.get("maxItems", Number(least + 2)).text)
        items = schema.get("items", {})
        return [fitting(rng, items, root, depth + 1) for _ in range(rng.randint(least, max(least, most)))]
    if kind == "string":
        return fitting_text(rng, schema)
    if kind in ("number", "integer"):
        return fitting_number(rng, schema)
    return {"boolean": True, "null": None}.get(kind, "alpha")


def fitting_text(rng, schema):
    if "pattern" in schema:
        return rng.choice(PATTERNS.get(schema["pattern"], (["alpha"], []))[0])
    least = max(0, int(schema.get("minLength", Number(0)).text))
    most = int(schema.get("maxLength", Number(least + 4)).text)
    letters = rng.choice(["a", "é", "𝔘", "alph"])
    return (letters * most)[:rng.randint(least, max(least, most))]


def fitting_number(rng, schema):
    for key in ("minimum", "maximum"):
        if key in schema and rng.random() < 0.5:
            return schema[key]
    for key, delta in (("exclusiveMinimum", 1), ("exclusiveMaximum", -1)):
        if key in schema:
            return plus(schema[key], delta)
    return schema.get("minimum", schema.get("maximum", Number(rng.choice(["5", "10", "1.0"]))))


def spots(schema, value, root, holder=None, key=None, depth=0):
    """Every place of a value with its schema: (schema, holder, key)."""
    schema = resolved(schema, root)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            schema = resolved(schema[word][0], root)
    out = [(schema, holder, key)]
    if depth > 8:
        return out
    if isinstance(value, dict):
        for k, v in value.items():
            out += spots(schema.get("properties", {}).get(k, {}), v, root, value, k, depth + 1)
    elif isinstance(value, list):
        items = schema.get("items", {})
        for i, v in enumerate(value):
            out += spots(items if isinstance(items, dict) else {}, v, root, value, i, depth + 1)
    return out


def look_alike(rng, name):
    return rng.choice([name.capitalize(), name.upper(), name + "\u200b", name.replace("a", "\u0430", 1), name.replace("s", "ſ", 1),
                       name.replace("n", "ｎ", 1), name + "_", name.replace("-", "_")])


def beside(rng, schema, value):
    """A copy with one thing changed. What is changed lies as deep as the value goes."""
    top = {"": copy.deepcopy(value)}
    places = spots(schema, top[""], schema, top, "")
    found, holder, key = rng.choice(places[1:] if len(places) > 1 and rng.random() < 0.8 else places)
    here = holder[key]
    if rng.random() < 0.12 and holder is not top:
        holder[key] = copy.deepcopy(rng.choice(ODD))
    elif isinstance(here, dict):
        change_object(rng, found, here)
    elif isinstance(here, list):
        holder[key] = changed_array(rng, here)
    elif isinstance(here, str):
        holder[key] = changed_text(rng, found, here)
    else:
        bounds = [v for k, v in found.items() if k.lower().endswith("imum") and isinstance(v, Number)]
        holder[key] = rng.choice(near(rng.choice(bounds) if bounds and rng.random() < 0.7 else here))
    if isinstance(holder, dict) and holder is not top and rng.random() < 0.12:
        holder[look_alike(rng, key)] = holder[key] if rng.random() < 0.5 else holder.pop(key)
    return top[""]


def change_object(rng, schema, here):
    roll = rng.random()
    if here and roll < 0.45:
        required = [n for n in schema.get("required", []) if n in here]
        here.pop(rng.choice(required if required and rng.random() < 0.7 else list(here)))
    elif roll < 0.7:
        here[rng.choice(["extra", "x-extra", "a name of many letters"])] = rng.choice(["alpha", Number("1"), None])
    else:
        names = list(schema.get("properties", {})) or ["name"]
        name = rng.choice(names)
        here[look_alike(rng, name)] = here.get(name, Number("1"))


def changed_array(rng, here):
    options = [[], here + here[:1], here[1:], [here], here + [None], {str(i): v for i, v in enumerate(here)}, here + ["alpha"]]
    return copy.deepcopy(rng.choice(options))


def changed_text(rng, schema, here):
    if "pattern" in schema and rng.random() < 0.6:
        return rng.choice(PATTERNS.get(schema["pattern"], ([], ["alpha"]))[1])
    return rng.choice([here[:-1], here + "x", "𝔘" + here, here.upper(), "", [here], {"value": here}, Number("5"), here + "\n"])
