"""Several mplogs on one stream: the first one listens, the others are attached to it.

	attach.py CHECK MPLOG

CHECK is one of the functions below. The default ports are used: each check has a network of
its own where that is allowed; elsewhere it is left out (status 77) if they are taken.
"""
import fcntl
import logging
import logging.handlers
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from beside import PATIENCE, SLOW, Mplog, check, record

SKIPPED = 77
MAGIC = b"\x7fMPLOG attach "


def own_network():
    """Runs this script again in a network of its own, with the loopback interface up."""
    if "ATTACH_NETWORK" not in os.environ:
        os.environ["ATTACH_NETWORK"] = "own"
        how = ["-n"] if os.geteuid() == 0 else ["-rn"]
        if shutil.which("unshare") and subprocess.run(
                ["unshare", *how, "true"], stderr=subprocess.DEVNULL).returncode == 0:
            os.execvp("unshare", ["unshare", *how, sys.executable, *sys.argv])
        os.environ["ATTACH_NETWORK"] = "shared"
    if os.environ["ATTACH_NETWORK"] == "own":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            # SIOCSIFFLAGS: IFF_UP
            fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 1))
        return
    for kind, port in ((socket.SOCK_STREAM, 9020), (socket.SOCK_DGRAM, 9021)):
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                print(f"port {port} is taken and there is no network of our own")
                sys.exit(SKIPPED)


def tail(program, *arguments, **options):
    """An mplog on a terminal, without a source."""
    ours, theirs = pty.openpty()
    m = Mplog(program, "tail", *arguments, stdin=theirs, **options)
    os.close(theirs)
    m.terminal = ours
    return m


def listening(program, *arguments, **options):
    m = tail(program, *arguments, **options)
    m.said(r"listening on udp:127\.0\.0\.1:9021$")
    return m


def attached(program, *arguments, **options):
    m = tail(program, *arguments, **options)
    m.said(r"attached to the mplog listening on unix:.*/mplog\.sock \(pid \d+\)$")
    return m


def door():
    return os.environ["XDG_RUNTIME_DIR"] + "/mplog.sock"


def tcp():
    return socket.create_connection(("127.0.0.1", 9020))


def udp(text, s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM)):
    s.sendto(text, ("127.0.0.1", 9021))


def unix():
    s = socket.socket(socket.AF_UNIX)
    s.connect(door())
    return s


def numbers(m, word=b"n"):
    """The numbers N of its records "...wordN;", as they came."""
    return [int(n) for _, line in list(m.lines)
            for n in re.findall(rb"- " + word + rb"(\d+);", line)]


def same(program):
    """Each of several viewers has every record once, in the same order, by its own options;
    whoever comes late has the history first."""
    first = listening(program, "--level", "ERROR")
    early = attached(program, "-n", "all")
    logger = logging.getLogger("app.net")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    handler = logging.handlers.SocketHandler("127.0.0.1", 9020)
    logger.addHandler(handler)
    with tcp() as lines, unix() as other:
        for i in range(20):
            lines.sendall(record(f"tcp{i};"))
            other.sendall(record(f"unix{i};"))
            udp(record(f"udp{i};"))
            logger.error("pickle%d;", i)
        early.shows(80)
        late = attached(program, "-n", "all", "-o", "json")
        few = attached(program, "-n", "3")
        none = attached(program, "-n", "0")
        late.shows(80)
        few.shows(3)
        lines.sendall(record("tcp20;"))
        udp(record("udp20;"))
        logger.info("pickle20;")
        for m in (early, late):
            m.shows(83)
        few.shows(6)
        none.shows(3)
        first.shows(20)
        lines.sendall(record("half")[:-1])
        early.shows(84)
        late.shows(84)
        few.shows(7)
        none.shows(4)
    handler.close()
    want = sorted([f"{kind}{i}" for kind in ("tcp", "udp", "pickle") for i in range(21)] +
                  [f"unix{i}" for i in range(20)] + ["half"])
    for m in (none, few, late, early, first):
        m.end()
    found = lambda m: sorted(n.decode() for _, line in m.lines for n in re.findall(
        rb"(tcp\d+|udp\d+|unix\d+|pickle\d+|half)", line.replace(b"unix:mplog", b"")
        .replace(b"tcp:9020", b"").replace(b"udp:9021", b"")))
    check(found(early) == want, f"early: {found(early)}")
    check(found(late) == want, f"late: {found(late)}")
    check(found(first) == sorted(f"pickle{i}" for i in range(20)), f"first: {found(first)}")
    check(len(few.lines) == 3 + 4 and len(none.lines) == 4, f"{few.output()} {none.output()}")


def order(program):
    """The history of several connections comes in the order of time, not of arrival."""
    first = listening(program)
    with tcp() as a, tcp() as b:
        a.sendall(b"".join(record(f"n{i};", 100 - i) for i in range(0, 40, 2)))
        first.shows(20)
        b.sendall(b"".join(record(f"n{i};", 100 - i) for i in range(1, 40, 2)))
        first.shows(40)
        second = attached(program, "-n", "all")
        second.shows(40)
        third = attached(program, "-n", "5")
        third.shows(5)
    for m in (third, second, first):
        m.end()
    check(numbers(second) == list(range(40)), numbers(second))
    check(numbers(third) == list(range(35, 40)), numbers(third))


def stopped(program):
    """One is stopped: the others and the senders do not notice. It says what it has lost."""
    count = 300
    first = listening(program, "--memory", "16M")  # 4 MiB of it are for the history
    well = attached(program)
    bad = attached(program)
    bad.pause()
    with tcp() as s:
        slowest = 0
        for i in range(count):
            began = time.monotonic()
            s.sendall(record(f"n{i};" + "y" * 40000))
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.001)
        well.shows(count)
        latencies = []
        for i in range(count, count + 100):
            began = time.monotonic()
            s.sendall(record(f"n{i};"))
            latencies.append(well.shows(i + 1) - began)
        total = count + 100
        first.shows(total)
        bad.resume()
        s.sendall(record("last;"))
        bad.shows(1, b"last;")
        well.shows(1, b"last;")
    well.end()
    messages = bad.end()
    first.end()
    dropped = [int(n) for line in messages for n in re.findall(r"dropped (\d+) records \(total", line)]
    # One of which the rest is lost counts as lost.
    bad.lines = [(at, line) for at, line in bad.lines if len(line) < 1000 or len(line) > 40000]
    got = numbers(bad)
    check(numbers(well) == list(range(total)), "not every record once in the other one")
    check(numbers(first) == list(range(total)), "not every record once in the first one")
    check(got == sorted(set(got)), "out of order, or twice")
    check(sum(dropped) > 0 and len(got) + sum(dropped) == total,
          f"{len(got)} shown, {dropped} dropped, of {total}")
    check(not any("dropped" in m for m in well.messages + first.messages), "the others lost something")
    latencies.sort()
    check(latencies[50] < (1 if SLOW else 0.1) and slowest < 1,
          f"latency {latencies[50]:.3f} s, at most {latencies[-1]:.3f}; a call took {slowest:.3f}")
    print(f"latency beside a stopped one: median {latencies[50] * 1000:.1f} ms, "
          f"at most {latencies[-1] * 1000:.1f}; the longest call {slowest * 1000:.1f} ms")


def come_and_go(program):
    """Viewers that come and go leave nothing behind, however they go."""
    count = 20 if SLOW else 100
    first = listening(program)
    with tcp() as s:
        s.sendall(b"".join(record(f"n{i};") for i in range(1000)))
        first.shows(1000)
        watcher = attached(program)
        before, memory = None, 0
        for i in range(count):
            if i % 4 == 0:
                m = attached(program, "-n", "all")
                m.shows(1000)
                m.end(signal.SIGKILL, -signal.SIGKILL) if i % 8 else m.end()
            else:
                # As an mplog that goes at once, and one in the middle of its hello.
                with unix() as hasty:
                    hasty.sendall(MAGIC + (b"1 0 0\n" if i % 2 else b"1 "))
            if i == count // 4:
                before, memory = first.descriptors(), first.memory()
        s.sendall(record("n1000;"))
        watcher.shows(1, b"n1000;")
        first.until(lambda: first.descriptors() <= before, f"{before} descriptors again, not "
                    f"{first.descriptors()}")
        check(SLOW or first.memory() - memory < 4 << 20,
              f"memory grew by {first.memory() - memory}")
    watcher.end()
    first.end()


class Lines:
    """A sender that connects again when its connection breaks, as SocketHandler does; it goes on
    with the next record."""

    def __init__(self, name):
        self.name, self.sent, self.refused, self.stop = name, [], 0, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        s, i = None, 0
        while not self.stop:
            try:
                s = s or tcp()
                s.sendall(record(f"{self.name}{i};"))
                self.sent.append((time.monotonic(), i))
                i += 1
            except ConnectionRefusedError:
                self.refused += 1
            except OSError:
                s = None
            time.sleep(0.001)

    def end(self):
        self.stop = True
        self.thread.join()


def take_over(program, how):
    first = listening(program)
    second = attached(program, "-n", "all")
    third = attached(program, "-n", "all")
    lines, stop, sent = Lines("n"), threading.Event(), []

    def datagrams():
        i = 0
        while not stop.is_set():
            try:
                udp(record(f"u{i};"))
                sent.append(i)
                i += 1
            except OSError:
                pass
            time.sleep(0.001)

    thread = threading.Thread(target=datagrams, daemon=True)
    thread.start()
    time.sleep(0.3)
    for heir, other, ending in ((second, third, first), (third, None, second)):
        ending.end(how, -how if how == signal.SIGKILL else 0)
        heir.said(rf"the mplog that listened \(pid {ending.process.pid}\) has ended; listening now "
                  r"on unix:.*/mplog\.sock, tcp:9020, udp:9021$")
        if other:
            other.said(rf"\(pid {ending.process.pid}\) has ended; attached to the one listening now "
                       rf"on unix:.*/mplog\.sock \(pid {heir.process.pid}\)$")
        ready = time.monotonic()
        time.sleep(0.3)
    lines.end()
    stop.set()
    thread.join()
    with tcp() as s:
        s.sendall(record("last;"))
        third.shows(1, b"last;")
    third.end()
    return first, second, third, lines, sent, ready


def check_after(m, lines, ready):
    """Every record sent after READY and the connection made after it is there, once."""
    got = numbers(m)
    check(len(got) == len(set(got)), f"{len(got) - len(set(got))} records twice")
    late = [i for at, i in lines.sent if at > ready + 0.02]
    missing = set(late) - set(got)
    check(len(late) > 50 and not missing, f"of {len(late)} missing: {sorted(missing)[:10]}")


def killed(program):
    """The one that listens is killed, twice: who is attached takes over."""
    first, second, third, lines, sent, ready = take_over(program, signal.SIGKILL)
    check_after(third, lines, ready)
    got = numbers(third, b"u")
    check(len(got) == len(set(got)), "datagrams twice")
    check(set(range(sent[-1] - 100, sent[-1])) <= set(got), "datagrams are missing in the end")


def ended(program):
    """The one that listens ends, twice: no datagram is lost, no connection refused."""
    first, second, third, lines, sent, ready = take_over(program, signal.SIGTERM)
    check_after(third, lines, ready)
    check(lines.refused == 0, f"{lines.refused} connections were refused")
    got = numbers(third, b"u")
    check(len(got) == len(set(got)), "datagrams twice")
    missing = set(range(got[0], sent[-1] + 1)) - set(got)
    check(not missing, f"{len(missing)} datagrams lost: {sorted(missing)[:10]}")


def stopped_heir(program):
    """The one attached longest is stopped when the one that listens ends: the next one takes
    over, and it attaches to that one once it goes on."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        first = listening(program)
        second = attached(program)
        third = attached(program)
        second.pause()
        first.end(how, -how if how == signal.SIGKILL else 0)
        third.said("has ended; listening now on unix:.*, tcp:9020, udp:9021$")
        second.resume()
        second.said(rf"has ended; attached to the one listening now .*pid {third.process.pid}\)$")
        with tcp() as s:
            s.sendall(record("after;"))
            second.shows(1, b"after;")
            third.shows(1, b"after;")
        second.end()
        third.end()


def at_once(program):
    """Of several that start at the same time, one listens and the others are attached."""
    for _ in range(2 if SLOW else 5):
        all_of_them = [tail(program) for _ in range(5)]
        for m in all_of_them:
            m.said("listening on udp:127|attached to the mplog")
        listeners = [m for m in all_of_them if not any("attached" in x for x in m.messages)]
        check(len(listeners) == 1, [m.messages for m in all_of_them])
        check(not any("in use" in x for m in all_of_them for x in m.messages),
              [m.messages for m in all_of_them])
        with unix() as s:
            s.sendall(record("one;"))
            for m in all_of_them:
                m.shows(1, b"one;")
        # All go at once, too.
        for m in all_of_them:
            m.kill(signal.SIGTERM)
        for m in all_of_them:
            m.end(0)
        # One may have been left the sockets in its last moment: then the path is there, and
        # dead.
        try:
            unix().close()
        except OSError:
            continue
        raise SystemExit("somebody listens still")


def refused(program):
    """Never over TCP, not to one with sources of its own, not with --no-attach."""
    first = listening(program)
    with tcp() as s:
        s.sendall(MAGIC + b"1 0 0\n")
        check(b"over the Unix socket" in s.recv(200) + s.recv(200), "TCP was let in")
    for hello, why in ((b"2 0 0\n", b"another version"), (b"1 x 0\n", b"no hello"),
                       (b"1 0\n", b"no hello"), (b"\n", b"no hello")):
        with unix() as s:
            s.sendall(MAGIC + hello)
            check(why in s.recv(200), f"{hello} was let in")
    lone = tail(program, "--no-attach")
    messages = lone.end(0, 2)
    check(len([m for m in messages if "in use" in m]) == 3, messages)
    check("no listener could be opened" in messages[-1], messages)
    first.end()
    # One that shares nothing
    first = Mplog(program, "tail", f"unix:{door()}", "tcp:9020", "udp:9021")
    first.said("listening on udp:127")
    messages = tail(program).end(0, 2)
    check(any("it shares nothing" in m for m in messages), messages)
    first.end()
    first = listening(program, "--no-attach")
    messages = tail(program).end(0, 2)
    check(any("it shares nothing" in m for m in messages), messages)
    first.end()


def foreign(program):
    """What is at the socket is no mplog: it is left alone, and the rest is listened on."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(door())
        s.listen()
        began = time.monotonic()
        m = tail(program)
        m.said("cannot attach to it: whoever listens there does not answer")
        check(time.monotonic() - began < 5, "waited for too long")
        m.said("listening on udp:127")
        with tcp() as c:
            c.sendall(record("one;"))
            m.shows(1, b"one;")
        m.end()
    os.unlink(door())
    # It answers, with what makes no sense.
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(door())
        s.listen()
        m = tail(program)
        c = s.accept()[0]
        c.sendall(b"HTTP/1.1 400 Bad Request\r\n" * 9)
        m.said("cannot attach to it: whoever listens there is no mplog")
        m.end()
    os.unlink(door())


def no_door(program):
    """The ports are held, and there is no socket to attach by."""
    first = listening(program)
    os.environ["XDG_RUNTIME_DIR"] += "/other"
    os.mkdir(os.environ["XDG_RUNTIME_DIR"])
    m = tail(program)
    m.said("listening on unix:.*/other/mplog.sock$")
    m.said(r"tcp:9020: port 9020 is already in use")
    m.said(r"udp:9021: port 9021 is already in use")
    with unix() as s:
        s.sendall(record("one;"))
        m.shows(1, b"one;")
    m.end()
    first.end()


def other_user(program):
    """Who attaches must be the same user."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        sys.exit(SKIPPED)
    as_other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    folder = tempfile.mkdtemp()  # where others can go
    os.environ["XDG_RUNTIME_DIR"] = folder
    os.chmod(folder, 0o777)
    first = listening(program)
    messages = tail(program, prefix=as_other).end(0, 2)
    check(any("cannot attach to it: Permission denied" in m for m in messages), messages)
    os.chmod(door(), 0o666)
    messages = tail(program, prefix=as_other).end(0, 2)
    check(any("another user's (uid 0)" in m for m in messages), messages)
    # One that says hello in spite of that
    hello = ("import socket; s = socket.socket(socket.AF_UNIX); s.connect(%r); "
             "s.sendall(%r); print(s.recv(200))" % (door(), MAGIC + b"1 0 0\n"))
    said = subprocess.run([*as_other, sys.executable, "-c", hello], capture_output=True).stdout
    check(b"another user" in said, said)
    first.end()
    os.rmdir(folder)


def once(program):
    """With --no-follow, what is there is shown, and that is all."""
    first = listening(program)
    with tcp() as s:
        s.sendall(b"".join(record(f"n{i};") for i in range(100)))
        first.shows(100)
        m = attached(program, "--no-follow", "-n", "7")
        m.end(0)
        check(numbers(m) == list(range(93, 100)), m.output())
        m = Mplog(program, "filter", f"attach:{door()}")
        m.end(0)
        check(numbers(m) == list(range(100)), m.output())
    first.end()


if __name__ == "__main__":
    own_network()
    folder = os.path.abspath("run")
    os.mkdir(folder)
    os.environ["XDG_RUNTIME_DIR"] = folder
    globals()[sys.argv[1]](os.path.abspath(sys.argv[2]))
