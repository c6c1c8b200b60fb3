"""What generated policies and calls are made of: names, values of every kind, and what lies just beside a value.

Numbers keep their spelling (Number), so that 2^53+1 and 1e0 arrive as written."""

import json


class Number:
    """A number by its spelling."""

    def __init__(self, text):
        self.text = str(text)

    def __repr__(self):
        return f"Number({self.text})"


def dumps(value):
    """JSON text; numbers as they are spelt. A list of pairs in a Pairs is an object that may repeat keys."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k, ensure_ascii=False) + ":" + dumps(v) for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dumps(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def to_yaml(value, indent=0):
    """YAML in block style; scalars are JSON's, which YAML reads alike."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            nested = isinstance(item, (dict, list)) and item
            head = f"{pad}{json.dumps(key, ensure_ascii=False)}:"
            lines.append(f"{head}\n{to_yaml(item, indent + 1)}" if nested else f"{head} {dumps(item)}")
        return "\n".join(lines)
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            if isinstance(item, (dict, list)) and item:
                lines.append(f"{pad}-\n{to_yaml(item, indent + 1)}")
            else:
                lines.append(f"{pad}- {dumps(item)}")
        return "\n".join(lines)
    return pad + dumps(value)


def policy_text(document, as_json):
    return dumps(document) if as_json else to_yaml(document) + "\n"


# --- what can be called -----------------------------------------------------------------------------------------------

TOOLS = ["create_charge", "create_refund", "read_file", "write_file", "fetch_url", "send_mail", "delete_account",
         "list_items", "a.b/c:d", "übung", "github.delete_repo", "run_job"]
RESOURCES = ["file:///srv/data/a.txt", "file:///etc/passwd", "https://example.com/a%20b", "mem://notes/1"]
PROMPTS = ["release_notes", "summary"]
METHODS = ["logging/setLevel", "resources/list", "x-unknown/thing", "prompts/list", "completion/complete"]

NUMBERS = ["0", "1", "-1", "5", "10", "49999", "50000", "50001", "9007199254740992", "9007199254740993", "1e3", "10.50",
           "0.1", "1.0", "100000000000000000000", "1E-9"]
WORDS = ["usd", "eur", "USD", "alpha", "beta", "prod-db", "prod-", "staging", "5", "true", "", "ünï", "ſ", "a b", "x" * 40]
URLS = ["https://example.com/a", "http://example.com", "https://api.example.com:8443/x", "HTTPS://EXAMPLE.COM/",
        "https://user@example.com/", "https://example.org", "https://127.0.0.1/", "http://[::1]/", "ftp://example.com/",
        "https://exämple.com/", "example.com", "https://0x7f.1/", "javascript:alert(1)", "https://sub.example.org/x"]
PATHS = ["/srv/data", "/srv/data/a.txt", "/srv/data/../etc/passwd", "/srv/database", "/etc/passwd", "a.txt", "../x",
         "~/x", "/srv/./data//b", "/srv/data/%2e%2e/x", "\\srv\\data", "/srv/data/$HOME"]
ADDRESSES = ["10.0.0.1", "10.255.255.255", "11.0.0.0", "192.168.1.1", "::1", "::ffff:10.0.0.1", "fe80::1", "0x0a.1",
             "300.1.1.1", "2001:db8::5", "http://10.0.0.7/x"]
KINDS = {
    "amount": [Number(n) for n in NUMBERS],
    "count": [Number(n) for n in NUMBERS],
    "max_tokens": [Number(n) for n in NUMBERS],
    "currency": ["usd", "eur", "USD", "Usd", "gbp"],
    "name": WORDS,
    "note": WORDS + [None, True, False, Number("5"), [], {}],
    "path": PATHS,
    "url": URLS,
    "ip": ADDRESSES,
    "flag": [True, False, "true", "TRUE", None],
    "tags": [[], ["alpha"], ["alpha", "beta"], ["usd", Number("5"), None], ["reviewed"], "alpha"],
    "items": [[], [{"price": Number("1")}], [{"price": Number("5")}, {"price": Number("101")}], [{}], [[Number("1")]],
              [{"price": "5"}], {"0": {"price": Number("1")}}],
    "user": [{"name": "alpha", "id": Number("7")}, {"name": "root"}, {}, "root", [{"name": "root"}]],
    "content-type": ["text/plain", "text/html"],
}
ODD = [None, True, False, Number("0"), "", "0", [], {}, [Number("1")], {"a": None}, "5", Number("5"), Number("-0"), "NaN",
       " 5", "0x5", "1e3", "x\u0000y", "\u2028", "𝔘"]
LOOK_ALIKES = {"amount": ["Amount", "amoun\u0074\u200b", "AMOUNT"], "path": ["Path", "pa\u200dth"], "name": ["ｎame"],
               "url": ["URL"], "currency": ["curren\u212ay", "Currency"]}


def plus(number, delta):
    """The neighbour of a number, exactly, for numbers without exponents."""
    text = number.text
    if "e" in text.lower():
        return Number(text)
    whole, _, fraction = text.partition(".")
    scale = len(fraction)
    value = int(whole + fraction) + delta * (10 ** scale if abs(delta) >= 1 else 1) if fraction else int(whole) + int(delta)
    if not scale:
        return Number(value)
    sign, digits = ("-", str(-value)) if value < 0 else ("", str(value))
    digits = digits.rjust(scale + 1, "0")
    return Number(f"{sign}{digits[:-scale]}.{digits[-scale:]}")


def near(value):
    """Values about a constant: itself, its neighbours, its other types."""
    if isinstance(value, Number):
        out = [value, plus(value, 1), plus(value, -1), value.text, [value], Number(value.text + ("0" if "." in value.text else ".0"))
               if "e" not in value.text.lower() else value]
        out.append(Number(value.text + "e0") if "e" not in value.text.lower() else value)
        if "." not in value.text and "e" not in value.text.lower():
            out.append(Number(value.text + ".000000001"))
        return out
    if isinstance(value, str):
        return [value, value.upper(), value + "x", value[:-1], " " + value, [value], value.swapcase(), value + "\u200b"]
    if isinstance(value, bool):
        return [value, not value, str(value).lower(), None, Number(int(value))]
    return [value, "null", False]
