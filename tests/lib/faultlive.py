"""What happens to files and FIFOs that mplog follows, and what it must show then.

	faultlive.py CHECK MPLOG

CHECK is one of the functions below.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from beside import SLOW, Mplog, check, record


def append(path, data):
    with open(path, "ab") as file:
        file.write(data)


def once(m, *texts):
    """Waits until each of the texts is shown; each must be there just once."""
    for text in texts:
        m.shows(1, b"- %s\n" % text)
    for text in texts:
        count = m.output().count(b"- %s\n" % text)
        check(count == 1, f"{text} is shown {count} times: {m.output()}")


def one_file_many_names(program):
    """F08: by name, by glob, by hard link and by symbolic link: read once."""
    append("a.log", record("old"))
    os.link("a.log", "hard.log")
    os.symlink("a.log", "soft.log")
    names = ["a.log", "./a.log", "hard.log", "soft.log", os.path.abspath("a.log"), "*.log", "?.log", "."]
    m = Mplog(program, "filter", *names)
    m.end(0)
    check(len(m.lines) == 1 and not m.messages, (m.lines, m.messages))
    m = Mplog(program, "tail", *names)
    once(m, b"old")
    append("hard.log", record("new"))
    once(m, b"new")
    append("a.log", record("newer"))
    once(m, b"newer", b"new", b"old")
    m.end()


def symlink_retargeted(program):
    """F09: the old target is read as long as it is written, and then the new one."""
    append("one.log", record("one"))
    append("two.log", record("two"))
    os.symlink("one.log", "current")
    m = Mplog(program, "tail", "current")
    once(m, b"one")
    os.symlink("two.log", "next")
    os.rename("next", "current")
    append("one.log", record("one more"))
    append("two.log", record("two more"))
    once(m, b"one", b"one more", b"two", b"two more")
    append("one.log", record("one last"))
    append("two.log", record("two last"))
    once(m, b"one last", b"two last")
    m.end()


def folder_replaced(program):
    """F10: a folder that goes and comes back, and a file that appears late, within 2 s."""
    os.mkdir("logs")
    append("logs/a.log", record("first"))
    for names in (["logs/a.log", "logs/late.log"], ["logs/*.log"], ["logs"]):
        m = Mplog(program, "tail", *names)
        once(m, b"first")
        shutil.rmtree("logs")
        os.mkdir("logs")
        append("logs/a.log", record("second"))
        began = time.monotonic()
        once(m, b"second")
        append("logs/late.log", record("late"))
        once(m, b"late")
        check(SLOW or time.monotonic() - began < 3, f"{names}: {time.monotonic() - began} s")
        append("logs/a.log", record("third"))
        once(m, b"first", b"second", b"third", b"late")
        m.end()
        shutil.rmtree("logs")
        os.mkdir("logs")
        append("logs/a.log", record("first"))


def traced(program, injection, *arguments, path=()):
    call = injection.split(":")[0]
    return Mplog(program, *arguments, prefix=[
        "strace", "-D", "-f", "-qq", "-o", "/dev/null", *path, "-e", "trace=" + call, "-e", "inject=" + injection])


def before_the_watch(program):
    """F11: what is written, or put in its place, between the first end and the watch."""
    append("a.log", record("old"))
    append("b.log", record("old b"))
    m = traced(program, "inotify_add_watch:delay_enter=300000", "tail", "a.log", "b.log")
    time.sleep(0.2)
    append("a.log", record("appended"))
    append("b.new", record("replaced"))
    os.rename("b.new", "b.log")
    once(m, b"old", b"appended", b"replaced")
    m.end()


def queue_overflow(program):
    """F12: more events than the kernel's queue holds: nothing is lost."""
    os.mkdir("logs")
    append("logs/a.log", record("first"))
    m = Mplog(program, "tail", "logs/*.log")
    once(m, b"first")
    m.pause()
    for i in range(9000):
        name = f"logs/{i}.tmp"
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
        os.unlink(name)
    append("logs/a.log", record("second"))
    append("logs/b.log", record("another"))
    m.resume()
    once(m, b"first", b"second", b"another")
    append("logs/b.log", record("more"))
    once(m, b"more")
    m.end()
    check(len(m.messages) <= 1, m.messages)


def no_inotify(program):
    """F13: without inotify, or without watches left, files are looked at every second."""
    for injection in ("inotify_init1:error=EMFILE", "inotify_add_watch:error=ENOSPC"):
        append("a.log", record("first"))
        m = traced(program, injection, "tail", "a.log", "*.txt")
        once(m, b"first")
        append("a.log", record("second"))
        append("b.txt", record("third"))
        once(m, b"second", b"third")
        os.rename("a.log", "a.old")
        append("a.log", record("fourth"))
        once(m, b"fourth")
        warnings = [line for line in m.end() if "inotify" in line or "watch" in line]
        check(len(warnings) == 1, m.messages)
        os.unlink("a.log")
        os.unlink("b.txt")
    append("a.log", record("first"))
    m = Mplog(program, "tail", "--poll", "a.log")
    once(m, b"first")
    append("a.log", record("second"))
    once(m, b"second")
    check(not m.end(), m.messages)


def read_errors(program):
    """F14: EINTR is not noticed; EIO is said and tried again, while others go on."""
    append("a.log", record("first"))
    m = traced(program, "preadv:error=EINTR:when=1..40+2", "tail", "a.log", path=["-P", os.path.abspath("a.log")])
    once(m, b"first")
    append("a.log", record("second"))
    once(m, b"second")
    check(not m.end(), m.messages)
    m = traced(program, "preadv:error=EIO:when=2..4", "tail", "-n", "all", "a.log",
               path=["-P", os.path.abspath("a.log")])
    for i in range(3):
        append("a.log", record(f"number {i}"))
    once(m, b"number 0", b"number 1", b"number 2")
    m.end()
    check(len(m.messages) == 1 and m.messages[0].endswith(
        "a.log: Input/output error while reading; trying again every second"), m.messages)
    append("b.log", record("of b"))
    for order in ("time", "exact"):
        m = traced(program, "pread64:error=EIO:when=2+", "filter", "--order", order, "a.log", "b.log",
                   path=["-P", os.path.abspath("a.log")])
        m.end(0, 1)
        once(m, b"of b")
        check(m.messages[:1] == ["mplog: a.log: Input/output error while reading; the rest is left out"],
              m.messages)


def torn_writes(program):
    """F16: a character and a CRLF that come in three writes are one clean record."""
    m = Mplog(program, "tail", "--wait", "a.log", "fifo:a.fifo")
    m.until(lambda: os.path.exists("a.fifo"), "a.fifo")
    for path in ("a.log", "a.fifo"):
        want = record(f"{path} é日\r")
        with open(path, "ab", buffering=0) as file:
            cut = want.index("日".encode()) + 1
            for part in (want[:cut], want[cut:cut + 1], want[cut + 1:-1], want[-1:]):
                file.write(part)
                time.sleep(0.03)
            m.shows(1, path.encode())
        check(want in m.output(), m.output())
    m.end()
    check(len(m.lines) == 2, m.output())


def unended_line(program):
    """F15: half a line is shown after a second, and then only its rest."""
    append("a.log", b"")
    m = Mplog(program, "tail", "-o", "json", "--show", "message", "a.log")
    append("a.log", record("first") + record("half")[:-1])
    m.shows(1, b'"half"')
    append("a.log", b" rest\n" + record("next"))
    m.shows(1, b'"next"')
    m.end()
    check([line for _, line in m.lines] == [
        b'{"message":"first"}\n', b'{"message":"half","partial":true}\n', b'{"message":" rest"}\n',
        b'{"message":"next"}\n'], m.output())
    m = Mplog(program, "tail", "-n", "2", "a.log")
    m.shows(1, b"- next")
    m.end()
    check(m.output() == b"".join(open("a.log", "rb").readlines()[1:]), m.output())


def permission(program):
    """F20: a file that becomes unreadable and readable again; a new one that is root's."""
    def other_user():
        os.setgid(65534)
        os.setuid(65534)
    os.chmod(".", 0o777)
    append("a.log", record("first"))
    preexec = other_user if os.geteuid() == 0 else None
    m = Mplog(program, "tail", "a.log", preexec=preexec)
    once(m, b"first")
    os.rename("a.log", "a.old")
    append("a.new", record("second"))
    os.chmod("a.new", 0)
    os.rename("a.new", "a.log")
    m.said("a.log: .*(denied|read)")
    time.sleep(1.2)
    check(len(m.messages) == 1, m.messages)
    os.chmod("a.log", 0o644)
    once(m, b"second")
    append("a.log", record("third"))
    once(m, b"first", b"second", b"third")
    m.end()


def odd_matches(program):
    """F22: a glob that also matches a FIFO, a socket, a folder and an endless device."""
    os.mkfifo("fifo.log")
    os.mkdir("folder.log")
    os.symlink("/dev/zero", "zero.log")
    os.symlink("nowhere", "dangling.log")
    socket.socket(socket.AF_UNIX).bind("socket.log")
    append("a.log", record("first"))
    for command in ("filter", "tail"):
        for names in ("*.log", "."):
            m = Mplog(program, command, names)
            once(m, b"first")
            if command == "tail":
                append("b.log", record("second"))
                once(m, b"second")
                os.unlink("b.log")
            messages = m.end(signal.SIGTERM if command == "tail" else 0)
            for name, why in (("fifo.log", "is a FIFO; left out, name it itself to read it"),
                              ("socket.log", "is a socket; left out"), ("zero.log", "is a device; left out")):
                check(sum(line.endswith(f"{name}: {why}") for line in messages) == 1, messages)
            check(len(messages) == 3, messages)


def far_offsets(program):
    """F24: beyond 2 and 4 GiB."""
    for size in (2 << 30, 5 << 30):
        with open("big.log", "wb") as file:
            file.truncate(size - 1)
            file.seek(size - 1)
            file.write(b"\n" + record("spare") * 5000 + record("first") + record("second"))
        m = Mplog(program, "tail", "-n", "2", "big.log")
        once(m, b"first", b"second")
        append("big.log", record("third"))
        once(m, b"first", b"second", b"third")
        m.end()
        check(len(m.lines) == 3, len(m.lines))
        os.unlink("big.log")


def fifo_quiet(program):
    """P01: a FIFO whose writer has left costs no processor time; the next one is read."""
    os.mkfifo("a.fifo")
    m = Mplog(program, "tail", "a.fifo")
    append("a.fifo", record("first"))
    once(m, b"first")
    before = m.cpu_seconds()
    time.sleep(1)
    used = m.cpu_seconds() - before
    check(SLOW or used <= 0.02, f"{used} s")
    for i in range(20):
        append("a.fifo", record(f"writer {i}"))
        once(m, b"writer %d" % i)
    m.end()


def fifo_long_lines(program):
    """P02: lines longer than PIPE_BUF of several writers may mix, and no byte is lost."""
    os.mkfifo("a.fifo")
    m = Mplog(program, "tail", "--max-record", "100M", "--on-full", "block", "a.fifo")
    count = 100

    def write(letter):
        with open("a.fifo", "wb", buffering=0) as fifo:
            for _ in range(count):
                fifo.write(b'{"level":"info","msg":"' + letter * 9000 + b'"}\n')
    with open("a.fifo", "wb", buffering=0) as fifo:
        writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"1", b"2", b"3", b"4")]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        fifo.write(b'{"msg":"the end"}\n')
    m.shows(1, b"the end")
    m.end()
    check(b"the end" in m.lines[-1][1], m.lines[-1])
    for letter in b"1234":
        got = m.output().count(bytes([letter]))
        check(got == 9000 * count, f"{got} of {chr(letter)}")
    check(m.output().count(b"\n") == 4 * count + 1, m.output().count(b"\n"))


def fifo_killed_writer(program):
    """P03: half a line of a killed writer is not glued to what the next one writes."""
    os.mkfifo("a.fifo")
    m = Mplog(program, "tail", "a.fifo")
    for i in range(3):
        half = record(f"half {i}")[:-1]
        subprocess.run([sys.executable, "-c", "import os, sys, signal; f = open('a.fifo', 'wb', buffering=0); "
                        f"f.write({record(f'whole {i}') + half!r}); os.kill(os.getpid(), 9)"], check=False)
        once(m, b"whole %d" % i, b"half %d" % i)
        append("a.fifo", record(f"next {i}"))
        once(m, b"next %d" % i)
    m.end()
    check(len(m.lines) == 9, m.output())


def fifo_replaced(program):
    """P04: one that is missing at first, then unlinked and made anew."""
    m = Mplog(program, "tail", "--wait", "a.log", "fifo:a.fifo")
    append("a.fifo", record("first")) if os.path.exists("a.fifo") else m.until(
        lambda: os.path.exists("a.fifo"), "a.fifo") or append("a.fifo", record("first"))
    once(m, b"first")
    os.unlink("a.fifo")
    os.mkfifo("a.fifo")
    append("a.fifo", record("second"))
    once(m, b"second")
    os.unlink("a.fifo")
    time.sleep(0.3)
    os.mkfifo("a.fifo")
    append("a.fifo", record("third"))
    once(m, b"first", b"second", b"third")
    m.end()


def windowed(program):
    """M01: beside a silent source a record waits for the window, and no longer."""
    m = Mplog(program, "tail", "--window", "300", "fifo:busy.fifo", "fifo:silent.fifo")
    m.until(lambda: os.path.exists("silent.fifo"), "silent.fifo")
    silent = os.open("silent.fifo", os.O_WRONLY)
    os.write(silent, record("there"))
    once(m, b"there")
    late = []
    with open("busy.fifo", "wb", buffering=0) as fifo:
        for i in range(10):
            sent = time.monotonic()
            fifo.write(record(f"number {i};"))
            late.append(m.shows(1, b"number %d;" % i) - sent)
    os.close(silent)
    m.end()
    check(SLOW or max(late) < 0.45, f"{max(late)} s")


def alone(program):
    """One source alone waits for nothing, whatever the window is."""
    for source, path in (("a.log", "a.log"), ("fifo:a.fifo", "a.fifo")):
        append("a.log", b"")
        m = Mplog(program, "tail", "--window", "5000", source)
        m.until(lambda: os.path.exists(path), path)
        append(path, record("first"))
        once(m, b"first")
        late = []
        with open(path, "ab", buffering=0) as file:
            for i in range(10):
                sent = time.monotonic()
                file.write(record(f"number {i};"))
                late.append(m.shows(1, b"number %d;" % i) - sent)
        m.end()
        late.sort()
        check(SLOW or late[8] < 0.2, f"{source}: {late}")


def late_record(program):
    """M02: a record that comes 10 s late is printed at once, flagged and counted."""
    m = Mplog(program, "tail", "-o", "json", "--show", "message,late", "fifo:a.fifo", "fifo:b.fifo")
    m.until(lambda: os.path.exists("b.fifo"), "b.fifo")
    with open("a.fifo", "wb", buffering=0) as a, open("b.fifo", "wb", buffering=0) as b:
        b.write(record("b"))
        a.write(record("a"))
        m.shows(1, b'"a"')
        sent = time.monotonic()
        b.write(record("old", ago=10))
        took = m.shows(1, b'"old"') - sent
    m.end()
    check([line for _, line in m.lines if b"old" in line] == [b'{"message":"old","late":true}\n'], m.output())
    check(SLOW or took < 0.5, f"{took} s")
    check(any(line.startswith("mplog: 1 record") and "came late" in line for line in m.messages), m.messages)


def wild_stamps(program):
    """M03: 1970 and 2066 hold nobody back and stay what they are, live and in files."""
    old = b"1970-01-01 00:00:01.000 | INFO     | app:main:1 - 1970\n"
    new = b"2066-01-01 00:00:00.000 | INFO     | app:main:1 - 2066\n"
    m = Mplog(program, "tail", "fifo:a.fifo", "fifo:b.fifo")
    m.until(lambda: os.path.exists("b.fifo"), "b.fifo")
    with open("a.fifo", "wb", buffering=0) as a, open("b.fifo", "wb", buffering=0) as b:
        b.write(record("there"))
        for i in range(5):
            a.write(new + old)
            sent = time.monotonic()
            b.write(record(f"number {i}"))
            took = m.shows(1, b"- number %d" % i) - sent
            check(SLOW or took < 0.5, f"{took} s")
        m.shows(5, b"2066")
        m.shows(5, b"1970")
    m.end()
    check(m.output().count(new) == 5 and m.output().count(old) == 5, m.output())
    append("a.log", record("a", ago=9) + new + record("b", ago=8) + old + record("c", ago=7))
    append("b.log", record("d", ago=8.5) + record("e", ago=7.5))
    m = Mplog(program, "filter", "a.log", "b.log")
    m.end(0)
    check([line.split(b" - ")[1] for _, line in m.lines] == [
        b"1970\n", b"a\n", b"d\n", b"b\n", b"e\n", b"c\n", b"2066\n"], m.output())
    check(not m.messages, m.messages)


def clock_behind(program):
    """M03: one whose clock is behind, by little or much, holds nobody back, while it sends."""
    for ago in (1, 5, 3600):
        m = Mplog(program, "tail", "unix:s.sock")
        m.said("listening on unix:")
        behind, right = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        behind.connect("s.sock")
        right.connect("s.sock")
        late = []
        for i in range(20):
            behind.sendall(record(f"behind {i};", ago))
            sent = time.monotonic()
            right.sendall(record(f"right {i};"))
            if i % 5 == 4:
                late.append(m.shows(1, b"right %d;" % i) - sent)
            time.sleep(0.02)
        m.shows(20, b"behind")
        m.end()
        check(SLOW or max(late) < 0.45, f"{ago}: {late}")


def torn_calls(program):
    """R03: a file, a FIFO, sockets: every record once, whatever calls do."""
    append("a.log", b"")
    os.environ.update(LD_PRELOAD=os.path.abspath("tear.so"), TEAR=str(os.getpid()))
    m = Mplog(program, "tail", "a.log", "fifo:a.fifo", "unix:s.sock", "udp:0")
    del os.environ["LD_PRELOAD"]
    port = m.port("udp")
    m.until(lambda: os.path.exists("a.fifo"), "a.fifo")
    stream, datagram = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stream.connect("s.sock")
    with open("a.fifo", "wb", buffering=0) as fifo:
        for i in range(50):
            append("a.log", record(f"file {i};"))
            fifo.write(record(f"fifo {i};") + b"Traceback (most recent call last):\n  File\nValueError: x\n")
            stream.sendall(record(f"stream {i};"))
            datagram.sendto(record(f"datagram {i};"), ("127.0.0.1", port))
        for kind in (b"file", b"fifo", b"stream", b"datagram"):
            m.shows(50, b"- " + kind)
    m.end()
    check(len(m.lines) == 350 and len({line for _, line in m.lines}) == 203, len(m.lines))
    check(m.output().count(b";\nTraceback (most recent call last):\n  File\nValueError: x\n") == 50, "torn")


def stepped_clock(program):
    """M04: the wall clock is set an hour back and forth; windows and order stay."""
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, "-shared", "-fPIC", "-o", "clock.so",
                    os.path.join(os.path.dirname(__file__), "clock.c")], check=True)
    with open("step", "w") as file:
        file.write("0")
    os.environ.update(LD_PRELOAD=os.path.abspath("clock.so"), CLOCK_STEP=os.path.abspath("step"))
    m = Mplog(program, "tail", "--window", "300", "fifo:a.fifo", "fifo:b.fifo")
    del os.environ["LD_PRELOAD"]
    m.until(lambda: os.path.exists("b.fifo"), "b.fifo")
    with open("a.fifo", "wb", buffering=0) as a, open("b.fifo", "wb", buffering=0) as b:
        for i, step in enumerate((0, -3600, 3600, 0)):
            with open("step.new", "w") as file:
                file.write(str(step))
            os.rename("step.new", "step")
            for j in range(3):
                sent = time.monotonic()
                a.write(record(f"a {i}{j}", ago=-step))
                b.write(record(f"b {i}{j}", ago=-step))
                took = max(m.shows(1, b"- a %d%d" % (i, j)), m.shows(1, b"- b %d%d" % (i, j))) - sent
                check(SLOW or took < 0.6, f"{step}: {took} s")
    m.end()
    check(len(m.lines) == 24, m.output())


def untimed(program):
    """M05: what has no time stays where it came, and a traceback with its record."""
    lines = [b"a banner\n", b"another\n"]
    for i in range(300):
        lines += [record(f"n{i}"), b"WARNING:root:w%d\n" % i]
        if i % 10 == 0:
            lines.append(record(f"e{i}") + b"Traceback (most recent call last):\n  File\nValueError: x\n\n  more\n")
    for ago in (0, 100):
        m = Mplog(program, "tail", stdin=subprocess.PIPE)
        fresh = [record(line.split(b" - ")[1].decode()[:-1].split("\n")[0], ago) + b"".join(
            line.splitlines(True)[1:]) if b"|" in line else line for line in lines]
        for line in fresh:
            m.process.stdin.write(line)
            m.process.stdin.flush()
        m.process.stdin.close()
        m.end(0)
        check(m.output() == b"".join(fresh), f"{ago}: not in the order in which it came")
        check(not [x for x in m.messages if "late" in x], m.messages)
    m = Mplog(program, "tail", "fifo:a.fifo", "fifo:b.fifo")
    m.until(lambda: os.path.exists("b.fifo"), "b.fifo")
    with open("a.fifo", "wb", buffering=0) as a, open("b.fifo", "wb", buffering=0) as b:
        for i in range(50):
            a.write(record(f"a{i}") + b"Traceback (most recent call last):\n  File \"a\"\nKeyError: %d;\n" % i)
            b.write(record(f"b{i};"))
        m.shows(50, b"KeyError")
        m.shows(50, b"- b")
    m.end()
    for i in range(50):
        check(b"- a%d\nTraceback (most recent call last):\n  File \"a\"\nKeyError: %d;\n" % (i, i) in m.output(),
              m.output())


def equal_times(program):
    """M06: equal times come in the order of the command line, the same every time."""
    names = [f"{letter}.log" for letter in "hcbgafed"]
    want = b""
    for name in names:
        for i in range(200):
            line = b"2026-11-20 14:00:00.000 | INFO     | app:main:1 - %s %d\n" % (name.encode(), i)
            append(name, line)
            want += line
    for _ in range(20):
        result = subprocess.run([program, "filter", *names], stdout=subprocess.PIPE, check=True)
        check(result.stdout == want, result.stdout[:300])


if __name__ == "__main__":
    globals()[sys.argv[1]](os.path.abspath(sys.argv[2]))
