"""ingest_rows: the rows of the bench in which programs send: to mplog, and to its peers.

Records are made once and sent by ingest.c. What counts is records a second of the receiver's
processor time, from when it listens to when the last record is in its file; beside it
stands what went through in a second. Receivers take turns, RUNS rounds. Each must have
written every record, once: that is looked at in every run.
"""
import datetime
import json
import logging
import logging.handlers
import os
import re
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

from data import HERE, MPLOG, WORK, environment, tool
from live_rows import cpu_ns, status_number
from measure import RUNS, fail, find, target

RECORDS = int(os.environ.get("BENCH_INGEST", "400000"))
SLOW = max(1, RECORDS // 10)  # for the server that is in Python
UDP_RATE = int(os.environ.get("BENCH_UDP_RATE", "100000"))
QUIET_S = 0.6  # nothing written for so long: that was all
NUMBER = re.compile(rb"\bseq=(\d+) of ")
NAMES = ("shop.orders", "shop.db.pool", "shop.mail", "werkzeug")
LEVELS = (20, 20, 10, 30, 20, 40)
FACILITY_USER = 8
OUT = os.path.join("/dev/shm" if os.access("/dev/shm", os.W_OK) else WORK, "mplog-ingest-%d" % os.getpid())


def log_records(count):
    """As a program would make them, 20 microseconds apart."""
    begun = time.time() - count * 20e-6
    for i in range(count):
        record = logging.LogRecord(
            NAMES[i % len(NAMES)], LEVELS[i % len(LEVELS)], "/srv/shop/app/orders.py", 100 + i % 50,
            "seq=%d of %d: order %d of customer %s took %.3f ms", (i, count, i * 7, "Malmö", i % 1000 / 7), None,
            "place_order")
        record.created = begun + i * 20e-6
        yield record


def stamp(record):
    return datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc).isoformat("T", "microseconds")


def as_pickle(record):
    return logging.handlers.SocketHandler("127.0.0.1", 1).makePickle(record)


def as_json(record):
    return json.dumps({
        "timestamp": stamp(record), "level": record.levelname, "logger": record.name,
        "message": record.getMessage(), "pid": record.process, "function": record.funcName}).encode() + b"\n"


def as_datagram(record):
    """As rsyslog forwards by default."""
    severity = {10: 7, 20: 6, 30: 4, 40: 3}[record.levelno]
    return b"<%d>%s vm %s[%d]: %s" % (
        FACILITY_USER + severity, stamp(record).encode(), record.name.encode(), record.process,
        record.getMessage().encode())


def as_syslog(record):
    return as_datagram(record) + b"\n"


def records_file(make, count):
    """The path of COUNT records; they are new for each bench, since their times are."""
    path = os.path.join(WORK, "ingest-%s-%d" % (make.__name__, count))
    if path not in made:
        with open(path, "wb") as f:
            for record in log_records(count):
                data = make(record)
                f.write(struct.pack("<I", len(data)) + data)
        made.add(path)
    return path


made = set()


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Receiver:
    """A program that takes records; start gives its process and port."""
    slow = False

    def __init__(self, name):
        self.name, self.runs = name, []

    def open(self, command, port):
        with open(OUT, "wb") as out, open(OUT + ".err", "wb") as err:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=WORK,
                                    env=environment()), port

    def said(self):
        with open(OUT + ".err", "rb") as f:
            return f.read().decode("utf-8", "replace")


class Mplog(Receiver):
    def __init__(self):
        super().__init__("mplog tail")

    def start(self, kind):
        process, _ = self.open([MPLOG, "tail", "-o", "text", kind + ":0"], 0)
        while True:
            found = re.search(r"listening on \w+:127\.0\.0\.1:(\d+)\n", self.said())
            if found:
                return process, int(found[1])
            if process.poll() is not None:
                sys.exit("bench: mplog ended: " + self.said())
            time.sleep(0.01)


class Rsyslog(Receiver):
    """As Debian has it; TUNED: with larger writes, which are not flushed for each batch."""

    def __init__(self, tuned, raw):
        super().__init__("rsyslog, tuned" if tuned else "rsyslog")
        self.more = ' asyncWriting="on" ioBufferSize="64k" flushOnTXEnd="off" flushInterval="1"' if tuned else ""
        self.more += ' template="raw"' if raw else ""

    def start(self, kind):
        port = free_port(socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        buffer = ' rcvbufSize="8m"' if kind == "udp" else ""
        config = os.path.join(WORK, "rsyslog.conf")
        with open(config, "w") as f:
            f.write('global(workDirectory="%s")\nmodule(load="im%s")\n'
                    'template(name="raw" type="string" string="%%rawmsg%%\\n")\n'
                    'input(type="im%s" address="127.0.0.1" port="%d"%s)\n'
                    'action(type="omfile" file="%s"%s)\n' % (WORK, kind, kind, port, buffer, OUT, self.more))
        pidfile = os.path.join(WORK, "rsyslog.pid")
        process, _ = self.open([find_rsyslog(), "-n", "-f", config, "-i", pidfile], port)
        wait_port(process, kind, port, self.said)
        return process, port


class Cookbook(Receiver):
    slow = True

    def __init__(self):
        super().__init__("Python's cookbook")

    def start(self, kind):
        port = free_port(socket.SOCK_STREAM)
        process, _ = self.open([sys.executable, os.path.join(HERE, "ingest_cookbook.py"), str(port), OUT], port)
        wait_port(process, kind, port, self.said)
        return process, port


def find_rsyslog():
    return find("rsyslogd") or next((p for p in ("/usr/sbin/rsyslogd",) if os.access(p, os.X_OK)), None)


def wait_port(process, kind, port, said):
    """Until it listens, as the kernel says."""
    for _ in range(500):
        with open("/proc/net/" + kind) as f:
            if any(line.split()[1].endswith(":%04X" % port) for line in f.readlines()[1:]):
                return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    sys.exit("bench: does not listen: " + said())


def settle():
    """When the file was written last, once it has grown no more for a while."""
    size, changed = -1, time.monotonic()
    while time.monotonic() - changed < QUIET_S:
        now = os.path.getsize(OUT)
        if now != size:
            size, changed = now, time.monotonic()
        time.sleep(0.005)
    return changed


def missing(count):
    """How many records are not in the file just once."""
    with open(OUT, "rb") as f:
        numbers = [int(found[1]) for found in NUMBER.finditer(f.read())]
    return abs(len(numbers) - count) + count - len(set(numbers) & set(range(count)))


def run(receiver, kind, setting, path, count):
    """One run: processor seconds, wall seconds, records that are wrong."""
    process, port = receiver.start(kind)
    before = cpu_ns(process.pid) / 1e9
    begun = time.monotonic()
    subprocess.run([tool("ingest"), kind, str(port), str(setting), path], check=True, stdout=subprocess.DEVNULL)
    wall = settle() - begun
    memory = status_number(process.pid, "VmHWM")
    process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    wrong = missing(count)
    said = re.sub(r"mplog: listening on .*\n", "", receiver.said()).strip()
    os.unlink(OUT)
    return {"cpu": usage.ru_utime + usage.ru_stime - before, "wall": wall, "wrong": wrong, "said": said,
            "mib": memory / 1024}


def measure_receivers(row, title, kind, setting, make, receivers):
    print("\n%s ingest, %s" % (row, title))
    rates = {}
    for i in range(RUNS):
        turn = i % len(receivers)
        for r in receivers[turn:] + receivers[:turn]:
            count = SLOW if r.slow else RECORDS
            r.runs.append(dict(run(r, kind, setting, records_file(make, count), count), count=count))
    print("  %-20s %9s %16s %12s %14s %7s  %s" % (
        "receiver", "records", "a CPU second", "us a record", "a second", "MiB", "right"))
    for r in receivers:
        cpu = statistics.median(max(1e-3, one["cpu"]) / one["count"] for one in r.runs)
        wall = statistics.median(one["count"] / one["wall"] for one in r.runs)
        wrong = sum(one["wrong"] for one in r.runs)
        rates[r.name] = 1 / cpu
        print("  %-20s %9d %16.0f %12.2f %14.0f %7.1f  %s" % (
            r.name, r.runs[0]["count"], 1 / cpu, cpu * 1e6, wall, max(one["mib"] for one in r.runs),
            "yes" if wrong == 0 else "no, %d missing or twice" % wrong), flush=True)
        if r is receivers[0] and wrong:
            fail("%s %s: %d records are missing or twice; it said %s" % (
                row, title, wrong, [one["said"][:200] for one in r.runs if one["said"]][:2]))
    for r in receivers[1:]:
        factor = 20 if r.slow else 1
        ratio = rates[receivers[0].name] / rates[r.name]
        target(row, "%s: >= %gx %s a CPU second" % (title, factor, r.name), ratio >= factor, "%.2fx" % ratio)


def syslog_peers(raw):
    return [Mplog()] + ([Rsyslog(False, raw), Rsyslog(True, raw)] if find_rsyslog() else [])


def row_np():
    for connections in (1, 64):
        measure_receivers("NP", "pickles, %d connections" % connections, "tcp", connections, as_pickle,
                          [Mplog(), Cookbook()])


def row_nj():
    for connections in (1, 64):
        measure_receivers("NJ", "JSON lines, %d connections" % connections, "tcp", connections, as_json,
                          syslog_peers(True))


def row_ns():
    for connections in (1, 64):
        measure_receivers("NS", "syslog over TCP, %d connections" % connections, "tcp", connections, as_syslog,
                          syslog_peers(False))
    measure_receivers("NS", "syslog over UDP, %d a second" % UDP_RATE, "udp", UDP_RATE, as_datagram,
                      syslog_peers(False))
