"""Messages of every kind on one port of a listening mplog.

	framing.py CHECK MPLOG

CHECK is one of the functions below.
"""
import json
import logging
import logging.handlers
import pickle
import socket
import struct
import subprocess
import sys
import time

from beside import SLOW, Mplog, check, record


def tcp(port):
    return socket.create_connection(("127.0.0.1", port))


def listen(program, *more):
    m = Mplog(program, "tail", "-o", "json", "tcp:0", *more)
    return m, m.port("tcp")


def rows(m):
    return [json.loads(line) for _, line in m.lines]


def messages(m):
    """The messages in their order, without the priorities that a format may leave in them."""
    return [row["message"].partition(">")[2] if row["message"].startswith("<") else row["message"]
            for row in rows(m)]


def pickled(text, **more):
    data = pickle.dumps({"name": "app", "msg": text, "args": None, "levelno": 20, "levelname": "INFO",
                         "created": time.time(), "process": 7, **more}, 1)
    return struct.pack(">L", len(data)) + data


def ends(s):
    """Whether the other side closes S soon."""
    s.settimeout(5)
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True
    except socket.timeout:
        return False


def speak(handler, prefix):
    log = logging.getLogger("app.db")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    handler.setLevel(logging.DEBUG)
    log.addHandler(handler)
    log.info("by %s: plain", prefix)
    try:
        raise ValueError("a\nb")
    except ValueError:
        log.exception("by %s: boom", prefix)
    log.warning("by %s: last", prefix)
    log.removeHandler(handler)
    handler.close()


def check_spoken(m, prefixes):
    m.shows(3 * len(prefixes), b'"message"')
    m.end()
    got = rows(m)
    for prefix in prefixes:
        mine = [row for row in got if f"by {prefix}:" in row["message"]]
        texts = [row["message"].partition(": ")[2].split("\n")[0] for row in mine]
        check(texts == ["plain", "boom", "last"], f"{prefix}: {mine}")
        whole = mine[1]["message"] + mine[1].get("exception", "")
        check("Traceback" in whole and whole.rstrip().endswith("ValueError: a\nb"), f"{prefix}: {mine[1]}")
    check(len(got) == 3 * len(prefixes), got)


def handlers(program):
    m, port = listen(program, "unix:all.sock")
    m.said("listening on unix:")
    h = logging.handlers
    speak(h.SocketHandler("127.0.0.1", port), "socket")
    speak(h.SocketHandler("all.sock", None), "socket by path")
    speak(h.SysLogHandler(("127.0.0.1", port), socktype=socket.SOCK_STREAM), "syslog")
    speak(h.SysLogHandler("all.sock"), "syslog by path")
    check_spoken(m, ["socket", "socket by path", "syslog", "syslog by path"])


def datagrams(program):
    m = Mplog(program, "tail", "-o", "json", "udp:0", "unixgram:all.gram")
    port = m.port("udp")
    m.said("listening on unixgram:")
    h = logging.handlers
    speak(h.DatagramHandler("127.0.0.1", port), "datagram")
    speak(h.DatagramHandler("all.gram", None), "datagram by path")
    speak(h.SysLogHandler(("127.0.0.1", port)), "syslog")
    speak(h.SysLogHandler("all.gram"), "syslog by path")
    check_spoken(m, ["datagram", "datagram by path", "syslog", "syslog by path"])


def mixed(program):
    """N05: each record once, whatever ended the one before it."""
    m, port = listen(program)
    parts = [b"<14>one\n", b"<14>two\0", b"9 <14>three", b"<14>four\nTraceback:\n  x\n", b"10 <14>five\n6",
             b"<14>seven\0", b'{"message":"eight"}\0', b"<14>nine\0"]
    want = ["one", "two", "three", "four", "five", "seven", "eight", "nine"]
    with tcp(port) as s:
        s.sendall(b"".join(parts))
        m.shows(len(want), b'"message"')
    with tcp(port) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"".join(parts):
            s.sendall(bytes([byte]))
            time.sleep(0.001)
        m.shows(2 * len(want), b'"message"')
    m.end()
    got = [text.split("\n")[0] for text in messages(m)]
    check(got == 2 * want, got)


def silence(program):
    m, port = listen(program, "--window", "50")
    with tcp(port) as s, tcp(port) as digit:
        sent = time.monotonic()
        s.sendall(b"<14>waits\nfor more\n")
        digit.sendall(b"7")
        took = m.shows(1, b"waits") - sent
        check(SLOW or 0.2 <= took < 0.6, f"{took:.3f} s")
        took = m.shows(1, b'"7"') - sent
        check(SLOW or took < 3, f"{took:.3f} s")
        s.sendall(b"<14>next\n")
        m.shows(1, b"next")
        digit.sendall(b"\n" + record("text"))
        m.shows(1, b'"text"')
    m.end()


def halves(program):
    """N02: counted and said; the next connection is fine."""
    for half in (pickled("half")[:-9], b"\0\0", b"40 <14>half"):
        m, port = listen(program)
        with tcp(port) as s:
            s.sendall(pickled("whole"))
            s.sendall(half)
        m.shows(1, b"whole")
        with tcp(port) as s:
            s.sendall(pickled("next"))
            m.shows(1, b'"next"')
        said = m.end()
        check(messages(m) == ["whole", "next"], messages(m))
        check([line for line in said if "lost 1 message of which only a part came" in line], said)


def lengths(program):
    """N03: refused at once, and nothing is allocated for them."""
    m, port = listen(program)
    with tcp(port) as healthy:
        healthy.sendall(pickled("before"))
        m.shows(1, b"before")
        memory = m.memory()
        for length in (0, 1 << 31, (1 << 31) - 1, (1 << 32) - 1, (1 << 24) - 1):
            for more in (b"", b"}q\0."):
                with tcp(port) as s:
                    s.sendall(struct.pack(">L", length) + more)
                    if length != (1 << 24) - 1 or more:
                        check(ends(s), f"{length} {more} is not refused")
        for count in (b"999999999", b"99999999"):
            with tcp(port) as s:
                s.sendall(count + b" <14>x")
                check(ends(s), f"{count} is not refused")
        check(SLOW or m.memory() < memory + (4 << 20), f"{memory} bytes became {m.memory()}")
        healthy.sendall(pickled("after"))
        m.shows(1, b"after")
    m.end()
    check(messages(m) == ["before", "after"], messages(m))


def counts(program):
    """N04: no overflow; what is no count is text."""
    texts = [b"99999999999999999999 <13>x", b"-1 <13>x", b"0 <13>x", b"007 <13>x", b"4294967297 <13>x",
             b"18446744073709551617 <13>x", b"12 monkeys", b"12 <b>bold</b>", b"5"]
    m, port = listen(program)
    for i, text in enumerate(texts):
        with tcp(port) as s:
            s.sendall(text + b"\n")
            m.shows(i + 1, b'"message"')
    said = m.end()
    got = [row["message"] for row in rows(m)]
    check(got == [text.decode() for text in texts], got)
    check(not [line for line in said if "closed" in line], said)


JUNK = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300,
    "Java": b"\xac\xed\0\5sr\0!org.apache.log4j.spi.LoggingEvent",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "Fluentd": b"\x92\xa9debug.tag\x92\x92\xd7\0e",
    "ZeroMQ": b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL" + b"\0" * 48,
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\3",
    "neither text": bytes((i * 7919 + (i * i >> 3)) % 256 for i in range(4096)),
}


def junk(program):
    """N24: one line for each kind, however many come; others are not touched."""
    m, port = listen(program)
    with tcp(port) as healthy:
        healthy.sendall(pickled("before"))
        m.shows(1, b"before")
        for times in range(20):
            for name, data in JUNK.items():
                with tcp(port) as s:
                    try:
                        s.sendall(data)
                    except OSError:
                        pass
                    check(ends(s), f"{name} is not refused")
        healthy.sendall(pickled("after"))
        m.shows(1, b"after")
        m.until(lambda: m.descriptors() < 20, "closed")
    said = m.end()
    check(messages(m) == ["before", "after"], messages(m))
    for name in JUNK:
        lines = [line for line in said if name in line]
        check(1 <= len(lines) <= 4, f"{name}: {said}")
        check(lines[0].startswith("mplog: tcp:") and "closed: " in lines[0], lines)
        check("(total 20)" in lines[-1], lines)


def slow_ones(program):
    """N06: many that send a byte of a message now and then hold nobody up."""
    count = 100 if SLOW else 500
    m, port = listen(program, "--max-connections", "1000", "--window", "100")
    slow = [tcp(port) for _ in range(count)]
    late, data = [], pickled("slow")
    with tcp(port) as healthy:
        for i in range(40):
            for s in slow[i % 10::10]:
                s.sendall(data[i // 10:i // 10 + 1])
            sent = time.monotonic()
            healthy.sendall(pickled(f"healthy {i};"))
            late.append(m.shows(1, b"healthy %d;" % i) - sent)
        for s in slow:
            s.sendall(data[4:])
        m.shows(count, b'"slow"')
    late.sort()
    check(SLOW or late[-2] < 0.2, f"{late[-2] * 1000:.0f} ms")
    for s in slow:
        s.close()
    m.end()


def hoard(program):
    """Many that announce great messages and send a half: memory has a bound, and one that
    sends whole ones does not suffer."""
    m, port = listen(program)
    held = []
    for i in range(120):
        held.append(tcp(port))
        try:
            held[-1].sendall(struct.pack(">L", 1 << 20) + b"}" + b"x" * 600000)
        except OSError:
            pass
    with tcp(port) as s:
        s.sendall(pickled("healthy"))
        m.shows(1, b"healthy")
        check(SLOW or m.memory() < 80 << 20, f"{m.memory() >> 20} MiB resident")
        s.sendall(pickled("x" * 1000000))
        m.shows(1, b"xxxxx")
    for s in held:
        s.close()
    m.until(lambda: m.descriptors() < 20, "closed")
    said = m.end()
    check([line for line in said if "too many unfinished messages" in line], said)
    lost = [line for line in said if "of which only a part came" in line]
    check(lost and "(total 120)" in lost[-1], said)


def short_ones(program):
    """A connection for each record, as in Loguru's recipe."""
    count = 1000 if SLOW else 10000
    m, port = listen(program)
    memory = 0
    for i in range(count):
        with tcp(port) as s:
            s.sendall(pickled(f"n{i};"))
        if i % 500 == 0:  # at most 256 at once
            m.shows(i + 1, b";")
        if i == count // 2:
            memory = m.memory()
    m.shows(count, b";")
    check(SLOW or m.memory() < memory + (3 << 20), f"{memory >> 10} KiB became {m.memory() >> 10}")
    m.end()
    check(len(set(messages(m))) == count, "not every record once")


def default_most(program):
    m, port = listen(program)
    held = []
    for i in range(256):
        held.append(tcp(port))
        held[-1].sendall(pickled(f"n{i};"))
    m.shows(256, b";")
    for _ in range(44):
        with tcp(port) as s:
            check(ends(s), "one more than 256 came in")
    for s in held:
        s.close()
    said = [line for line in m.end() if "refused" in line]
    check(said and "256 are open already (total 44); see --max-connections" in said[-1], said)


def export(program):
    """What journalctl -o export writes, with a value that has an empty line in it."""
    text = b"two\n\nlines"
    entry = (b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795194300123456\nPRIORITY=%d\nMESSAGE\n"
             + struct.pack("<Q", len(text)) + text + b"\nSYSLOG_IDENTIFIER=myapp\n\n")
    m, port = listen(program)
    with tcp(port) as s:
        s.sendall(entry % 6 + entry % 3)
        m.shows(2, b'"message"')
    m.end()
    got = [(row["level"], row["module"], row["message"]) for row in rows(m)]
    check(got == [("INFO", "myapp", text.decode()), ("ERROR", "myapp", text.decode())], got)


def nc(program):
    m, port = listen(program)
    for i, data in enumerate((b"hello\n", b"<13>from nc", b"<13>with LF\n")):
        subprocess.run(["nc", "-q", "0", "127.0.0.1", str(port)], input=data, check=True, timeout=10)
        m.shows(i + 1, b'"message"')
    m.end()
    check(messages(m) == ["hello", "from nc", "with LF"], messages(m))


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
