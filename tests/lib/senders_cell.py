"""One cell of a matrix of senders: programs that log, an mplog beside them, and the comparison
of what mplog read with what was logged.

	class X(Cell): def send(self, place), def truth(self)
	fault = X(program, name, wire, records).run()

Every record must be there once, with its level, module, pid, message, traceback and time as
its Wire says that it can carry them. Of datagrams that the kernel throws away mplog must have
said how many.
"""
import concurrent.futures
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import beside

HERE = os.path.dirname(os.path.abspath(__file__))
PROCESSES = 4
PATIENCE = 20 * (10 if beside.SLOW else 1)
IDENTITY = re.compile(r"worker=(\d+) seq=(\d+) ")
DROPPED = re.compile(r": dropped (\d+) records? \(total (\d+)\)")
USUAL = re.compile(r": listening on | came late|^mplog: catching up: |^mplog: dropped \d+ records? in all")
LEVELS = {5: "TRACE", 10: "DEBUG", 20: "INFO", 25: "SUCCESS", 30: "WARNING", 40: "ERROR",
          50: "CRITICAL"}
SYSLOG_LEVELS = {10: "DEBUG", 20: "INFO", 40: "ERROR", 50: "CRITICAL"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Wire:
    """What a way of sending carries. SOURCE is mplog's; TIME the nanoseconds that its times
    are good for, 0: it has none; the rest says whether it is there."""

    def __init__(self, source, time=1000, level="number", module=True, pid=True, exception="text",
                 extra=False, lossy=False, truth="stdlib"):
        self.source, self.time, self.level = source, time, level
        self.module, self.pid, self.exception = module, pid, exception
        self.extra, self.lossy, self.truth = extra, lossy, truth


class Fault(Exception):
    pass


class Cell:
    def __init__(self, program, name, wire, records):
        self.program, self.name, self.wire, self.records = program, name, wire, records
        self.folder = tempfile.mkdtemp(prefix="mplog-cell-")
        self.mplog, self.writers_end, self.dropped, self.seconds = None, None, 0, 0.0

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="surrogateescape") as f:
            return f.read()

    def listen(self):
        """Starts mplog; the place to send to. The pipe to its stdin ends in writers_end."""
        kind, path = self.wire.source, self.path("place")
        source = {"tcp": "tcp:0", "udp": "udp:0", "file": path, "stdin": "-"}.get(kind, f"{kind}:{path}")
        readers_end = subprocess.DEVNULL
        if kind == "stdin":
            readers_end, self.writers_end = os.pipe()
        if kind == "file":
            open(path, "w", encoding="utf-8").close()
        self.mplog = beside.Mplog(
            self.program, "tail", "-n", "all", "-o", "json", source, stdin=readers_end)
        if kind == "stdin":
            os.close(readers_end)
        if kind in ("tcp", "udp"):
            return str(self.mplog.port(kind))
        if kind == "fifo":
            self.mplog.until(lambda: os.path.exists(path), "the FIFO is there")
        elif kind not in ("file", "stdin"):
            self.mplog.said(f"listening on {kind}:")
        return path

    def senders(self, *commands, **more):
        """Runs them side by side to their end; they must be silent and succeed."""
        with open(self.path("senders"), "wb") as said:
            settings = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said, **more}
            running = [subprocess.Popen(command, **settings) for command in commands]
            status = [process.wait(10 * PATIENCE) for process in running]
        if any(status) or self.read("senders"):
            raise Fault(f"the senders: status {status}, said {self.read('senders')[-800:]!r}")

    def count_dropped(self):
        """The last total of each source."""
        totals = {}
        for line in list(self.mplog.messages):
            found = DROPPED.search(line)
            if found:
                totals[line[:found.start()]] = int(found[2])
        return sum(totals.values())

    def wait(self):
        wanted, end = PROCESSES * self.records, time.monotonic() + PATIENCE
        while len(self.mplog.lines) + self.count_dropped() < wanted:
            if time.monotonic() > end:
                raise Fault(f"{len(self.mplog.lines)} records in {PATIENCE} s, not {wanted}; "
                            f"said {self.mplog.messages[-5:]}")
            time.sleep(0.01)

    def end(self):
        said = [line for line in self.mplog.end() if not USUAL.search(line)
                and not (self.wire.lossy and DROPPED.search(line))]
        if said:
            raise Fault(f"mplog said {said[:5]}")
        self.dropped = self.count_dropped()

    def run(self):
        """None, or what is wrong; what there is to look at is kept then."""
        began = time.monotonic()
        try:
            self.send(self.listen())
            if self.writers_end is not None:
                os.close(self.writers_end)
            self.wait()
            self.end()
            self.check(self.truth())
        except (Fault, SystemExit, subprocess.TimeoutExpired) as fault:
            with open(self.path("out"), "wb") as out:
                out.write(self.mplog.output() if self.mplog else b"")
            return f"{fault}\n(in {self.folder})"
        finally:
            self.seconds = time.monotonic() - began
            if self.mplog and self.mplog.process.poll() is None:
                self.mplog.process.kill()
                self.mplog.process.wait()
        shutil.rmtree(self.folder)
        return None

    def check(self, truth):
        faults, seen = [], set()
        if len(truth) != PROCESSES * self.records:
            raise Fault(f"{len(truth)} records were logged")
        for _, line in self.mplog.lines:
            got = json.loads(line)
            found = IDENTITY.search(got["message"])
            key = found and tuple(map(int, found.groups()))
            if key not in truth:
                faults.append(f"nobody has logged {line[:200]!r}")
            elif key in seen:
                faults.append(f"twice: {line[:200]!r}")
            else:
                faults += [f"{key}: {fault}" for fault in differences(self.wire, truth[key], got)]
            seen.add(key)
        lost = truth.keys() - seen
        if len(lost) != self.dropped:
            faults.append(f"{len(lost)} are missing, {self.dropped} were said to be: {sorted(lost)[:5]}")
        if faults:
            raise Fault(f"{len(faults)} faults, as\n  " + "\n  ".join(faults[:4]))


def level(wire, said):
    """What mplog must say."""
    if wire.level is None:
        return None
    if wire.level == "syslog":
        return SYSLOG_LEVELS.get(said["level"], "WARNING")
    if wire.level == "word" and said["word"] not in LEVELS.values():
        return None
    return LEVELS.get(said["level"], f"Level {said['level']}")


def nanoseconds(stamp):
    """Of "2026-11-20T17:03:36.120345000Z"."""
    whole, rest = stamp.rstrip("Z").split(".")
    delta = datetime.datetime.fromisoformat(whole + "+00:00") - EPOCH
    return (delta.days * 86400 + delta.seconds) * 10**9 + int(rest.ljust(9, "0"))


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
    """Microseconds are rounded, what is coarser is cut. A record that was logged between two
    times has until_ns, too."""
    if wire.time == 0:
        if got["time"] is not None:
            yield f"time is {got['time']}, which nobody sent"
        return
    if got["time"] is None:
        yield "there is no time"
        return
    first = said["ns"] - 501 if wire.time == 1000 else said["ns"] // wire.time * wire.time
    last = said.get("until_ns", said["ns"] + 501 if wire.time == 1000 else first)
    if not first <= nanoseconds(got["time"]) <= last:
        yield f"time is {got['time']}, not {first} ns to {last} ns"


def run_cells(cells, jobs):
    """Runs them, so many at a time, with a line of TAP for each: (cell, whether it is right)."""
    results = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for number, (cell, fault) in enumerate(
                zip(cells, pool.map(lambda cell: cell.run(), cells)), 1):
            if fault:
                print(f"not ok {number} - {cell.name}\n# " + fault.replace("\n", "\n# "), flush=True)
            else:
                dropped = f", {cell.dropped} dropped and counted" if cell.dropped else ""
                print(f"ok {number} - {cell.name} ({cell.seconds:.1f} s{dropped})", flush=True)
            results.append((cell, not fault))
    return results


def environment():
    """What the senders must not take from the user."""
    os.environ["TZ"] = "UTC"
    for name in [name for name in os.environ if name.startswith("LOGURU_")]:
        del os.environ[name]
    sys.dont_write_bytecode = True
