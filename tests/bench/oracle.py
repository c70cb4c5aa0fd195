#!/usr/bin/env python3
"""oracle: which records mplog filter must write, and in which order, said a second time.

    oracle.py [--level WORD] [--module REGEX] [--grep REGEX] [--since T] [--until T]
              [--expr LAMBDA] [--sort] [--tally TALLY] FILE...

Shares nothing with mplog: plain Python, one regular expression a layout, heapq.merge. A
file has one layout, known by its first line. A line that is no head belongs to the record
before it. Records come out by (time, file on the command line, place in the file), byte
for byte, and each ends with a newline. Stamps without a zone are UTC.

--since and --until are UTC, YYYY-MM-DDTHH:MM:SS[.fraction], from since until just before
until. --expr is the text of a Python function of (time_ns, level_no, module, text), where
module and text are bytes. --sort first sorts each file (stably); without it a file that
is not in order is an error. --tally writes the number of records to the file TALLY.
"""
import argparse
import calendar
import heapq
import json
import re
import sys
import time

LEVELS = {b"TRACE": 5, b"DEBUG": 10, b"INFO": 20, b"SUCCESS": 25, b"WARNING": 30,
          b"ERROR": 40, b"CRITICAL": 50}

SECOND = rb"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)"

# Groups: second, fraction, zone, level, module.
HEADS = [re.compile(p) for p in (
    # loguru
    SECOND + rb"\.(\d{3,6})()" rb" \| (?P<level>[A-Z]+) * \| (?P<module>[^:|]*):[^:]*:\d+ - ",
    # asctime - name - levelname - message
    SECOND + rb",(\d{3})()" rb" - (?P<module>[\w.]+) - (?P<level>[A-Z]+) - ",
    # iso
    SECOND + rb"\.(\d{1,9})(Z|[+-]\d\d:\d\d)" rb" (?P<level>[A-Z]+) \[(?P<module>[\w.]+)\] ",
    # logfmt
    rb"time=" + SECOND + rb"\.(\d{1,9})(Z|[+-]\d\d:\d\d)"
    rb" level=(?P<level>[A-Z]+) logger=(?P<module>[\w.]+) ",
)]

COLOR = re.compile(rb"\x1b\[[0-9;]*m")
NANO = [10 ** (9 - digits) for digits in range(10)]


def die(message):
    sys.exit("oracle: " + message)


def second_ns(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S")) * 1000000000


def zone_ns(zone):
    if zone in (b"", b"Z"):
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return (minutes if zone[:1] == b"+" else -minutes) * 60000000000


def stamp_ns(text):
    second, _, fraction = text.rstrip("Z").replace(" ", "T").partition(".")
    return second_ns(second) + int(fraction.ljust(9, "0")[:9])


def text_heads(lines, head):
    """(time, level, module) of each line, None for one that begins no record."""
    match = head.match
    known, base = None, 0
    for line in lines:
        m = match(COLOR.sub(b"", line) if line[:1] == b"\x1b" else line)
        if not m:
            yield line, None
            continue
        second = m[1]
        if second != known:
            known, base = second, second_ns(second.replace(b" ", b"T").decode())
        yield line, (base + int(m[2]) * NANO[len(m[2])] - (zone_ns(m[3]) if m[3] else 0),
                     LEVELS[m["level"]], m["module"])


def json_heads(lines):
    for line in lines:
        o = json.loads(line)
        if "record" in o:
            r = o["record"]
            stamp = r["time"]["repr"]
            if not stamp.endswith("+00:00"):
                die("a stamp that is not UTC: " + stamp)
            yield line, (stamp_ns(stamp[:-6]), r["level"]["no"], r["name"].encode())
        else:
            yield line, (stamp_ns(o["ts"]), LEVELS[o["level"].encode()], o["logger"].encode())


def heads(path):
    with open(path, "rb") as f:
        first = COLOR.sub(b"", f.readline())
    lines = open(path, "rb", buffering=1 << 20)
    if not first:
        return iter(())
    if first[:1] == b"{":
        return json_heads(lines)
    for head in HEADS:
        if head.match(first):
            return text_heads(lines, head)
    return die(path + ": no layout I know")


def records(path):
    """(time, level, module, [line...]) of each record of a file."""
    now, lines = None, []
    for line, found in heads(path):
        if found:
            if lines:
                yield now, lines
            now, lines = found, [line]
        else:
            lines.append(line)
    if lines:
        if lines[-1][-1:] != b"\n":
            lines[-1] += b"\n"
        yield now, lines


def chosen(path, source, keep):
    """(time, source, place, text) of the records of a file that are kept, in order."""
    last = 0
    for place, ((when, level, module), lines) in enumerate(records(path)):
        if when < last and keep.ordered:
            die("%s: record %d is older than the one before it" % (path, place))
        last = when
        if level >= keep.level and keep.since <= when < keep.until:
            text = b"".join(lines)
            if keep.rest(when, level, module, text):
                yield when, source, place, text


class Keep:
    """What the options ask for; the two cheap questions are asked in chosen()."""

    def __init__(self, a):
        self.ordered = not a.sort
        self.level = LEVELS[a.level.encode()] if a.level else 0
        self.since = stamp_ns(a.since) if a.since else 0
        self.until = stamp_ns(a.until) if a.until else 1 << 63
        module = re.compile(a.module.encode()).search if a.module else None
        grep = re.compile(a.grep.encode()).search if a.grep else None
        expr = eval(a.expr, {"re": re}) if a.expr else None
        verdicts = {}

        def rest(when, level, name, text):
            if module:
                if name not in verdicts:
                    verdicts[name] = bool(module(name))
                if not verdicts[name]:
                    return False
            if grep and not grep(text):
                return False
            return not expr or expr(when, level, name, text)

        self.rest = rest


def main():
    p = argparse.ArgumentParser()
    for name in ("level", "module", "grep", "since", "until", "expr"):
        p.add_argument("--" + name)
    p.add_argument("--sort", action="store_true")
    p.add_argument("--tally")
    p.add_argument("files", nargs="+", metavar="FILE")
    a = p.parse_args()
    keep = Keep(a)
    streams = [chosen(path, i, keep) for i, path in enumerate(a.files)]
    if a.sort:
        streams = [sorted(s) for s in streams]
    out = open(1, "wb", buffering=1 << 20)
    number = 0
    for _, _, _, text in heapq.merge(*streams):
        out.write(text)
        number += 1
    out.flush()
    if a.tally:
        with open(a.tally, "w") as f:
            f.write("%d" % number)


main()
