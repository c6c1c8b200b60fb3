"""Python's json. Usage: oracle.py [--last] FOLDER. With --last only the last of duplicate keys is kept, at its place.

Prints what README.md says. Numbers are kept as text; the input is decoded as UTF-8 and nothing else.
"""

import json
import pathlib
import sys


class Number(str):
    """The text of a number."""


class Members(list):
    """The members of an object, in order: (key, value)."""


def refuse(text):
    raise ValueError(text)


def last_ones(pairs):
    place = {key: i for i, (key, _) in enumerate(pairs)}
    return Members(pair for i, pair in enumerate(pairs) if place[pair[0]] == i)


def hexadecimal(text):
    return text.encode("utf-8", "surrogatepass").hex()


def dump(value):
    if value is None:
        return "z"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Number):
        return "n" + value
    if isinstance(value, str):
        return "s" + hexadecimal(value)
    if isinstance(value, Members):
        return "{" + ",".join(hexadecimal(key) + ":" + dump(item) for key, item in value) + "}"
    return "[" + ",".join(map(dump, value)) + "]"


def main():
    pairs = last_ones if "--last" in sys.argv else Members
    for file in sorted(pathlib.Path(sys.argv[-1]).iterdir(), key=lambda f: f.name.encode()):
        try:
            value = json.loads(file.read_bytes().decode("utf-8"), parse_int=Number, parse_float=Number,
                               parse_constant=refuse, object_pairs_hook=pairs)
            print(file.name, "accept", dump(value), sep="\t")
        except (ValueError, RecursionError):
            print(file.name, "reject", "", sep="\t")


main()
