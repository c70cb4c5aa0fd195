"""What clients do to a listening mplog, and what must become of it.

	faultnet.py CHECK MPLOG

CHECK is one of the functions below.
"""
import os
import random
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

import faultlib
from beside import SLOW, Mplog, check, record

RESET = struct.pack("ii", 1, 0)


def tcp(port):
    return socket.create_connection(("127.0.0.1", port))


def unix(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


def half_records(program):
    """A connection that ends in mid-line: its half is a record, the next one is fine."""
    m = Mplog(program, "tail", "tcp:0")
    port = m.port("tcp")
    with tcp(port) as s:
        s.sendall(record("whole") + record("half")[:-1])
    m.shows(1, b"- half")
    with tcp(port) as s:
        s.sendall(record("next"))
        m.shows(1, b"- next")
    m.end()
    check([line.split(b" - ")[1] for _, line in m.lines] == [b"whole\n", b"half\n", b"next\n"],
          m.output())


def split(program):
    """A character, a CRLF and a stamp that come in pieces, with pauses."""
    m = Mplog(program, "tail", "tcp:0")
    want = record("é日本\r")
    with tcp(m.port("tcp")) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(want)):
            s.sendall(want[i:i + 1])
            time.sleep(0.005)
        m.shows(1)
    m.end()
    check(m.output() == want, m.output())


def slow_ones(program):
    """N06: many that send a byte now and then hold nobody up."""
    count = 100 if SLOW else 500
    m = Mplog(program, "tail", "--max-connections", "1000", "--window", "100", "tcp:0")
    port = m.port("tcp")
    slow = [tcp(port) for _ in range(count)]
    healthy = tcp(port)
    late, line = [], record("slow")
    for i in range(40):
        for s in slow[i % 10::10]:
            s.sendall(line[i // 10:i // 10 + 1])
        sent = time.monotonic()
        healthy.sendall(record(f"healthy {i};"))
        late.append(m.shows(1, b"healthy %d;" % i) - sent)
    for s in slow:
        s.sendall(line[4:])
    m.shows(count, b"- slow")
    late.sort()
    check(SLOW or late[-1] < 0.2, f"{late[-1] * 1000:.0f} ms")
    for s in (*slow, healthy):
        s.close()
    m.end()
    check(not [line for line in m.messages if "refused" in line], m.messages)


def too_many(program):
    """N07: what is above --max-connections is refused, counted and said; then it recovers."""
    m = Mplog(program, "tail", "--max-connections", "20", "tcp:0")
    port = m.port("tcp")
    held = []
    for i in range(20):
        held.append(tcp(port))
        held[-1].sendall(record(f"held {i}"))
    m.shows(20, b"held")
    refused = 0
    for _ in range(50):
        with tcp(port) as s:
            try:
                refused += s.recv(1) == b""
            except ConnectionResetError:
                refused += 1
    check(refused == 50, f"{refused} refused")
    for s in held:
        s.close()
    m.until(lambda: m.descriptors() < 20, "closed")
    with tcp(port) as s:
        s.sendall(record("after"))
        m.shows(1, b"after")
    said = [line for line in m.end() if "refused" in line]
    check(said and "(total 50); see --max-connections" in said[-1], said)


def no_descriptors(program):
    """N08: out of descriptors it neither spins nor fails, and recovers."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    m = Mplog(program, "tail", "tcp:0", preexec=limit)
    port = m.port("tcp")
    with tcp(port) as first:
        first.sendall(record("first"))
        m.shows(1, b"first")
        more = []
        for _ in range(60):
            try:
                more.append(tcp(port))
            except ConnectionResetError:
                pass
        before, at = m.cpu_seconds(), time.monotonic()
        time.sleep(1)
        used = (m.cpu_seconds() - before) / (time.monotonic() - at)
        check(used < 0.05, f"{used * 100:.0f} % of a processor")
        first.sendall(record("second"))
        m.shows(1, b"second")
        for s in more:
            s.close()
    m.until(lambda: m.descriptors() < 20, "closed")

    def again():
        with tcp(port) as s:
            s.sendall(record("after"))
            try:
                return s.recv(1) == b"x"
            except (ConnectionResetError, socket.timeout):
                return False
    end = time.monotonic() + 5
    while not [1 for _, line in m.lines if b"after" in line] and time.monotonic() < end:
        with tcp(port) as s:
            s.settimeout(0.2)
            try:
                s.sendall(record("after"))
                s.recv(1)
            except OSError:
                pass
    m.shows(1, b"after")
    m.end()
    check([line for line in m.messages if "refused" in line], "nothing was said")


def accept_fails(program):
    """N08, N09: the kernel has no room for a while, when one comes and when it is watched."""
    for inject in ("accept4:error=EMFILE:when=1..3", "accept4:error=ECONNABORTED:when=1..2",
                   "accept4:error=ENOBUFS:when=1", "recvfrom:error=EINTR:when=1..3",
                   "epoll_wait:error=EINTR:when=1..5", "epoll_ctl:error=ENOSPC:when=1"):
        m = Mplog(program, "tail", "tcp:0", prefix=[
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + inject.split(":")[0], "-e",
            "inject=" + inject])
        port = m.port("tcp")
        kept = []
        for i in range(40):
            kept.append(tcp(port))
            try:
                kept[-1].sendall(record(f"number {i}"))
            except OSError:
                pass
            if [1 for _, line in m.lines if b"number" in line]:
                break
            time.sleep(0.05)
        m.shows(1, b"number")
        for s in kept:
            s.close()
        m.end()


def resets(program):
    """N10: connections that are reset in mid-record; what was whole is kept."""
    count = 200 if SLOW else 1000
    m = Mplog(program, "tail", "--max-connections", "2000", "tcp:0")
    port = m.port("tcp")
    held = [tcp(port) for _ in range(count)]
    for i, s in enumerate(held):
        s.sendall(record(f"whole {i};") + record("half")[:30])
    m.shows(count, b"whole")
    for s in held:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        s.close()
    m.until(lambda: m.descriptors() < 20, "closed")
    with tcp(port) as s:
        s.sendall(record("after"))
        m.shows(1, b"after")
    m.end()


def keepalive(program):
    """N11: a peer that vanishes is found out by the kernel."""
    m = Mplog(program, "tail", "tcp:0")
    port = m.port("tcp")
    with tcp(port) as s:
        s.sendall(record("one"))
        m.shows(1, b"one")
        listed = subprocess.run(["ss", "-tnoH", "sport", "=", f":{port}"], capture_output=True,
                                check=True).stdout
        check(b"timer:(keepalive," in listed, listed)
    m.end()


def corpus(program):
    """N12, N24: anything over TCP: escaped when shown, the same bytes under --raw."""
    lines = b"\n".join(faultlib.evil_lines()) + b"\n"
    chance = random.Random(9)
    junk = bytes(chance.randrange(256) for _ in range(100000))
    junk += b"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300 + b"\n"
    for options, data in ((["--raw"], lines + junk), (["--escape", "always"], lines + junk),
                          (["-o", "pretty", "--color", "always"], lines + junk),
                          (["-o", "json", "--escape", "always"], lines + junk)):
        m = Mplog(program, "tail", *options, "tcp:0")
        with tcp(m.port("tcp")) as s:
            s.sendall(data)
            s.sendall(record("the end"))
        m.shows(1, b"the end")
        m.end()
        if options == ["--raw"]:
            check(m.output() == data + m.lines[-1][1], "not the same bytes")
        else:
            found = faultlib.clean(m.output(), True)
            check(not found, f"{options}: {found}")


def long_line(program):
    """N13: a line of 100 MiB over TCP; the one behind it is intact."""
    mib = 10 if SLOW else 100
    m = Mplog(program, "tail", "-o", "json", "--show", "message,cut", "tcp:0")
    chunk = b"x" * (1 << 20)
    with tcp(m.port("tcp")) as s:
        s.sendall(record("begins"))
        for _ in range(mib):
            s.sendall(chunk)
        s.sendall(b"\n" + record("the end"))
    m.shows(1, b'"the end"')
    check(m.memory() < 400 << 20, f"{m.memory() >> 20} MiB resident")
    m.end()
    check(sum(line.count(b"x") for _, line in m.lines) == mib << 20, "not all of it")
    check(len(m.lines) <= mib + 3, f"{len(m.lines)} lines")
    check(m.messages[2:] == [], m.messages)


def udp_burst(program):
    """N14: a burst while it is stopped: what came and what the kernel dropped are all."""
    m = Mplog(program, "tail", "udp:0")
    port = m.port("udp")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    m.pause()
    count = 20000
    for i in range(count):
        s.sendto(record(f"n{i};" + "x" * 900), ("127.0.0.1", port))
    m.resume()
    while True:
        s.sendto(record("the end"), ("127.0.0.1", port))
        time.sleep(0.1)
        if [1 for _, line in m.lines if b"the end" in line]:
            break
    time.sleep(0.1)
    m.end()
    came = sum(b";" in line for _, line in m.lines)
    lost = [line for line in m.messages if "in all" in line]
    lost = int(lost[0].split("dropped ")[1].split()[0]) if lost else 0
    ends = sum(b"the end" in line for _, line in m.lines)
    check(count <= came + lost <= count + 50 and came > 0, f"{came} came, {lost} lost, {ends} ends")
    check(lost > 0, f"nothing was lost of {count}: no test")


def datagrams(program):
    """N15: the greatest, an empty one, several lines, and a NUL or LF at the end."""
    m = Mplog(program, "tail", "udp:0", "unixgram:gram.sock")
    port = m.port("udp")
    m.said("listening on unixgram:")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    big = record("big").rstrip(b"\n")
    big += b"x" * (65507 - len(big))
    s.sendto(b"", ("127.0.0.1", port))
    s.sendto(big, ("127.0.0.1", port))
    m.shows(1, b"- big")
    s.sendto(record("ended\0").rstrip(b"\n"), ("127.0.0.1", port))
    m.shows(1, b"- ended")
    s.sendto(record("lines\nTraceback (most recent call last):\nValueError"), ("127.0.0.1", port))
    m.shows(1, b"ValueError")
    g = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    g.sendto(b"", "gram.sock")
    g.sendto(record("gram"), "gram.sock")
    m.shows(1, b"- gram")
    m.end()
    check(m.output().startswith(big + b"\n"), "the big one is not whole")
    rest = m.output()[len(big) + 1:].splitlines()
    check([line.split(b" - ")[-1] for line in rest] == [
        b"ended", b"lines", b"Traceback (most recent call last):", b"ValueError", b"gram"], rest)


def paths(program):
    """N16: what may be where a Unix socket is to be."""
    def refused(path, message):
        result = subprocess.run([program, "tail", "unix:" + path], stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=10, check=False)
        check(result.returncode == 2 and message in result.stderr.decode() and not result.stdout,
              f"{path}: {result}")
    with open("file", "w") as file:
        file.write("precious")
    refused("file", "exists and is no socket")
    check(open("file").read() == "precious", "the file was touched")
    os.symlink("nowhere", "link")
    refused("link", "is a symbolic link")
    os.mkdir("folder")
    refused("folder", "exists and is no socket")
    live = socket.socket(socket.AF_UNIX)
    live.bind("live")
    live.listen()
    refused("live", "in use by another program")
    refused("x" * 120, "a socket's path has 1 to 107 bytes")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind("stale")
    stale.close()
    m = Mplog(program, "tail", "unix:stale")
    m.said("listening on unix:stale")
    with unix("stale") as s:
        s.sendall(record("replaced"))
        m.shows(1, b"replaced")
    m.end()
    check(not os.path.exists("stale"), "it was not removed at the end")


def modes(program):
    """N17: never wider than 0600, whatever the umask; and no chmod behind."""
    before = os.umask(0)
    for spec, path, call in (("unix:s.sock", "s.sock", "bind"), ("unixgram:g.sock", "g.sock", "bind"),
                             ("fifo:f.fifo", "f.fifo", "mknod")):
        m = Mplog(program, "tail", spec, prefix=[
            "strace", "-D", "-f", "-qq", "-o", "calls", "-e", "trace=umask,bind,mknod,mknodat,chmod,fchmod,fchmodat"])
        m.until(lambda: os.path.exists(path), path)
        mode = stat.S_IMODE(os.stat(path).st_mode)
        m.kill(signal.SIGTERM)
        m.process.wait(10)
        calls = open("calls").read()
        check(mode == 0o600, f"{path}: {mode:o}")
        check("chmod" not in calls, calls)
        check(call == "mknod" or calls.index("umask(0177)") < calls.index("bind("), calls)
    os.umask(before)


def loopback(program):
    """N18: this machine only, unless another address is written, which is warned of."""
    m = Mplog(program, "tail", "tcp:0", "udp:0")
    for kind, option in (("tcp", "-ltnH"), ("udp", "-lunH")):
        port = m.port(kind)
        listed = subprocess.run(["ss", option, "sport", "=", f":{port}"], capture_output=True, text=True,
                                check=True).stdout.split()
        check(sorted(word for word in listed if word.endswith(f":{port}")) in (
            [f"127.0.0.1:{port}", f"[::1]:{port}"], [f"127.0.0.1:{port}"]), listed)
    m.end()
    m = Mplog(program, "tail", "tcp:0.0.0.0:0")
    m.said(r"^mplog: warning: other machines can reach port \d+, unencrypted")
    m.end()


def privileged(program):
    """N19: a port that only root may have, asked for by somebody else."""
    start = int(open("/proc/sys/net/ipv4/ip_unprivileged_port_start").read())
    if start <= 80 or os.geteuid() != 0:
        print("skip")
        return
    result = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
         "--inh-caps=-all", program, "tail", "tcp:80"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=False)
    check(result.returncode == 2 and result.stderr ==
          "mplog: tcp:80: not permitted to listen on port 80; use tcp:0 or a port from 1024\n", result)


def forged(program):
    """N23: a line feed inside of a message begins no record of another format's look in JSON."""
    m = Mplog(program, "tail", "-o", "json", "tcp:0")
    with tcp(m.port("tcp")) as s:
        s.sendall(b'{"level":"info","msg":"x\\n2026-11-20 14:00:00.000 | ERROR    | a:b:1 - forged"}\n')
        m.shows(1)
    m.end()
    check(len(m.lines) == 1 and b'"level":"INFO"' in m.lines[0][1], m.output())


def many(program):
    """R04: connections that come and go leave nothing behind."""
    count = 300 if SLOW else 3000
    m = Mplog(program, "tail", "tcp:0", "unix:many.sock")
    port = m.port("tcp")
    m.said("listening on unix:")
    before = m.descriptors()
    for i in range(count):
        with (tcp(port) if i % 2 else unix("many.sock")) as s:
            s.sendall(record(f"n{i};"))
    m.shows(count, b";")
    m.until(lambda: m.descriptors() == before, "as many descriptors as before")
    m.end()
    check(len({line.split(b" - ")[1] for _, line in m.lines}) == count, "not every record once")


if __name__ == "__main__":
    globals()[sys.argv[1]](os.path.abspath(sys.argv[2]))
