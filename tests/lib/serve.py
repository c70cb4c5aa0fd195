"""A server that sends a few records to each one that connects, and hangs up.

	serve.py unix:PATH|FILE TIMES

Without unix: it takes a free TCP port and writes its number to FILE.
"""
import os
import socket
import sys


def main():
    where, times = sys.argv[1], int(sys.argv[2])
    if where.startswith("unix:"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(where[5:])
        server.listen()
    else:
        server = socket.create_server(("127.0.0.1", 0))
        with open(where + ".new", "w") as file:
            file.write(str(server.getsockname()[1]))
        os.rename(where + ".new", where)
    for i in range(1, times + 1):
        connection = server.accept()[0]
        connection.sendall(b"connection %d\nrecord 1\nrecord 2\n" % i)
        connection.close()


main()
