"""Runs a command on a terminal of its own and types ^C once it has written a word.

	ctrlc.py WORD TIMES COMMAND...

Prints what it has written, and "status N" (-N: it died of that signal).
"""
import os
import pty
import sys
import time


def main():
    word, times = sys.argv[1].encode(), int(sys.argv[2])
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[3], sys.argv[3:])
    written = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        written += data
        # The command line is shown, too, but the word is not at its end.
        if times > 0 and word + b"\r\n" in written:
            time.sleep(0.3)
            for _ in range(times):
                os.write(terminal, b"\x03")
                time.sleep(0.3)
            times = 0
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(1, written.replace(b"\r\n", b"\n"))
    print("\nstatus", status, flush=True)


main()
