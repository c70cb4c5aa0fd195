"""Runs senders.py beside mplog, a cell at a time, and compares what mplog read with what was
logged.

	senders_matrix.py MPLOG [SINK...] [--records N] [--jobs N] [--table]

A cell is a sink, a start method and a kind of pool: 4 processes that log --records records
each, into an mplog of their own. Every record must be there once, with its level, module,
pid, message, traceback and time as the table WIRES says that the wire can carry them. Of
datagrams that the kernel throws away mplog must have said how many. Each cell is a line of
TAP; with --table there is a table of all of them, too.
"""
import argparse
import concurrent.futures
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STARTS = ("fork", "spawn", "forkserver")
POOLS = ("process", "pool", "executor")
PROCESSES = 4
PATIENCE = 20 * (10 if os.environ.get("SANITIZED") else 1)
IDENTITY = re.compile(r"worker=(\d+) seq=(\d+) ")
DROPPED = re.compile(r": dropped (\d+) records? \(total (\d+)\)")
LEVELS = {5: "TRACE", 10: "DEBUG", 20: "INFO", 25: "SUCCESS", 30: "WARNING", 40: "ERROR",
          50: "CRITICAL"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Wire:
    """What a way of sending carries. SOURCE is mplog's; TIME the microseconds that its times
    are good for, 0: it has none; the rest says whether it is there."""

    def __init__(self, source, time=1, level="number", module=True, pid=True, exception="text",
                 extra=False, lossy=False, truth="stdlib"):
        self.source, self.time, self.level = source, time, level
        self.module, self.pid, self.exception = module, pid, exception
        self.extra, self.lossy, self.truth = extra, lossy, truth


def loguru_text(source, **more):
    """Loguru's own line: milliseconds, a level's word, and no process."""
    return Wire(source, **{"time": 1000, "level": "word", "pid": False, "truth": "loguru", **more})


def loguru_json(source):
    return Wire(source, extra=True, truth="loguru")


def syslog(source, **more):
    """SysLogHandler has no time, five levels, and a name and pid only if its format has."""
    return Wire(source, time=0, level="syslog", module="tag", pid="tag", **more)


WIRES = {
    "socket-tcp": Wire("tcp", extra=True),
    "socket-unix": Wire("unix", extra=True),
    "datagram-udp": Wire("udp", extra=True, lossy=True),
    "datagram-unix": Wire("unixgram", extra=True),
    "syslog-udp": syslog("udp", lossy=True),
    "syslog-tcp": syslog("tcp"),
    "syslog-unixgram": syslog("unixgram"),
    "syslog-unix": syslog("unix"),
    "http": Wire("tcp", exception="value", extra=True),
    "http-get": Wire("tcp", exception="value", extra=True),
    "queue": Wire("tcp", extra=True),
    "client": Wire("tcp", extra=True),
    "loguru-socket-message": Wire("tcp", truth="both"),
    "loguru-socket": Wire("tcp", time=1000, truth="loguru"),
    "loguru-recipe": Wire("tcp", exception=None, extra=True, truth="loguru"),
    "loguru-file": loguru_text("file"),
    "loguru-file-enqueue": loguru_text("file"),
    "loguru-fifo": loguru_text("fifo"),
    "loguru-fifo-enqueue": loguru_text("fifo"),
    "loguru-stderr": loguru_text("stdin"),
    "loguru-stderr-enqueue": loguru_text("stdin"),
    "loguru-serialize-file": loguru_json("file"),
    "loguru-serialize-fifo": loguru_json("fifo"),
    "loguru-serialize-tcp": loguru_json("tcp"),
}


class Fault(Exception):
    pass


class Cell:
    def __init__(self, program, sink, start, pool, records):
        self.program, self.sink, self.start, self.pool = program, sink, start, pool
        self.records, self.wire = records, WIRES[sink]
        self.folder = tempfile.mkdtemp(prefix="mplog-cell-")
        self.mplog, self.dropped, self.seconds = None, 0, 0.0

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="surrogateescape") as f:
            return f.read()

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise Fault(f"in {PATIENCE} s not: {what}; said {self.read('err')[-500:]!r}")
            time.sleep(0.02)

    def listen(self):
        """Starts mplog; the place to send to, and what the senders' stderr is."""
        kind = self.wire.source
        path = self.path("place")
        source = {"tcp": "tcp:0", "udp": "udp:0", "file": path, "stdin": "-"}.get(kind, f"{kind}:{path}")
        ends = os.pipe() if kind == "stdin" else (None, None)
        if kind == "file":
            open(path, "w", encoding="utf-8").close()
        with open(self.path("out"), "wb") as out, open(self.path("err"), "wb") as err:
            self.mplog = subprocess.Popen(
                [self.program, "tail", "-n", "all", "-o", "json", source], stdout=out, stderr=err,
                stdin=ends[0] if ends[0] is not None else subprocess.DEVNULL)
        if ends[0] is not None:
            os.close(ends[0])
            return path, ends[1]
        if kind == "fifo":
            self.until(lambda: os.path.exists(path), "the FIFO is there")
        elif kind != "file":
            self.until(lambda: f"listening on {kind}:" in self.read("err"), "listening")
        port = re.search(r"listening on \w+:127\.0\.0\.1:(\d+)$", self.read("err"), re.M)
        return port[1] if port else path, None

    def send(self):
        place, stderr = self.listen()
        os.mkdir(self.path("truth"))
        with open(self.path("senders"), "wb") as said:
            status = subprocess.run(
                [sys.executable, os.path.join(HERE, "senders.py"), self.sink, self.start, self.pool, place,
                 self.path("truth"), "--processes", str(PROCESSES), "--records", str(self.records)],
                stderr=said if stderr is None else stderr, stdout=said, timeout=10 * PATIENCE,
                check=False).returncode
        if stderr is not None:
            os.close(stderr)
        if status or self.read("senders"):
            raise Fault(f"the senders: status {status}, said {self.read('senders')[-800:]!r}")

    def count_dropped(self):
        """The last total of each source."""
        totals = {}
        for line in self.read("err").splitlines():
            found = DROPPED.search(line)
            if found:
                totals[line[:found.start()]] = int(found[2])
        return sum(totals.values())

    def all_there(self):
        with open(self.path("out"), "rb") as f:
            lines = f.read().count(b"\n")
        return lines + self.count_dropped() >= PROCESSES * self.records

    def end(self):
        self.mplog.send_signal(signal.SIGTERM)
        status = self.mplog.wait(PATIENCE)
        said = [line for line in self.read("err").splitlines()
                if not re.search(r": listening on | came late|^mplog: dropped \d+ records? in all", line)
                and not (self.wire.lossy and DROPPED.search(line))]
        if status or said:
            raise Fault(f"mplog: status {status}, said {said[:5]}")

    def run(self):
        """None, or what is wrong."""
        began = time.monotonic()
        try:
            self.send()
            self.until(self.all_there, f"{PROCESSES * self.records} records, but "
                       f"{len(self.read('out').splitlines())}")
            self.end()
            self.dropped = self.count_dropped()
            self.check()
        except (Fault, subprocess.TimeoutExpired) as fault:
            return str(fault)
        finally:
            self.seconds = time.monotonic() - began
            if self.mplog.poll() is None:
                self.mplog.kill()
                self.mplog.wait()
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.folder)
        return None

    def truth(self):
        """(worker, seq) -> what was logged. A record that a handler of Loguru sent is Loguru's,
        with the time of the handler's own."""
        logged = {"stdlib": {}, "loguru": {}}
        for name in os.listdir(self.path("truth")):
            for line in self.read(os.path.join("truth", name)).splitlines():
                said = json.loads(line)
                logged[said["by"]][tuple(map(int, IDENTITY.search(said["message"]).groups()))] = said
        if self.wire.truth == "both":
            for key, said in logged["loguru"].items():
                said["us"] = logged["stdlib"][key]["us"]
        return logged["stdlib" if self.wire.truth == "stdlib" else "loguru"]

    def check(self):
        truth, faults, seen, pids = self.truth(), [], set(), set()
        if len(truth) != PROCESSES * self.records:
            raise Fault(f"{len(truth)} records were logged")
        for line in self.read("out").splitlines():
            got = json.loads(line)
            found = IDENTITY.search(got["message"])
            key = found and tuple(map(int, found.groups()))
            if key not in truth:
                faults.append(f"nobody has logged {line[:300]}")
            elif key in seen:
                faults.append(f"twice: {line[:300]}")
            else:
                faults += [f"{key}: {fault}" for fault in differences(self.wire, truth[key], got)]
            seen.add(key)
            pids.add(truth.get(key, {}).get("pid"))
        lost = truth.keys() - seen
        if len(lost) != self.dropped:
            faults.append(f"{len(lost)} are missing, {self.dropped} were said to be dropped: {sorted(lost)[:5]}")
        if self.pool == "process" and len(pids) != PROCESSES:
            faults.append(f"{len(pids)} processes have logged")
        if faults:
            raise Fault(f"{len(faults)} faults, as\n  " + "\n  ".join(faults[:4]))


def level(wire, said):
    """What mplog must say."""
    if wire.level == "syslog":
        return {10: "DEBUG", 20: "INFO", 40: "ERROR", 50: "CRITICAL"}.get(said["level"], "WARNING")
    if wire.level == "word" and said["word"] not in LEVELS.values():
        return None
    return LEVELS.get(said["level"], f"Level {said['level']}")


def microseconds(stamp):
    """Of "2026-11-20T17:03:36.120345000Z", exactly."""
    whole, rest = stamp.rstrip("Z").split(".")
    delta = datetime.datetime.fromisoformat(whole + "+00:00") - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1000000 + int(rest.ljust(9, "0")) / 1000


def differences(wire, said, got):
    """Where mplog's record is not what was logged."""
    wanted = {"message": said["message"], "level": level(wire, said)}
    tagged = said["pid"] % 2
    if wire.module is True or wire.module and tagged:
        wanted["module"] = said["module"]
    if wire.pid is True or wire.pid and tagged:
        wanted["pid"] = said["pid"]
    if wire.exception == "text":
        wanted["exception"] = said["exception"] or None
    for name, value in wanted.items():
        if got.get(name) != value:
            yield f"{name} is {got.get(name)!r}, not {value!r}"
    if wire.exception == "value" and said["exception"] and "broken" not in json.dumps(got):
        yield "its error is not named"
    yield from time_differences(wire, said, got)
    order = re.search(r"seq=(\d+)", said["message"])[1]
    if wire.extra and int(order) % 20 == 0 and order not in map(str, fields(got)):
        yield f"fields are {got.get('fields')!r}, without {order}"


def fields(got):
    """The values of its extra fields, those in an object among them, too."""
    for value in (got.get("fields") or {}).values():
        yield from value.values() if isinstance(value, dict) else [value]


def time_differences(wire, said, got):
    if wire.time == 0:
        if got["time"] is not None:
            yield f"time is {got['time']}, which nobody sent"
        return
    if got["time"] is None:
        yield "there is no time"
        return
    wanted = said["us"] // wire.time * wire.time
    if abs(microseconds(got["time"]) - wanted) >= 1:
        yield f"time is {got['time']}, not {wanted} us"


def left_out(sink, start, pool):
    """Why a cell cannot be, or None."""
    return LEFT_OUT.get((sink, start, pool))


LEFT_OUT = {}


def run_cells(args):
    cells = [(sink, start, pool) for sink in args.sinks or WIRES for start in STARTS for pool in POOLS]
    results = {}

    def run(parts):
        reason = left_out(*parts)
        if reason:
            return parts, reason, None, None
        cell = Cell(args.mplog, *parts, args.records)
        return parts, None, cell.run(), cell

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for number, (parts, reason, fault, cell) in enumerate(pool.map(run, cells), 1):
            name = " ".join(parts)
            if reason:
                print(f"ok {number} - {name} # skip {reason}", flush=True)
            elif fault:
                print(f"not ok {number} - {name}\n# " + fault.replace("\n", "\n# ") + f"\n# kept: {cell.folder}",
                      flush=True)
            else:
                dropped = f", {cell.dropped} dropped and counted" if cell.dropped else ""
                print(f"ok {number} - {name} ({cell.seconds:.1f} s{dropped})", flush=True)
            results[parts] = "-" if reason else "NO" if fault else "yes"
    return results


def print_table(results):
    columns = [(start, pool) for start in STARTS for pool in POOLS]
    print("\n" + " " * 24 + " ".join(f"{start[:6]:>6}" for start, _ in columns))
    print(" " * 24 + " ".join(f"{pool[:6]:>6}" for _, pool in columns))
    for sink in dict.fromkeys(sink for sink, _, _ in results):
        print(f"{sink:<24}" + " ".join(f"{results[(sink, *column)]:>6}" for column in columns))
    print(f"\n{list(results.values()).count('yes')} of {len(results)} cells are right")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mplog", type=os.path.abspath)
    parser.add_argument("sinks", nargs="*", choices=[*WIRES, []])
    parser.add_argument("--records", type=int, default=250)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    os.environ["TZ"] = "UTC"
    for name in [name for name in os.environ if name.startswith("LOGURU_")]:
        del os.environ[name]
    results = run_cells(args)
    if args.table:
        print_table(results)
    sys.exit("NO" in results.values())


if __name__ == "__main__":
    main()
