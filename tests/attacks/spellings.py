"""What one thing can be called: the generators of the variants. Each gives a list from a seeded random number generator;
the first one is the plain spelling."""

import ipaddress
import json

CYRILLIC = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "y": "у", "i": "і", "s": "ѕ", "d": "ԁ"}


def sampled(rng, first, others, count):
    """`first` and `count` of the others, in an order that the seed decides."""
    others = list(dict.fromkeys(o for o in others if o not in first))
    return [*first, *rng.sample(others, min(count, len(others)))]


def names(rng, name, count):
    """Names that look like `name` or that a careless server takes for it."""
    at = rng.randrange(1, len(name))
    letters = [i for i, c in enumerate(name) if c in CYRILLIC]
    alike = rng.choice(letters)
    others = [
        name.upper(),
        name.title(),
        "".join(rng.choice((c, c.upper())) for c in name[:-1]) + name[-1].upper(),
        name[:alike] + CYRILLIC[name[alike]] + name[alike + 1 :],
        "".join(CYRILLIC.get(c, c) for c in name),
        name[:at] + "\u200b" + name[at:],
        name[:at] + "\u00ad" + name[at:],
        name + "\u2060",
        "\ufeff" + name,
        name + " ",
        " " + name,
        name + "\n",
        name + "\u0000",
        "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in name),  # full width
        name.replace("_", "-"),
        name[:at] + "%{:02x}".format(ord(name[at])) + name[at + 1 :],
        name[:at] + "\u202e" + name[at:],
    ]
    return sampled(rng, [name], others, count)


def key_tricks(rng, key, good, bad, count):
    """JSON texts of the members of an object in which `key` is `good` to one reader and `bad` to another. The careless
    one takes the last, or folds."""
    g, b = json.dumps(good), json.dumps(bad)
    escaped = "".join(f"\\u{ord(c):04x}" for c in key)
    swapped = key.replace("s", "ſ").replace("k", "K") if ("s" in key or "k" in key) else key.title()
    others = [
        f'"{key}":{g},"{key}":{b}',
        f'"{key}":{g},"{escaped}":{b}',
        f'"{key}":{g},"{key.title()}":{b}',
        f'"{key}":{g},"{key.upper()}":{b}',
        f'"{key}":{g},"{swapped}":{b}',
        f'"{key}":{g},"{key}\\u0000":{b}',
        f'"{key}":{g},"{key}\\u0000x":{b}',
        f'"{key.upper()}":{b}',
    ]
    return sampled(rng, [], others, count)


def paths(rng, base, target, count):
    """Ways to `target` that look as if they led below `base`; both absolute. For readers that decode, and that take
    backslashes for slashes."""
    up = "../" * base.strip("/").count("/") + "../"
    rest = target.lstrip("/")
    percent = "".join("%{:02x}".format(ord(c)) if c in "./" else c for c in up)
    others = [
        f"{base}/{up}{rest}",
        f"{base}/./{up}./{rest}",
        f"{base}/a/../{up}{rest}",
        f"{base}//{up}/{rest}",
        f"{up}{rest}",
        f"{base}/{percent}{rest}",
        f"{base}/{percent.upper()}{rest}",
        f"{base}/{percent.replace('%', '%25')}{rest}",
        f"{base}/" + up.replace("/", "\\") + rest,
        f"{base}\\" + up.replace("/", "\\") + rest.replace("/", "\\"),
        f"{target}\u0000.txt",
        f"{base}/\u0000/../{up}{rest}",
        f"file://{target}",
        f"file://{base}/{up}{rest}",
        f" {target}",
        f"{base}/" + up.replace(".", "\uff0e") + rest,
        f"{base}/x/../../{up}{rest}",
        f"/{target}",
    ]
    return sampled(rng, [target], others, count)


def hosts_of(address):
    """Spellings of an IPv4 address."""
    number = int(ipaddress.IPv4Address(address))
    octets = address.split(".")
    return [
        address,
        str(number),
        hex(number),
        "0" + oct(number)[2:],
        ".".join(hex(int(o)) for o in octets),
        ".".join("0" + oct(int(o))[2:] for o in octets),
        f"{octets[0]}.{octets[1]}.{int(octets[2]) * 256 + int(octets[3])}",
        f"{octets[0]}.{int.from_bytes(bytes(map(int, octets[1:])), 'big')}",
        f"[::ffff:{address}]",
        f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]",
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in address),
        address.replace(".", "\u3002"),
        address + ".",
    ]


def urls(rng, good, bad, path, count):
    """URLs that some reader takes to lead to the host `bad`, and that have something of `good`."""
    others = [
        f"https://{good}@{bad}{path}",
        f"https://{good}:443@{bad}{path}",
        f"https://{good}%2f@{bad}{path}",
        f"https://{bad}\\@{good}{path}",
        f"https://{bad}#@{good}{path}",
        f"https://{bad}?@{good}{path}",
        f"https:\\\\{bad}{path}",
        f"https:/{bad}{path}",
        f"https:{bad}{path}",
        f"//{bad}{path}",
        f"HTTPS://{bad.upper()}{path}",
        f" https://{bad}{path}",
        f"ht\ntps://{bad}{path}",
        f"https://{bad[:2]}\t{bad[2:]}{path}",
        f"https://{bad}:443{path}",
        f"https://{bad}.{path}",
        f"http://{bad}{path}",
        f"https://{good}.{bad}{path}",
        f"https://{bad}/{good}{path}",
        f"https://{''.join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in bad)}{path}",
        f"https://%{ord(bad[0]):02x}{bad[1:]}{path}",
    ]
    return sampled(rng, [f"https://{bad}{path}"], others, count)
