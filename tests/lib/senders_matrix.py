"""Runs senders.py beside mplog, a cell at a time: a sink, a start method and a kind of pool.

	senders_matrix.py MPLOG [SINK...] [--records N] [--jobs N] [--table]

In a cell 4 processes log --records records each, into an mplog of their own. WIRES says for
each sink what must arrive; see senders_cell.py. Each cell is a line of TAP; with --table there
is a table of all of them, too.
"""
import argparse
import json
import os
import sys

import senders_cell
from senders_cell import HERE, IDENTITY, PROCESSES, Cell, Fault, Wire

STARTS = ("fork", "spawn", "forkserver")
POOLS = ("process", "pool", "executor")
MS = 1000000


def loguru_text(source, **more):
    """Loguru's own line: milliseconds, a level's word, and no process."""
    return Wire(source, **{"time": MS, "level": "word", "pid": False, "truth": "loguru", **more})


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
    "loguru-socket": Wire("tcp", time=MS, truth="loguru"),
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


class PythonCell(Cell):
    def __init__(self, program, sink, start, pool, records):
        super().__init__(program, f"{sink} {start} {pool}", WIRES[sink], records)
        self.sink, self.start, self.pool = sink, start, pool

    def send(self, place):
        os.mkdir(self.path("truth"))
        more = {} if self.writers_end is None else {"stderr": self.writers_end}
        self.senders(
            [sys.executable, os.path.join(HERE, "senders.py"), self.sink, self.start, self.pool, place,
             self.path("truth"), "--processes", str(PROCESSES), "--records", str(self.records)], **more)

    def truth(self):
        """(worker, seq) -> what was logged. A record that a handler of Loguru sent is Loguru's,
        with the time of the handler's own."""
        logged, files = {"stdlib": {}, "loguru": {}}, os.listdir(self.path("truth"))
        for name in files:
            for line in self.read(os.path.join("truth", name)).splitlines():
                said = json.loads(line)
                logged[said["by"]][tuple(map(int, IDENTITY.search(said["message"]).groups()))] = said
        pids = {said["pid"] for records in logged.values() for said in records.values()}
        if self.pool == "process" and len(pids) != PROCESSES:
            raise Fault(f"{len(pids)} processes have logged")
        if self.wire.truth == "both":
            for key, said in logged["loguru"].items():
                said["ns"] = logged["stdlib"][key]["ns"]
        return logged["stdlib" if self.wire.truth == "stdlib" else "loguru"]


def print_table(results):
    columns = [(start, pool) for start in STARTS for pool in POOLS]
    right = {(cell.sink, cell.start, cell.pool): good for cell, good in results}
    print("\n" + " " * 24 + " ".join(f"{start[:6]:>6}" for start, _ in columns))
    print(" " * 24 + " ".join(f"{pool[:6]:>6}" for _, pool in columns))
    for sink in dict.fromkeys(sink for sink, _, _ in right):
        print(f"{sink:<24}" + " ".join(f"{'yes' if right[(sink, *column)] else 'NO':>6}" for column in columns))
    print(f"\n{sum(right.values())} of {len(right)} cells are right")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mplog", type=os.path.abspath)
    parser.add_argument("sinks", nargs="*")
    parser.add_argument("--records", type=int, default=250)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    senders_cell.environment()
    results = senders_cell.run_cells(
        [PythonCell(args.mplog, sink, start, pool, args.records)
         for sink in args.sinks or WIRES for start in STARTS for pool in POOLS], args.jobs)
    if args.table:
        print_table(results)
    sys.exit(not all(good for _, good in results))


if __name__ == "__main__":
    main()
