"""Sends log records as logging.handlers.SocketHandler does: pickle_send.py PORT [late].

Their times are fixed, so that the output can be compared as it is. With "late" it sends one
that is older than all the others.
"""
import logging
import logging.handlers
import sys

FIRST = 1795193934.539123  # 2026-11-20 16:58:54.539123 UTC
TRACEBACK = "Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: v"


def record(number, level, name, message, **extra):
    r = logging.LogRecord(name, level, "/srv/x.py", 7, message, None, None, "load")
    r.created = FIRST + number
    r.process, r.processName, r.threadName = 4711, "worker-1", "MainThread"
    r.__dict__.pop("taskName", None)
    r.__dict__.update(extra)
    return r


def main():
    logging.addLevelName(33, "AUDIT")
    handler = logging.handlers.SocketHandler("127.0.0.1", int(sys.argv[1]))
    if sys.argv[2:] == ["late"]:
        handler.emit(record(-300, logging.INFO, "app.old", "long ago"))
    else:
        handler.emit(record(0, logging.INFO, "app.db", "request done", status=200,
                            user={"id": 7, "name": "Malm\u00f6"}))
        handler.emit(record(1, logging.WARNING, "app.web", "two\nlines"))
        handler.emit(record(2, logging.ERROR, "app.db", "failed", exc_text=TRACEBACK))
        handler.emit(record(3, 33, "app.sec", "looked at", path="/etc"))
    handler.close()


main()
