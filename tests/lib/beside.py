"""mplog beside a test: started, read from, waited for with an end, and stopped."""
import os
import re
import signal
import subprocess
import threading
import time

PATIENCE = 10
SLOW = bool(os.environ.get("SANITIZED"))
HEAD = "| INFO     | app:main:1 - "


def record(text, ago=0.0):
    """A Loguru line of so many seconds ago, in UTC."""
    at = time.time() - ago
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
    return f"{stamp}.{int(at % 1 * 1000):03} {HEAD}{text}\n".encode()


class Mplog:
    """A running mplog; `lines` are those of its output, as (seconds, bytes)."""

    def __init__(self, program, *arguments, prefix=(), preexec=None, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            [*prefix, program, *arguments], stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, preexec_fn=preexec, env={**os.environ, "TZ": "UTC"})
        self.lines, self.messages, self.bytes = [], [], 0
        self.threads = [threading.Thread(target=self.read_output, daemon=True),
                        threading.Thread(target=self.read_messages, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read_output(self):
        for line in self.process.stdout:
            self.bytes += len(line)
            self.lines.append((time.monotonic(), line))

    def read_messages(self):
        for line in self.process.stderr:
            self.messages.append(line.decode().rstrip("\n"))

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"in {PATIENCE} s not: {what}; {len(self.lines)} lines, the last "
                                 f"{self.lines[-3:]}, said {self.messages[-5:]}")
            time.sleep(0.005)

    def said(self, pattern):
        """The match of the first message that PATTERN is in."""
        self.until(lambda: any(re.search(pattern, line) for line in list(self.messages)), pattern)
        return next(match for line in self.messages if (match := re.search(pattern, line)))

    def port(self, kind):
        return int(self.said(rf"listening on {kind}:127\.0\.0\.1:(\d+)$")[1])

    def shows(self, count, what=b""):
        """Waits for so many lines with WHAT in them; when the last of them came."""
        found = lambda: [at for at, line in list(self.lines) if what in line]
        self.until(lambda: len(found()) >= count, f"{count} lines with {what!r}")
        return found()[count - 1]

    def output(self):
        return b"".join(line for _, line in self.lines)

    def kill(self, number):
        os.kill(self.process.pid, number)

    def pause(self):
        """Stopped for sure when this returns."""
        self.kill(signal.SIGSTOP)
        state = lambda: open(f"/proc/{self.process.pid}/stat").read().rpartition(") ")[2][0]
        self.until(lambda: state() == "T", "stopped")

    def resume(self):
        self.kill(signal.SIGCONT)

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Bytes resident."""
        return int(open(f"/proc/{self.process.pid}/statm").read().split()[1]) * 4096

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self, number=signal.SIGTERM, status=0):
        """Stops it; its status must be STATUS. Returns its messages."""
        if self.process.poll() is None and number:
            self.kill(number)
        got = self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        if got != status:
            raise SystemExit(f"status {got}, not {status}; said {self.messages[-20:]}")
        return self.messages


def check(condition, message):
    if not condition:
        raise SystemExit(message)
