"""Sends to every kind of listener while nobody takes what mplog shows, and measures sends.

	stall.py SECONDS KIND=PLACE...

A process for each KIND sends at an even rate. Lines of 1 kB, 1,000 a second, of
	unix, tcp, unixgram, fifo
or records of Python's own handlers, 5,000 a second:
	socket		SocketHandler over TCP
	socket-unix	SocketHandler over a Unix socket
	syslog-udp	SysLogHandler
	syslog-unixgram	SysLogHandler on a Unix socket of datagrams
Prints for each how many it sent, and in ms the longest that a send took which waited for
something, and the longest of all: the others only had to let another process run. Any send
that fails is an error.
"""
import datetime
import logging
import logging.handlers
import multiprocessing
import os
import resource
import socket
import sys
import time

LINES, RECORDS = 1000, 5000  # a second, of each
FILLER = "x" * 940
MESSAGE = "%s %d a record as programs write them, with a path /var/lib/shop/orders/%d.json"


def line_sender(kind, address):
    """A function that sends line COUNT, as a sink that is a function would."""
    if kind == "fifo":
        fd = os.open(address, os.O_WRONLY)
        send = lambda data: os.write(fd, data)
    elif kind == "tcp":
        send = socket.create_connection(("127.0.0.1", int(address))).sendall
    else:
        kinds = {"unix": socket.SOCK_STREAM, "unixgram": socket.SOCK_DGRAM}
        connection = socket.socket(socket.AF_UNIX, kinds[kind])
        connection.connect(address)
        send = connection.sendall if kind == "unix" else connection.send

    def line(count):
        stamp = datetime.datetime.now().isoformat(" ", "milliseconds")
        send(f"{stamp} INFO {kind} {count} {FILLER}\n".encode())
    return line


def failed(record):
    raise SystemExit(f"stall: {record.getMessage()!r} was not sent: {sys.exc_info()[1]}")


def record_sender(kind, address):
    """The same by a logger. A SocketHandler without a socket is one that has given up."""
    handlers = logging.handlers
    handler = {
        "socket": lambda: handlers.SocketHandler("127.0.0.1", int(address)),
        "socket-unix": lambda: handlers.SocketHandler(address, None),
        "syslog-udp": lambda: handlers.SysLogHandler(("127.0.0.1", int(address))),
        "syslog-unixgram": lambda: handlers.SysLogHandler(address)}[kind]()
    handler.handleError = failed
    logger = logging.getLogger("stall")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False

    def log(count):
        logger.info(MESSAGE, kind, count, count)
        if kind.startswith("socket") and handler.sock is None:
            raise SystemExit(f"stall: {kind} {count} was not sent")
    return log


def sleeps_so_far():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def run(kind, address, seconds, results):
    lines = kind in ("unix", "tcp", "unixgram", "fifo")
    send, rate = (line_sender(kind, address), LINES) if lines else (record_sender(kind, address), RECORDS)
    waited, longest, count, begun = 0.0, 0.0, 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        sleeps, before = sleeps_so_far(), time.monotonic()
        send(count)
        took = time.monotonic() - before
        longest = max(longest, took)
        if sleeps_so_far() != sleeps:
            waited = max(waited, took)
        count += 1
        time.sleep(max(0, begun + count / rate - time.monotonic()))
    results.send((kind, count, int(waited * 1000), int(longest * 1000)))


def main():
    seconds = float(sys.argv[1])
    processes, ends = [], []
    for kind, address in (word.split("=", 1) for word in sys.argv[2:]):
        end, other = multiprocessing.Pipe(False)
        process = multiprocessing.Process(target=run, args=(kind, address, seconds, other))
        process.start()
        processes.append(process)
        ends.append(end)
        other.close()
    for process, end in zip(processes, ends):
        print(*end.recv())
        process.join()


main()
