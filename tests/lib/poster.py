"""Clients that post logs: Python's HTTPHandler, urllib, OpenTelemetry's exporter as it
writes, and bad ones. poster.py WHAT PORT"""
import gzip
import http.client
import json
import logging
import logging.handlers
import os
import socket
import sys
import time
import urllib.request
import zlib

HOST = "127.0.0.1"


def handler(port, method):
    h = logging.handlers.HTTPHandler("%s:%d" % (HOST, port), "/log", method=method,
                                     credentials=("user", "secret"))
    logger = logging.getLogger("app.http." + method)
    logger.setLevel(1)
    logger.addHandler(h)
    logger.warning("hi %s Malm\u00f6 %05.1f%%", "you", 2.55, extra={"req_id": "a&b=c"})
    logger.log(33, {"a": 1})
    logger.info("%(who)s & %(n)d", {"who": "nora", "n": 7})
    logger.info("an object: %s", object())
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("boom\nin two lines")


def get(port):
    handler(port, "GET")


def post(port):
    handler(port, "POST")


def rate(port):
    """1,000 records by one handler."""
    h = logging.handlers.HTTPHandler("%s:%d" % (HOST, port), "/log", method="POST")
    logger = logging.getLogger("rate")
    logger.addHandler(h)
    worst = 0
    for n in range(1000):
        began = time.monotonic()
        logger.warning("n %d", n)
        worst = max(worst, time.monotonic() - began)
    print("worst %.0f ms" % (worst * 1000))


def send(port, path, body, **headers):
    request = urllib.request.Request(
        "http://%s:%d%s" % (HOST, port, path), data=body,
        headers={k.replace("_", "-"): v for k, v in headers.items()})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.headers.get("Content-Type"), answer.read()


def bodies(port):
    one = json.dumps({"level": "error", "logger": "a.b", "msg": "one"}).encode()
    assert send(port, "/", one, Content_Type="application/json") == (200, None, b"")
    many = json.dumps([{"level": "info", "msg": "two"}, {"level": "info", "msg": "three"}],
                      indent=1).encode()
    send(port, "/any/path", many, Content_Type="application/json")
    lines = b'{"level":"info","msg":"four"}\n{"level":"info","msg":"five"}\n'
    send(port, "/", gzip.compress(lines), Content_Type="application/x-ndjson",
         Content_Encoding="gzip")
    send(port, "/", zlib.compress(lines.replace(b"f", b"g")), Content_Encoding="deflate")
    send(port, "/", b"2026-11-20 17:00:00,123 - app - ERROR - plain\n  more\nlast line\n",
         Content_Type="text/plain")
    packer = zlib.compressobj(wbits=-15)
    send(port, "/", packer.compress(b"bare deflate") + packer.flush(),
         Content_Type="text/plain", Content_Encoding="deflate")


def keep_alive(port):
    """100 requests on one connection, in chunks and not; then 50 at once."""
    c = http.client.HTTPConnection(HOST, port, timeout=10)
    for n in range(100):
        body = b'{"level":"info","msg":"kept %d"}' % n
        if n % 2:
            c.request("POST", "/", body, {"Content-Type": "application/json"})
        else:
            c.request("POST", "/", iter([body[:5], body[5:]]),
                      {"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
                      encode_chunked=True)
        answer = c.getresponse()
        assert answer.status == 200 and answer.read() == b""
    c.close()
    s = socket.create_connection((HOST, port))
    s.sendall(b"".join(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                       b"Content-Length: 8\r\n\r\npiped %02d" % n for n in range(50)))
    got = b""
    while got.count(b"HTTP/1.1 200 OK\r\n") < 50:
        got += s.recv(65536)
    s.close()


def otlp(port):
    """As opentelemetry-exporter-otlp-json and the JS exporter write it."""
    def value(v):
        if isinstance(v, bool):
            return {"boolValue": v}
        if isinstance(v, int):
            return {"intValue": str(v)}
        return {"stringValue": v}

    def attributes(**kw):
        return [{"key": k.replace("_", "."), "value": value(v)} for k, v in kw.items()]

    records = [{"timeUnixNano": str(1795194000123456000 + n), "severityNumber": 9 + 4 * (n % 3),
                "severityText": ["INFO", "WARN", "ERROR"][n % 3],
                "observedTimeUnixNano": "1795194000200000000",
                "body": {"stringValue": "batch %d" % n},
                "attributes": attributes(code_function="f", code_lineno=n, user="nora"),
                "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
                "flags": 1} for n in range(500)]
    body = json.dumps({"resourceLogs": [{
        "resource": {"attributes": attributes(service_name="shop", process_pid=4321)},
        "scopeLogs": [{"scope": {"name": "app.db"}, "logRecords": records}]}]}).encode()
    assert send(port, "/v1/logs", body, Content_Type="application/json") == (
        200, "application/json", b"{}")
    assert send(port, "/v1/logs", gzip.compress(body.replace(b"batch", b"again")),
                Content_Type="application/json", Content_Encoding="gzip")[0] == 200
    assert send(port, "/v1/traces", b'{"resourceSpans":[]}',
                Content_Type="application/json") == (200, "application/json", b"{}")
    assert send(port, "/v1/metrics", b"\x0a\x01", Content_Type="application/x-protobuf")[0] \
        == 200
    try:
        send(port, "/v1/logs", b"\x0a\x00", Content_Type="application/x-protobuf")
        raise AssertionError("protobuf was taken")
    except urllib.error.HTTPError as error:
        assert error.code == 415


def browser(port):
    with urllib.request.urlopen("http://%s:%d/" % (HOST, port), timeout=10) as answer:
        text = answer.read().decode()
    assert text.startswith("This is mplog ") and text.count("\n") == 1, text


def exchange(port, request):
    s = socket.create_connection((HOST, port), timeout=10)
    s.sendall(request)
    got = b""
    try:
        while True:
            more = s.recv(65536)
            if not more:
                break
            got += more
    except ConnectionError:
        pass
    return got.split(b"\r\n")[0].decode()


def bad(port):
    cases = [
        (b"POST / HTTP/1.1\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 20000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/3.0\r\n\r\n", 505),
        (b"DELETE / HTTP/1.1\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
         % len(BOMB) + BOMB, 413),
    ]
    for request, status in cases:
        first = exchange(port, request)
        assert first.startswith("HTTP/1.1 %d " % status), (request[:60], first)


BOMB = gzip.compress(bytes(20_000_000))


def half(port):
    """Clients that stop in the middle, and one that does not."""
    waiting = []
    for n in range(20):
        s = socket.create_connection((HOST, port))
        s.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000)
        waiting.append(s)
    send(port, "/", b"healthy", Content_Type="text/plain")
    for s in waiting:
        s.close()


def gone(port):
    """Who does not wait for the answer is heard all the same."""
    for n in range(50):
        s = socket.create_connection((HOST, port))
        body = b"".join(b'{"level":"info","msg":"gone %d.%d"}\n' % (n, i) for i in range(10))
        s.sendall(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        s.close()


def mixed(port):
    """Everything on one port, each connection another way."""
    send(port, "/", b"by http", Content_Type="text/plain")
    for bytes_ in (b"by line\n", b"<14>by syslog\0", b'{"version":"1.1","short_message":'
                   b'"by gelf"}\0', b"12 <14>by count"):
        s = socket.create_connection((HOST, port))
        s.sendall(bytes_)
        s.close()


globals()[sys.argv[1]](int(sys.argv[2]))
