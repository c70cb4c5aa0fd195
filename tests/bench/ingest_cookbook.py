"""The socket server of Python's Logging Cookbook ("Sending and receiving logging events across
a network"), writing to a file. Where the cookbook's recv(4) gives fewer bytes at the end of
what has come, it drops the connection: under load that is soon, so that here it waits.

    ingest_cookbook.py PORT FILE
"""
import logging
import logging.handlers
import pickle
import signal
import socket
import socketserver
import struct
import sys


class LogRecordStreamHandler(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            chunk = self.connection.recv(4, socket.MSG_WAITALL)
            if len(chunk) < 4:
                break
            slen = struct.unpack(">L", chunk)[0]
            chunk = self.connection.recv(slen)
            while len(chunk) < slen:
                chunk = chunk + self.connection.recv(slen - len(chunk))
            obj = pickle.loads(chunk)
            record = logging.makeLogRecord(obj)
            logging.getLogger(record.name).handle(record)


class LogRecordSocketReceiver(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128  # the cookbook's 5 would turn some of 64 connections away


def main():
    logging.basicConfig(filename=sys.argv[2], format="%(relativeCreated)5d %(name)-15s %(levelname)-8s %(message)s")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    server = LogRecordSocketReceiver(("127.0.0.1", int(sys.argv[1])), LogRecordStreamHandler)
    server.serve_forever()


main()
