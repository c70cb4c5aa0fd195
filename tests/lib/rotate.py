"""Writes a log that is rotated under way, and what mplog must show of it to `expected`.

    rotate.py KIND LOG LINES

KIND is one of
    create        logrotate renames the log and makes another one, which the writer only
                  opens at its next 500 lines
    copytruncate  logrotate copies and empties the log, whose writer goes on where it was,
                  since it did not open it to append
    stdlib-size   logging.handlers.RotatingFileHandler
    stdlib-time   logging.handlers.TimedRotatingFileHandler
    loguru-size   Loguru with rotation="200 KB"
"""
import datetime
import logging
import logging.handlers
import subprocess
import sys
import time

REOPEN_EVERY = 500
ROTATIONS = 12
LINES_AT_ONCE = 50
PAUSE = 0.001
SLOWLY = 0.003  # a file that has its name for no time at all may be missed


class Logrotate:
    """Runs logrotate beside the writer, so many times, at even distances."""

    def __init__(self, kind, log, lines):
        with open("logrotate.conf", "w") as config:
            config.write(f"{log} {{\n{kind}\nrotate 50\nsize 1\n}}\n")
        self.every = lines // ROTATIONS
        self.running = None

    def at(self, line):
        # Not where the writer opens the log again.
        if line % self.every == self.every // 2 + REOPEN_EVERY // 3:
            self.finish()
            self.running = subprocess.Popen(
                ["logrotate", "-f", "-s", "logrotate.state", "logrotate.conf"])

    def finish(self):
        if self.running and self.running.wait() != 0:
            sys.exit("logrotate has failed")


def write_lines(kind, log, lines):
    rotation = Logrotate(kind, log, lines)
    mode = "ab" if kind == "create" else "wb"
    out = open(log, mode, buffering=0)
    with open("expected", "wb") as expected:
        for line in range(lines):
            rotation.at(line)
            if kind == "create" and line % REOPEN_EVERY == 0:
                out.close()
                out = open(log, mode, buffering=0)
            stamp = datetime.datetime.now().isoformat(" ", "milliseconds")
            text = f"{stamp} | INFO     | app:main:1 - line {line}\n".encode()
            out.write(text)
            expected.write(text)
            if line % LINES_AT_ONCE == 0:
                time.sleep(PAUSE)
    rotation.finish()


def log_stdlib(handler, lines, pause):
    layout = logging.Formatter("%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    expected = logging.FileHandler("expected")
    logger = logging.getLogger("app")
    logger.setLevel(logging.INFO)
    for each in (handler, expected):
        each.setFormatter(layout)
        logger.addHandler(each)
    for line in range(lines):
        logger.info("line %d", line)
        if line % LINES_AT_ONCE == 0:
            time.sleep(pause)


def log_loguru(log, lines):
    from loguru import logger
    logger.remove()
    logger.add(log, rotation="200 KB")
    logger.add("expected")
    for line in range(lines):
        logger.info("line {}", line)
        if line % LINES_AT_ONCE == 0:
            time.sleep(SLOWLY)


def main():
    kind, log, lines = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if kind == "stdlib-size":
        log_stdlib(logging.handlers.RotatingFileHandler(
            log, maxBytes=200_000, backupCount=100), lines, SLOWLY)
    elif kind == "stdlib-time":
        log_stdlib(logging.handlers.TimedRotatingFileHandler(
            log, when="S", interval=1, backupCount=100), lines,
            2.5 * LINES_AT_ONCE / lines)
    elif kind == "loguru-size":
        log_loguru(log, lines)
    else:
        write_lines(kind, log, lines)


main()
