"""Checks what mplog has shown of what emit.py's processes have logged.

	check.py OUT ERR [--processes N] [--records N] [--window MS] [--files FILE...]

Every record must be there once and whole, its traceback or other lines right behind it. A
record that is out of order must be one that mplog has counted as late. On a busy machine
one in a hundred may be, and one in a thousand by more than the window: a process can be
halted between taking the time and writing. With FILEs, the records must be theirs byte for
byte.
"""
import argparse
import collections
import re
import sys

import emit

HEAD = re.compile(
    rb"(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)[.,](\d{3}) (?:\| \w+ +\| |- emit - \w+ - )")
IDENTITY = re.compile(rb"worker=(\d+) seq=(\d+) ")
TRACEBACK = re.compile(
    rb"\nTraceback \(most recent call last\):\n+(> | )? +File \".*emit.py\", line \d+, in log\n"
    rb"    raise ValueError\(broken\(worker, seq\)\)\n+ValueError: [^\n]+\n")
LATE = re.compile(rb"^mplog: (\d+) records? came late", re.M)
faults = []


def fault(message):
    faults.append(message)


def split(data):
    """The records: heads with the lines behind them."""
    starts = [match.start() for match in re.finditer(rb"^" + HEAD.pattern, data, re.M)]
    if data[: starts[0] if starts else len(data)]:
        fault(f"text before the first record: {data[:80]!r}")
    return [data[at:end] for at, end in zip(starts, starts[1:] + [len(data)])]


def stamp(record):
    """Milliseconds; a test at midnight is a day, too."""
    day, hour, minute, second, ms = HEAD.match(record).groups()
    ordinal = int(day.replace(b"-", b""))
    return (((ordinal * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second)) * 1000 + int(ms)


def check_text(record, worker, seq):
    """The record says what it was to say, and nothing else."""
    said = emit.text(worker, seq).encode()
    at = record.find(said)
    if at < 0:
        return fault(f"not whole: {record!r}")
    rest = record[at + len(said):]
    if seq % emit.TRACEBACK_EVERY != emit.TRACEBACK_EVERY - 1:
        if rest != b"\n":
            fault(f"other text behind a record: {record!r}")
        return None
    if not TRACEBACK.fullmatch(rest) or not rest.endswith(
            f"\nValueError: {emit.broken(worker, seq)}\n".encode()):
        fault(f"its traceback is not whole: {record!r}")
    return None


def check_presence(records, processes, count):
    seen = collections.Counter()
    for record in records:
        match = IDENTITY.search(record)
        if not match:
            fault(f"no record of emit.py: {record[:80]!r}")
            continue
        worker, seq = map(int, match.groups())
        seen[worker, seq] += 1
        check_text(record, worker, seq)
    wanted = {(worker, seq) for worker in range(processes) for seq in range(count)}
    for key in sorted(wanted - seen.keys()):
        fault(f"missing: worker={key[0]} seq={key[1]}")
    for key in sorted(seen.keys() - wanted):
        fault(f"never logged: worker={key[0]} seq={key[1]}")
    for key, times in sorted(seen.items()):
        if times > 1:
            fault(f"{times} times: worker={key[0]} seq={key[1]}")


def check_order(records, errors, window):
    """Late ones are those that come behind a later one; mplog must have counted them all."""
    match = LATE.search(errors)
    counted = int(match.group(1)) if match else 0
    newest = late = beyond = 0
    for record in records:
        time = stamp(record)
        if time < newest:
            late += 1
            beyond += newest - time > window
        newest = max(newest, time)
    if late != counted:
        fault(f"{late} records are out of order, but mplog has counted {counted} late")
    if late > len(records) / 100 or beyond > len(records) / 1000:
        fault(f"{late} records are out of order, {beyond} by more than {window} ms")


def check_sequence(records):
    """What one process has logged never changes places."""
    newest = {}
    for record in records:
        match = IDENTITY.search(record)
        if match:
            worker, seq = map(int, match.groups())
            if seq < newest.get(worker, -1):
                fault(f"worker={worker}: seq={seq} came behind {newest[worker]}")
            newest[worker] = seq


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("err")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--window", type=int, default=250)
    parser.add_argument("--files", nargs="*", default=[])
    args = parser.parse_args()
    with open(args.out, "rb") as out, open(args.err, "rb") as err:
        records, errors = split(out.read()), err.read()
    check_presence(records, args.processes, args.records)
    check_order(records, errors, args.window)
    check_sequence(records)
    if args.files:
        written = b"".join(open(path, "rb").read() for path in args.files)
        if collections.Counter(split(written)) != collections.Counter(records):
            fault("the records are not those of the files, byte for byte")
    for line in faults[:10]:
        print(line)
    if len(faults) > 10:
        print(f"... and {len(faults) - 10} more")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
