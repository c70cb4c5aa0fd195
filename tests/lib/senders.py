"""Processes that log with what their logging library has, and write down what they logged.

	senders.py SINK START POOL PLACE TRUTH [--processes N] [--records N]

SINK is one of SINKS below, START a start method of multiprocessing, POOL is process, pool or
executor. PLACE is a port or a path. In the folder TRUTH each process leaves a file of JSON
lines, one for each record as the library made it, written from inside the call that logged.

There is no lock and no queue among the processes, but for the sinks that are about one:
queue and those that end in -enqueue.
"""
import argparse
import concurrent.futures
import decimal
import json
import logging
import logging.handlers
import multiprocessing
import multiprocessing.connection
import os
import pickle
import socket
import struct
import sys
import time
import traceback

HOST = "127.0.0.1"
NAMES = ("shop", "shop.orders", "shop.db.pool")
STDLIB = (10, 20, 20, 30, 40, 50, 25, 15)
LOGURU = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL", "AUDIT")
TRACEBACK_EVERY, LINES_EVERY, EXTRA_EVERY = 20, 25, 10
BURST, PAUSE = 20, 0.004  # datagrams that are sent at once, and the pause behind them
truths = {}


def text(worker, seq):
    said = f"worker={worker} seq={seq} {'.' * (seq % 61)} 100% Malmö 日本"
    if seq % LINES_EVERY == LINES_EVERY // 2:
        said += f"\n  its second line\nthe third of worker={worker} seq={seq}"
    return said


def tell(place, **said):
    """Writes one line of truth; a process that was forked has a file of its own."""
    pid = os.getpid()
    if pid not in truths:
        truths[pid] = open(os.path.join(place, f"{pid}.jsonl"), "a", encoding="utf-8")
    truths[pid].write(json.dumps(said) + "\n")
    truths[pid].flush()


class Truth(logging.Filter):
    """On the handler that sends: sees what is sent."""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def filter(self, record):
        exception = ""
        if record.exc_info:
            exception = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        tell(self.place, by="stdlib", ns=int(decimal.Decimal(record.created) * 10**9), level=record.levelno,
             word=record.levelname, module=record.name, pid=record.process, message=record.getMessage(),
             exception=exception, function=record.funcName, line=record.lineno)
        return True


def loguru_truth(place):
    def write(message):
        record = message.record
        tell(place, by="loguru", ns=round(record["time"].timestamp() * 1e6) * 1000,
             level=record["level"].no, word=record["level"].name, module=record["name"], pid=record["process"].id,
             message=record["message"], exception=str(message).rstrip("\n"),
             function=record["function"], line=record["line"])
    return write


class Paced:
    """Mixed into handlers of datagrams, which the kernel throws away when they are too many."""
    sent = 0

    def emit(self, record):
        super().emit(record)
        self.sent += 1
        if self.sent % BURST == 0:
            time.sleep(PAUSE)


class PacedDatagramHandler(Paced, logging.handlers.DatagramHandler):
    pass


class PacedSysLogHandler(Paced, logging.handlers.SysLogHandler):
    pass


class ClientHandler(logging.handlers.QueueHandler):
    """Records as multiprocessing sends them, over a connection for each process."""

    def enqueue(self, record):
        self.queue.send(record)


class RecipeHandler:
    """The sink of "Transmitting logs across network" in Loguru's documentation."""

    def __init__(self, port):
        self.port = port

    def write(self, message):
        with socket.create_connection((HOST, self.port)) as sock:
            data = pickle.dumps(message.record)
            sock.sendall(struct.pack(">L", len(data)) + data)


def tagged(handler):
    """As programs say to syslog who they are; otherwise it is only the message."""
    handler.setFormatter(logging.Formatter("%(name)s[%(process)d]: %(message)s"))
    return handler


def mixed_syslog(**more):
    """With a tag in every other process."""
    handler = PacedSysLogHandler(facility="local3", **more)
    return tagged(handler) if os.getpid() % 2 else handler


HANDLERS = {
    "socket-tcp": lambda place: logging.handlers.SocketHandler(HOST, int(place)),
    "socket-unix": lambda place: logging.handlers.SocketHandler(place, None),
    "datagram-udp": lambda place: PacedDatagramHandler(HOST, int(place)),
    "datagram-unix": lambda place: logging.handlers.DatagramHandler(place, None),
    "syslog-udp": lambda place: mixed_syslog(address=(HOST, int(place))),
    "syslog-tcp": lambda place: mixed_syslog(address=(HOST, int(place)),
                                             socktype=socket.SOCK_STREAM),
    "syslog-unixgram": lambda place: mixed_syslog(address=place),
    "syslog-unix": lambda place: mixed_syslog(address=place, socktype=socket.SOCK_STREAM),
    "http": lambda place: logging.handlers.HTTPHandler(f"{HOST}:{place}", "/log", "POST"),
    "http-get": lambda place: logging.handlers.HTTPHandler(f"{HOST}:{place}", "/log"),
    "client": lambda place: ClientHandler(multiprocessing.connection.Client((HOST, int(place)))),
}


def loguru_sink(sink, place):
    """What is given to logger.add, with its options. In a pipe that several processes write a
    record is whole up to PIPE_BUF, which a traceback with values is beyond."""
    short = {"backtrace": False, "diagnose": False}
    if sink == "loguru-socket-message":
        return logging.handlers.SocketHandler(HOST, int(place)), {**short, "format": "{message}"}
    if sink == "loguru-socket":
        return logging.handlers.SocketHandler(HOST, int(place)), short
    if sink == "loguru-recipe":
        return RecipeHandler(int(place)), {"format": "{message}"}
    if sink == "loguru-serialize-tcp":
        connection = socket.create_connection((HOST, int(place)))
        return lambda message: connection.sendall(message.encode()), {"serialize": True}
    if sink.startswith("loguru-stderr"):
        return sys.stderr, {**short, "colorize": False}
    options = {"serialize": True} if "serialize" in sink else {}
    return place, {**options, **short} if "fifo" in sink else options


def loguru_add(logger, sink, place, truth, **more):
    """A record that is sent by a handler has a time of its own: the filter tells it."""
    to, options = loguru_sink(sink, place)
    if isinstance(to, logging.Handler):
        to.addFilter(Truth(truth))
    logger.add(to, level=0, **options, **more)


def loguru_begin(logger, sink, truth):
    """The truth is told in the process that logs, with the options that the sink has."""
    options = {} if "tcp" in sink or "recipe" in sink else loguru_sink(sink, "0")[1]
    logger.add(loguru_truth(truth), level=0, format=lambda record: "{exception}",
               backtrace=options.get("backtrace", True), diagnose=options.get("diagnose", True))
    logger.level("AUDIT", no=33)
    return logger


def share(sink, place, truth):
    """What the processes must be given by their parent; how to end it."""
    if sink == "queue":
        queue = multiprocessing.Queue()
        listener = logging.handlers.QueueListener(queue, HANDLERS["socket-tcp"](place))
        listener.start()
        return queue, listener.stop
    if sink.endswith("-enqueue"):
        from loguru import logger
        logger.remove()
        loguru_add(logger, sink, place, truth, enqueue=True)
        return logger, logger.remove
    return None, lambda: None


def setup(sink, place, truth, shared):
    """Once in each process: the logger that it has."""
    global log_one
    if sink.startswith("loguru"):
        logger = shared
        if logger is None:
            from loguru import logger
            logger.remove()
            loguru_add(logger, sink, place, truth)
        log_one = loguru_log(loguru_begin(logger, sink, truth))
        return
    handler = logging.handlers.QueueHandler(shared) if sink == "queue" else HANDLERS[sink](place)
    handler.addFilter(Truth(truth))
    logging.addLevelName(25, "SUCCESS")
    root = logging.getLogger(NAMES[0])
    root.addHandler(handler)
    root.setLevel(1)
    root.propagate = False
    log_one = stdlib_log


def stdlib_log(worker, seq):
    logger = logging.getLogger(NAMES[seq % len(NAMES)])
    level = STDLIB[seq % len(STDLIB)]
    if seq % TRACEBACK_EVERY == TRACEBACK_EVERY - 1:
        try:
            raise ValueError(f"broken worker={worker} seq={seq}")
        except ValueError:
            logger.exception(text(worker, seq))
    elif seq % EXTRA_EVERY == 0:
        logger.log(level, "%s", text(worker, seq), extra={"order": seq, "city": "Malmö"})
    elif seq % 2:
        said = text(worker, seq).split(" ", 2)
        logger.log(level, "worker=%d seq=%s %s", worker, str(seq), said[2])
    else:
        logger.log(level, text(worker, seq))


def loguru_log(logger):
    def log(worker, seq):
        name = NAMES[seq % len(NAMES)]
        named = logger.patch(lambda record: record.update(name=name))
        if seq % TRACEBACK_EVERY == TRACEBACK_EVERY - 1:
            try:
                raise ValueError(f"broken worker={worker} seq={seq}")
            except ValueError:
                named.exception(text(worker, seq))
        elif seq % EXTRA_EVERY == 0:
            named.bind(order=seq, city="Malmö").info(text(worker, seq))
        else:
            named.log(LOGURU[seq % len(LOGURU)], text(worker, seq))
    return log


def job(worker, first, count):
    for seq in range(first, first + count):
        log_one(worker, seq)
    return worker


def work(begin, worker, count):
    setup(*begin)
    job(worker, 0, count)


def run_processes(context, begin, processes, records):
    running = [context.Process(target=work, args=(begin, worker, records))
               for worker in range(processes)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise SystemExit("senders: a process has failed")


def halves(processes, records):
    """More jobs than processes, so that some process has two."""
    half = records // 2
    return [(worker, first, count) for worker in range(processes)
            for first, count in ((0, half), (half, records - half))]


def run_pool(context, begin, processes, records):
    pool = context.Pool(processes, initializer=setup, initargs=begin)
    pool.starmap(job, halves(processes, records), 1)
    pool.close()
    pool.join()


def run_executor(context, begin, processes, records):
    with concurrent.futures.ProcessPoolExecutor(
            processes, mp_context=context, initializer=setup, initargs=begin) as pool:
        for done in [pool.submit(job, *part) for part in halves(processes, records)]:
            done.result()


POOLS = {"process": run_processes, "pool": run_pool, "executor": run_executor}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sink")
    parser.add_argument("start", choices=("fork", "spawn", "forkserver"))
    parser.add_argument("pool", choices=POOLS)
    parser.add_argument("place")
    parser.add_argument("truth")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--records", type=int, default=1000)
    args = parser.parse_args()
    multiprocessing.set_start_method(args.start)
    shared, finish = share(args.sink, args.place, args.truth)
    begin = (args.sink, args.place, args.truth, shared)
    POOLS[args.pool](multiprocessing.get_context(), begin, args.processes, args.records)
    finish()


if __name__ == "__main__":
    main()
