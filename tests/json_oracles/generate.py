"""Documents for the comparison: valid ones in many spellings, and ones that were damaged. Repeatable: a fixed seed."""

import random

PIECES = ["", "a", "id", "name", "plain text of some length, more than sixteen bytes", "\\n", '\\"', "\\\\", "\\/", "\\b\\f\\r\\t",
          "\\u0000", "\\u001f", "\\u001F", "\\u0041", "\\u007f", "\x7f", "\\u00e9", "é", "€", "\\u20ac", "😀", "\\ud83d\\ude00",
          "\\uD83D\\uDE00", "\u0085", "\u2028", "\u2029", "\\u2028", "\ufeff", "\\ufeff", "\uffff", "\U0010ffff",
          "\\udbff\\udfff", "ſ", "K", "ı", "__proto__", "\\u0069d", "'", "/*", "{", "]"]
NUMBERS = ["0", "-0", "-0.0", "1", "-1", "1.0", "1.50", "10", "1e0", "1E5", "1e+5", "1E-5", "0e0", "-1.5e-7", "9007199254740993",
           "9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e308",
           "123456789012345678901234567890", "0.1234567890123456789012345678901234567890", "1e400", "-1e400", "1e-400",
           "1e99999", "5e-324", "1e-99999"]
DAMAGE = [b"NaN", b"Infinity", b"-Infinity", b"01", b"+1", b".5", b"1.", b"0x1", b"\xef\xbb\xbf", b"\x00", b"\x1f", b"\n", b"\r", b"\t",
          b"\x0b", b"\x0c", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xc2\x85", b"\xe2\x80\xa8",
          b"\xc2\xa0", b"\\", b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b"/**/", b"//", b"\\ud800", b"\\udc00", b"\\x41",
          b"\\u12", b"\\'", b'"a":1,', b'"id":1,', b"null", b"True", b"undefined", b" ", b"-", b"e", b"0"]


class Generator:
    def __init__(self, seed):
        self._random = random.Random(seed)

    def documents(self, count):
        """Yields (name, bytes)."""
        for i in range(count):
            document = self._value(0).encode("utf-8", "surrogatepass")
            if i % 2:
                document = self._damaged(document)
            yield f"generated-{i:05}", document

    def _space(self):
        return self._random.choice([" ", "\n", "\r\n", "\t"]) if self._random.random() < 0.1 else ""

    def _string(self):
        return '"' + "".join(self._random.choices(PIECES, k=self._random.randrange(4))) + '"'

    def _value(self, depth):
        return self._space() + self._bare(depth) + self._space()

    def _bare(self, depth):
        kind = self._random.randrange(4 if depth > 5 else 8)
        if kind == 0:
            return self._random.choice(["null", "true", "false"])
        if kind == 1:
            return self._random.choice(NUMBERS)
        if kind in (2, 3):
            return self._string()
        items = range(self._random.randrange(5))
        if kind in (4, 5):
            return "[" + (",".join(self._value(depth + 1) for _ in items) or self._space()) + "]"
        member = lambda: self._space() + self._string() + self._space() + ":" + self._value(depth + 1)
        return "{" + (",".join(member() for _ in items) or self._space()) + "}"

    def _damaged(self, document):
        place = self._random.randrange(len(document) + 1)
        kind = self._random.randrange(4)
        if kind == 0:
            return document[:place]
        if kind == 1:
            return document[:place] + document[place + 1:]
        if kind == 2:
            return document[:place] + bytes([self._random.randrange(256)]) + document[place + 1:]
        return document[:place] + self._random.choice(DAMAGE) + document[place:]
