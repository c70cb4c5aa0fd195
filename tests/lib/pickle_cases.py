"""Pickles and what Python says that is in them, for tests/unit/t_pickle_python.c.

Runs under every Python from 2.7 on. Writes cases to standard output: each a length of four
bytes (the highest first) and a pickle, then likewise "FIELD<TAB>KIND<TAB>VALUE": the field,
how it is to be shown (text, number, json) and its text.
"""
from __future__ import print_function, unicode_literals

import collections
import datetime
import decimal
import fractions
import itertools
import json
import logging
import pickle
import struct
import sys
import uuid

OUT = getattr(sys.stdout, "buffer", sys.stdout)
PY3 = sys.version_info[0] > 2
CREATED = 1795193105.830918
text = str if PY3 else unicode  # noqa: F821


class Plain(object):
    def __init__(self):
        self.a = 1


def put(data, field, kind, value):
    OUT.write(struct.pack(">L", len(data)) + data)
    if not isinstance(value, bytes):
        value = value.encode("utf-8", "surrogatepass" if PY3 else "strict")
    line = field.encode() + b"\t" + kind.encode() + b"\t" + value
    OUT.write(struct.pack(">L", len(line)) + line)


def record(msg, args, **more):
    args = (args,) if isinstance(args, dict) else args
    r = logging.LogRecord("app.x", 20, "/srv/x.py", 7, msg, args, None, "fn")
    r.__dict__.update(more)
    return r


def protocols():
    return range(pickle.HIGHEST_PROTOCOL + 1)


def put_extra(value, kind, shown):
    """As SocketHandler does it, in every protocol, and inside of the object itself."""
    for protocol in protocols():
        r = record("m", None, created=CREATED, own=value)
        d = dict(r.__dict__, msg=r.getMessage(), args=None, exc_info=None)
        put(pickle.dumps(d, protocol), "own", kind, shown)
        put(pickle.dumps(r, protocol), "own", kind, shown)


def extras():
    texts = ["", "abc", "Malm\xf6", "\u4e16\u754c", "a\nb\tc\\d'e\"f", "nul \0 \x01\x7f",
             "astral \U0001f600", "x" * 300, "\u0085\u2028", "back\\u0041slash", "\\x41"]
    for s in texts:
        put_extra(s, "text", s)
        put_extra([s], "json", json.dumps([s], ensure_ascii=False))
        put_extra({s: {s: s}}, "json", json.dumps({s: {s: s}}, ensure_ascii=False))
    numbers = [0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -2**31, -2**31 - 1,
               2**63 - 1, 2**63, -2**63, -2**63 - 1, 10**17, 10**18, -10**18, 10**40,
               -10**40, 2**200, -2**200, 256**20 - 1, -256**20, 0.0, -0.0, 1.0, 0.1, 1.5,
               1e15, 1e16, 123456789012345680.0, 1e22, 1e100, 1e-4, 1e-5, 1.7e308, 5e-324,
               2.2250738585072014e-308, 1 / 3.0, 2 / 3.0, 1795193105.830918, 100.0]
    for n in numbers:
        put_extra(n, "number", text(repr(n)).rstrip("L"))
    put_extra(float("nan"), "text", "nan")
    put_extra(float("-inf"), "text", "-inf")
    words = [None, True, False, [], {}, [1, [2, [None, True, 1.5]]], {"a": [1], "b": {}},
             {"k": "v", "n": None}, [[]], [{}], list(range(2000)),
             dict((str(i), i) for i in range(1500))]
    for w in words:
        put_extra(w, "json", json.dumps(w, ensure_ascii=False))
    for t in [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ("a", ("b",))]:
        put_extra(t, "json", json.dumps(t))
    put_extra(set(["x"]), "json", '["x"]')
    put_extra(frozenset([7]), "json", "[7]")
    put_extra({1: 2, None: 3}, "json", json_of_odd_keys())
    put_extra(collections.OrderedDict([("a", 1)]), "json",
              '{"a": 1}' if PY3 else '[["a", 1]]')
    put_extra(collections.deque([1, "b"]), "json", '[1, "b"]')
    put_extra(collections.defaultdict(list, {"x": [1]}), "json", '{"x": [1]}')
    library()


def json_of_odd_keys():
    return json.dumps(dict((str(k), v) for k, v in {1: 2, None: 3}.items()))


def library():
    utc = datetime.timedelta(0)
    values = [datetime.datetime(2026, 11, 20, 16, 58, 54, 539123),
              datetime.datetime(2026, 1, 2, 3, 4, 5), datetime.date(2026, 1, 2),
              datetime.time(3, 4, 5), datetime.time(3, 4, 5, 6),
              datetime.timedelta(1, 2, 3), datetime.timedelta(-1, 5), utc,
              datetime.timedelta(hours=30), decimal.Decimal("1.10"),
              decimal.Decimal("-1E+5"), fractions.Fraction(1, 3),
              uuid.UUID(int=5), uuid.UUID("12345678-1234-5678-9abc-def012345678"),
              uuid.UUID(int=2**128 - 1)]
    if PY3:
        import pathlib
        zone = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
        values += [datetime.datetime(2026, 1, 2, 3, 4, 5, 6, zone),
                   datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
                   datetime.timezone.utc, zone, pathlib.PurePosixPath("/a/b/c"),
                   pathlib.PurePosixPath("a/b"), pathlib.PurePosixPath("."),
                   pathlib.PureWindowsPath("C:\\a\\b"), b"", b"abc", b"\x00\xff'\n\\",
                   b"\"'", b"it's", bytearray(b"x\xe9"), b"x" * 300]
    for v in values:
        shown = str(v)
        if isinstance(v, bytearray):
            shown = repr(bytes(v))
        put_extra(v, "text", text(shown))
    for v in values[:9]:
        put_extra([v], "json", json.dumps([str(v)]))
    put_extra(Plain(), "text", "<__main__.Plain>")
    put_extra([Plain()], "json", '["<__main__.Plain>"]')
    put_extra(Plain, "text", "<__main__.Plain>")
    loop = [1]
    loop.append(loop)
    put_extra(loop, "json", '[1, "..."]')


def put_message(msg, args):
    r = record(msg, args, created=CREATED)
    try:
        shown = r.getMessage()
    except Exception:
        # What Python cannot join is shown side by side.
        shown = text(msg) + " args=" + text(repr(r.args))
    for protocol in protocols()[:1] if len(msg) > 9 else protocols():
        put(pickle.dumps(r, protocol), "message", "text", shown)


def grid():
    flags = ["", "-", "0", "+", " ", "#", "-0", "+0", "+-"]
    widths = ["", "1", "8", "*"]
    precisions = ["", ".", ".0", ".3", ".*"]
    values = {"d": [0, -42, 2**70, 3.99, True], "i": [7], "u": [-7], "x": [255, -255, 0],
              "X": [48879], "o": [8, -8], "s": ["ab", "M\xf6", 42, None, [1, "x"], 1.5],
              "r": ["a'b", 42, 2.5], "f": [1.5, -0.0, 123456.789, 7], "e": [12345.678],
              "E": [0.00012], "g": [1e10, 0.0001, 100000, 1234567.0], "G": [1e-10],
              "F": [2.25], "c": ["y", 65]}
    for kind in sorted(values):
        for value in values[kind]:
            for f, w, p in itertools.product(flags, widths, precisions):
                args = (5,) * (w == "*") + (2,) * (p == ".*") + (value,)
                put_message("<%" + f + w + p + kind + ">", args)


def messages():
    cases = [("plain %d %s", None), ("no args", ()), ("100%", None), ("100%%", (1,)),
             ("%s and %s", ("a", "b")), ("%d%%", (50,)), ("%(a)s-%(b)03d", {"a": 1, "b": 2}),
             ("%(a)s", {"b": 1}), ("%s", {"a": 1}), ("%d", ("x",)), ("%s %s", ("a",)),
             ("%s", ("a", "b")), ("%q", (1,)), ("%", (1,)), ("%(a", ({"a": 1},)),
             ("%z %s", (1, 2)), ("%c", ("ab",)), ("%c", (-1,)), ("%5.1f|%-5s|", (2.25, "x")),
             ("%ld %hd %Ld", (1, 2, 3)), ("%s", ((1, 2),)), ("%r", ((1,),)),
             ("%s", ([1, (2, "x"), {"k": None}],)), ("%s", (True,)), ("%d", (None,)),
             ("%x", (1.5,)), ("%f", ("x",)), ("%*d", ("x", 1))]
    for msg, args in cases:
        put_message(msg, args)
    for msg, args in [("%s", (b"x\xff",)), ("%s", (datetime.date(2026, 1, 2),)),
                      ("%s \u2603 %s", ("\xe9", "\U0001f600")), ("%r", ("\xe9\n\x85",)),
                      ("%5s|%-5s|%.1s", ("\u4e16", "\xe9", "\u4e16\u754c")),
                      ("%s", (decimal.Decimal("1.5"),)), ("%r", (decimal.Decimal("1.5"),)),
                      ("%s", ({1, 2} - {2},)), ("%s", (set(),)), ("%s", ((),))]:
        put_message(msg, args)
    for msg in [42, None, 1.5, ["a", 1], {"k": "v"}, ("t",)]:
        r = record(msg, (), created=CREATED)
        for protocol in protocols():
            put(pickle.dumps(r, protocol), "message", "text", str(msg))


def main():
    extras()
    if PY3:  # Python 2 marks unicode and long, and takes a float for %x
        messages()
        grid()


main()
