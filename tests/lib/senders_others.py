"""Programs other than Python's loggers, 4 processes of each beside one mplog: logger(1),
rsyslog, GELF senders and nc.

	senders_others.py MPLOG [CASE...] [--records N]

A case that needs a program that is not there is skipped. Every record must be there once,
with what its wire carries; see senders_cell.py.
"""
import argparse
import gzip
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib

import senders_cell
from senders_cell import IDENTITY, PROCESSES, Cell, Fault, Wire

LEVELS = (10, 20, 30, 40, 50)
PRIORITIES = {10: 7, 20: 6, 30: 4, 40: 3, 50: 2}
LOCAL0 = 16 << 3
NAMES = ("shop", "shop.orders", "shop.db.pool", "mail")
CHUNK = 200  # bytes of a GELF chunk; real ones are 1,420
RSYSLOG_CONFIG = """
global(workDirectory="{folder}" localHostname="vm")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log" RateLimit.Interval="0" UseSysTimeStamp="off")
action(type="omfwd" target="127.0.0.1" port="{port}" {options})
"""


def record_of(worker, seq):
    return {"level": LEVELS[seq % len(LEVELS)], "module": NAMES[worker], "pid": 1000 + worker,
            "message": f"worker={worker} seq={seq} {'.' * (seq % 61)} Malmö [x] <3> a=b",
            "exception": ""}


def records(worker, count):
    """What one process logs."""
    return (record_of(worker, seq) for seq in range(count))


class OtherCell(Cell):
    """Its records are known before; their times are between begin and end of all."""
    needs = None

    def __init__(self, program, name, wire, count, *options):
        super().__init__(program, name, wire, count)
        self.options, self.began = options, 0

    def listen(self):
        self.began = time.time_ns()
        return super().listen()

    def feed(self, commands, encode, pause=0):
        """Runs COMMANDS with the records of one worker each on stdin."""
        with open(self.path("senders"), "wb") as said:
            running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said)
                       for command in commands]
            for worker, process in enumerate(running):
                for number, record in enumerate(records(worker, self.records)):
                    process.stdin.write(encode(record))
                    if pause and number % 20 == 0:
                        process.stdin.flush()
                        time.sleep(pause)
                process.stdin.close()
            status = [process.wait(60) for process in running]
        if any(status) or self.read("senders"):
            raise Fault(f"the senders: status {status}, said {self.read('senders')[-800:]!r}")

    def truth(self):
        between = {"ns": self.began, "until_ns": time.time_ns()}
        return {tuple(map(int, IDENTITY.search(record["message"]).groups())): {**between, **record}
                for worker in range(PROCESSES) for record in records(worker, self.records)}


class Logger(OtherCell):
    """Its stdin is a record a line, each with its priority in front."""
    needs = "logger"

    def send(self, place):
        where = ["-u", place] if self.wire.source.startswith("unix") else ["-n", "127.0.0.1", "-P", place]
        self.feed([["logger", *where, *self.options, "-t", NAMES[worker], f"--id={1000 + worker}",
                    "--prio-prefix"] for worker in range(PROCESSES)],
                  lambda record: f"<{LOCAL0 + PRIORITIES[record['level']]}>{record['message']}\n".encode(),
                  0.004 if self.wire.lossy else 0)


class Rsyslog(OtherCell):
    """Forwards what it gets on a Unix socket, as it comes from syslog(3)."""
    needs = "rsyslogd"

    def send(self, place):
        config, pidfile, log = self.path("rsyslog.conf"), self.path("rsyslog.pid"), self.path("log")
        with open(config, "w", encoding="utf-8") as f:
            f.write(RSYSLOG_CONFIG.format(folder=self.folder, port=place, options=self.options[0]))
        with open(self.path("senders"), "wb") as said:
            self.forwarder = subprocess.Popen(
                [find(self.needs), "-n", "-f", config, "-i", pidfile], stdout=said, stderr=said)
        self.mplog.until(lambda: os.path.exists(log), "rsyslogd listens")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect(log)
            for seq in range(self.records):
                for worker in range(PROCESSES):
                    s.send(self.line(worker, seq))
                if self.wire.lossy and seq % 5 == 0:
                    time.sleep(0.004)

    def line(self, worker, seq):
        record = record_of(worker, seq)
        stamp = time.strftime("%b %e %H:%M:%S")
        return (f"<{LOCAL0 + PRIORITIES[record['level']]}>{stamp} {record['module']}[{record['pid']}]: "
                f"{record['message']}").encode()

    def end(self):
        self.forwarder.send_signal(signal.SIGTERM)
        self.forwarder.wait(30)
        super().end()


class Netcat(OtherCell):
    """nc with JSON or plain lines from stdin."""
    needs = "nc"

    def send(self, place):
        where = ["-U", place] if self.wire.source == "unix" else ["127.0.0.1", place]
        self.feed([["nc", "-N", *where]] * PROCESSES, self.options[0])


def json_line(record):
    return json.dumps({"ts": time.time(), "level": record["level"], "logger": record["module"],
                       "pid": record["pid"], "msg": record["message"]}, ensure_ascii=False).encode() + b"\n"


def plain_line(record):
    return record["message"].encode() + b"\n"


class Gelf(OtherCell):
    """As the libraries for GELF send; OPTIONS: how a message is wrapped."""

    def send(self, place):
        pack = self.options[0]
        tcp = self.wire.source == "tcp"
        pids = []
        for worker in range(PROCESSES):
            pid = os.fork()
            if pid == 0:
                self.run_worker(worker, place, pack, tcp)
            pids.append(pid)
        if any(os.waitpid(pid, 0)[1] for pid in pids):
            raise Fault("a sender has failed")

    def run_worker(self, worker, place, pack, tcp):
        try:
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
            s.connect(("127.0.0.1", int(place)))
            for number, record in enumerate(records(worker, self.records)):
                for piece in pack(gelf(record), worker * self.records + number):
                    s.sendall(piece)
                if not tcp and number % 10 == 0:
                    time.sleep(0.004)
            s.close()
            os._exit(0)
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)


def gelf(record):
    return json.dumps({
        "version": "1.1", "host": "vm", "short_message": record["message"],
        "timestamp": round(time.time(), 6), "level": PRIORITIES[record["level"]],
        "_logger": record["module"], "_pid": record["pid"]}).encode()


def chunks(data, number):
    """Every other message backwards."""
    parts = [data[at:at + CHUNK] for at in range(0, len(data), CHUNK)]
    head = b"\x1e\x0f" + struct.pack(">Q", number + 1)
    pieces = [head + bytes([i, len(parts)]) + part for i, part in enumerate(parts)]
    return pieces[::-1] if number % 2 else pieces


def alone(data, number):
    return [data]


def tcp_frame(data, number):
    return [data + b"\0"]


def packed(data, number):
    return [zlib.compress(data)]


def gzipped(data, number):
    return [gzip.compress(data)]


def packed_chunks(data, number):
    return chunks(zlib.compress(data, 0), number)


SECOND = 10**9
SECONDS = {source: Wire(source, time=SECOND, lossy=source == "udp")
           for source in ("udp", "tcp", "unixgram", "unix")}
EXACT = {source: Wire(source, lossy=source == "udp") for source in ("udp", "tcp", "unix")}
CASES = [
    ("logger udp rfc3164", Logger, SECONDS["udp"], "-d", "--rfc3164"),
    ("logger udp rfc5424", Logger, EXACT["udp"], "-d", "--rfc5424"),
    ("logger tcp rfc3164", Logger, SECONDS["tcp"], "-T", "--rfc3164"),
    ("logger tcp rfc5424", Logger, EXACT["tcp"], "-T", "--rfc5424"),
    ("logger tcp octets", Logger, EXACT["tcp"], "-T", "--rfc5424", "--octet-count"),
    ("logger unixgram", Logger, SECONDS["unixgram"], "--socket-errors=on"),
    ("logger unix", Logger, SECONDS["unix"], "--socket-errors=on"),
    ("rsyslog udp", Rsyslog, SECONDS["udp"], 'protocol="udp"'),
    ("rsyslog tcp", Rsyslog, SECONDS["tcp"], 'protocol="tcp"'),
    ("rsyslog tcp ForwardFormat", Rsyslog, SECONDS["tcp"],
     'protocol="tcp" template="RSYSLOG_ForwardFormat"'),
    ("rsyslog tcp octets rfc5424", Rsyslog, SECONDS["tcp"],
     'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"'),
    ("gelf udp", Gelf, EXACT["udp"], alone),
    ("gelf udp zlib", Gelf, EXACT["udp"], packed),
    ("gelf udp gzip", Gelf, EXACT["udp"], gzipped),
    ("gelf udp chunks", Gelf, EXACT["udp"], chunks),
    ("gelf udp zlib chunks", Gelf, EXACT["udp"], packed_chunks),
    ("gelf tcp", Gelf, EXACT["tcp"], tcp_frame),
    ("nc tcp json", Netcat, EXACT["tcp"], json_line),
    ("nc unix json", Netcat, EXACT["unix"], json_line),
    ("nc tcp plain", Netcat, Wire("tcp", time=0, level=None, module=False, pid=False), plain_line),
]


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mplog", type=os.path.abspath)
    parser.add_argument("cases", nargs="*", help="the beginning of a name")
    parser.add_argument("--records", type=int, default=250)
    args = parser.parse_args()
    senders_cell.environment()
    cells = []
    for name, kind, wire, *options in CASES:
        if args.cases and not name.startswith(tuple(args.cases)):
            continue
        if kind.needs and not find(kind.needs):
            print(f"ok - {name} # skip no {kind.needs}")
        else:
            cells.append(kind(args.mplog, name, wire, args.records, *options))
    sys.exit(not all(good for _, good in senders_cell.run_cells(cells, 1)))


if __name__ == "__main__":
    main()
