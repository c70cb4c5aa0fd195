"""Sends to every kind of listener while nobody takes what mplog shows, and measures sends.

    stall.py SECONDS UNIX TCP-PORT UNIXGRAM FIFO

A process for each of the four logs lines of 1 kB at an even rate. Prints for each how many
it sent and the longest that a send took, in ms. Any send that fails is an error.
"""
import datetime
import multiprocessing
import os
import socket
import sys
import time

RATE = 1000  # lines a second, of each
FILLER = "x" * 940


def sender(kind, address):
    """A function that sends bytes, as a logging handler would."""
    if kind == "fifo":
        fd = os.open(address, os.O_WRONLY)
        return lambda data: os.write(fd, data)
    if kind == "tcp":
        connection = socket.create_connection(("127.0.0.1", int(address)))
        return connection.sendall
    kinds = {"unix": socket.SOCK_STREAM, "unixgram": socket.SOCK_DGRAM}
    connection = socket.socket(socket.AF_UNIX, kinds[kind])
    connection.connect(address)
    return connection.sendall if kind == "unix" else connection.send


def run(kind, address, seconds, results):
    send = sender(kind, address)
    longest, count, begun = 0.0, 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        stamp = datetime.datetime.now().isoformat(" ", "milliseconds")
        line = f"{stamp} INFO {kind} {count} {FILLER}\n".encode()
        before = time.monotonic()
        send(line)
        longest = max(longest, time.monotonic() - before)
        count += 1
        time.sleep(max(0, begun + count / RATE - time.monotonic()))
    results.send((kind, count, longest))


def main():
    seconds = float(sys.argv[1])
    processes, ends = [], []
    for kind, address in zip(("unix", "tcp", "unixgram", "fifo"), sys.argv[2:]):
        end, other = multiprocessing.Pipe(False)
        process = multiprocessing.Process(target=run, args=(kind, address, seconds, other))
        process.start()
        processes.append(process)
        ends.append(end)
        other.close()
    for process, end in zip(processes, ends):
        kind, count, longest = end.recv()
        print(kind, count, int(longest * 1000))
        process.join()


main()
