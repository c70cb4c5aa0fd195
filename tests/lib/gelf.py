"""GELF senders, as graypy, pygelf and log4j2 write to a socket: plain, compressed, in chunks,
over TCP with NULs. gelf.py WHAT PORT"""
import gzip
import json
import os
import random
import socket
import sys
import time
import zlib


def message(text, **more):
    return json.dumps(
        {"version": "1.1", "host": "vm", "short_message": text,
         "timestamp": 1795194503.407561, "level": 4, "_logger": "app.mod", "_pid": 123,
         **more}).encode()


def chunks(body, size=1420, ident=None):
    ident = ident or os.urandom(8)
    count = (len(body) + size - 1) // size
    return [b"\x1e\x0f" + ident + bytes([n, count]) + body[n * size:(n + 1) * size]
            for n in range(count)]


def udp(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", port))
    return s


def plain(port):
    udp(port).send(message("hello plain"))


def packed(port):
    s = udp(port)
    s.send(gzip.compress(message("hello gzip")))
    for level in (1, 6, 9):
        s.send(zlib.compress(message("hello zlib %d" % level), level))


def chunked(port):
    """In any order, some twice, two messages at once, one of them compressed."""
    noise = random.Random(1)
    text = "big " + "".join(chr(noise.randrange(97, 123)) for _ in range(60000))
    both = chunks(message(text + " plain")) + chunks(zlib.compress(message(text + " zlib")))
    both += both[:3]
    noise.shuffle(both)
    s = udp(port)
    for chunk in both:
        s.send(chunk)
        time.sleep(0.0005)


def torn(port):
    """Half a message, and chunks that make no sense."""
    s = udp(port)
    for chunk in chunks(message("never" * 1000))[:-1]:
        s.send(chunk)
    s.send(b"\x1e\x0f12345678\x05\x05xx")
    s.send(b"\x1e\x0f")
    s.send(gzip.compress(bytes(20_000_000)))
    s.send(message("hello after"))


def laid_out(port):
    body = json.dumps(json.loads(message("several lines")), indent=2).encode()
    udp(port).send(zlib.compress(body))


def tcp(port):
    s = socket.create_connection(("127.0.0.1", port))
    s.sendall(message("tcp one") + b"\0" + message("tcp two\nlines", full_message="x"))
    time.sleep(0.05)
    s.sendall(b"\0" + message("tcp three") + b"\0")
    s.close()


globals()[sys.argv[1]](int(sys.argv[2]))
