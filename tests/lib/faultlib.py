"""Bytes that no logger should write, and what must become of them.

	faultlib.py bytes MPLOG		whatever comes in comes out as it is
	faultlib.py escapes MPLOG	no control sequence gets out of a record to a terminal
	faultlib.py names MPLOG		nor out of a name, a pattern or an option
	faultlib.py cuts MPLOG		pieces of records that are too long are those records
	faultlib.py pieces MIB <JSON	the pieces of a long line, as JSON
	faultlib.py outputs MPLOG	JSON, CSV and logfmt of anything can be read

The corpus is made with a fixed seed: a failure comes again.
"""
import csv
import io
import json
import os
import random
import re
import subprocess
import sys

HEAD = b"2026-11-20 14:00:00.120 | INFO     | app:main:1 - "
SGR = re.compile(rb"\x1b\[[0-9;]*m")
HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
                    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
SCALE = 10 if os.environ.get("SANITIZED") else 1
faults = []


def fault(message):
    faults.append(message)


def run(program, *arguments, data=None):
    return subprocess.run([program, *arguments], input=b"" if data is None else data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)


def evil():
    """Pieces of text that a terminal would obey, hide, or choke on."""
    hidden = [0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, *range(0x2028, 0x202f), 0x2060, 0x2064,
              *range(0x2066, 0x2070), 0xfeff, 0xfff9, 0xfffb, 0xe0001, 0xe0041, 0xe007f]
    return ([bytes([c]) for c in [*range(10), *range(11, 32), 127, *range(128, 256)]]
            + [chr(c).encode() for c in [*range(0x80, 0xa0), *hidden]]
            + [b"\x1b]0;title\x07", b"\x1b]0;no end", b"\x1b[2J", b"\x1b[31mred\x1b[0m", b"\x1b[8mhid",
               b"\x1bP+q\x1b\\", b"\x1b[31", b"\x1b", b"\x9b2J", b"\xc2\x9b2J", b"\xed\xa0\x80",
               b"\xc0\x9b", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x80", b"\b\b", b"\r"])


def evil_lines():
    """The same in every place of every format; JSON also has them as escapes."""
    lines = []
    for e in evil():
        lines += [
            HEAD + b"a" + e + b"b",
            b"2026-11-20 14:00:00.120 | IN" + e + b"FO     | a" + e + b"pp:ma" + e + b"in:1 - a",
            b"2026-11-20 14:00:00,120 - a" + e + b"pp - INFO - hi",
            b"WARNING:ro" + e + b"ot:x",
            b'{"level":"in' + e + b'fo","logger":"a' + e + b'","ke' + e + b'y":"v' + e + b'","msg":"m'
            + e + b'"}',
            b"level=info a" + e + b"b=c" + e + b'd msg="x' + e + b'"',
            e + b"raw",
            b"  more" + e]
    for code in [*range(32), 127, *range(128, 160), 0x200b, 0x202e, 0xfeff, 0xd800, 0xdc9b]:
        lines.append(b'{"level":"in@fo","logger":"a@","k@y":"v@","n":{"a@":"@"},"msg":"m@","exception":'
                     b'"e@@"}'.replace(b"@", b"\\u%04x" % code))
    return lines


def corpus():
    """Name to bytes."""
    chance = random.Random(1)
    lines = [HEAD + b"m\n", b'{"level":"info","msg":"x"}\n', b"level=info msg=hi\n", b"WARNING:root:foo\n",
             b"Traceback (most recent call last):\n", b'  File "x"\n', b"ValueError: x\n", b"\n", b"\xff\xfe\n"]
    return {
        "nothing": b"", "newline": b"\n", "newlines": b"\n\n\n", "unended": b"abc",
        "unended head": HEAD + b"x", "CRLF": HEAD + b"a\r\n" + HEAD + b"b\r\nTraceback\r\n",
        "unended CRLF": HEAD + b"a\r\n" + HEAD + b"b\r", "CR": b"a\rb\rc\r", "NUL": b"\0",
        "NULs": b"\0" * 5000 + b"\n" + HEAD + b"a\0b\n", "BOM": b"\xef\xbb\xbf" + HEAD + b"a\n",
        "only a BOM": b"\xef\xbb\xbf", "UTF-16": "2026-11-20 14:00:00 INFO hello\nfoo\n".encode("utf-16"),
        "not UTF-8": b"\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82\n" * 50,
        "junk": bytes(chance.randrange(256) for _ in range(300000 // SCALE)),
        "punctuation": bytes(chance.choice(b'\0\n\r\x1b\x80\xff{}[]"\\ a0:-|=') for _ in range(200000 // SCALE)),
        "formats": b"".join(chance.choice(lines) for _ in range(50000 // SCALE)),
        "evil": b"\n".join(evil_lines()),
    }


def check_bytes(program):
    options = [[], ["-g", ""], ["--unknown", "keep", "-l", "trace"], ["--order", "arrival"],
               ["--order", "exact"], ["-e", "time or not time"], ["--max-record", "1K"],
               ["-C", "1", "-g", ""], ["--max-record", "1K", "-C", "1", "-g", ""], ["--raw"]]
    for name, data in corpus().items():
        with open("bytes.log", "wb") as log:
            log.write(data)
        want = data if data.endswith(b"\n") or not data else data + b"\n"
        for option in options:
            for way, result in (
                    ("a file", run(program, "filter", *option, "bytes.log")),
                    ("stdin", run(program, "filter", *option, data=data)),
                    ("tail", run(program, "tail", "--no-follow", "-n", "all", *option, "bytes.log"))):
                if result.stdout != want or result.stderr or result.returncode:
                    at = len(os.path.commonprefix([result.stdout, want]))
                    fault(f"{name} from {way} {option}: status {result.returncode}, {result.stderr!r}, at "
                          f"{at}: {result.stdout[at:at + 40]!r}, not {want[at:at + 40]!r}")


def clean(data, colors=False):
    """What is in DATA that a terminal must not get, or None."""
    if colors:
        data = SGR.sub(b"", data)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return f"no UTF-8: {data[max(error.start - 30, 0):error.start + 30]!r}"
    found = HIDDEN.search(text)
    return found and f"{text[max(found.start() - 30, 0):found.start() + 30]!r}"


def evil_name():
    os.makedirs("evil", exist_ok=True)
    return b"evil/a\x1b]0;x\x07\nb\xff\xe2\x80\xae.log"


def check_escapes(program):
    name = evil_name()
    junk = random.Random(3)
    with open(name, "wb") as log:
        log.write(b"\n".join(evil_lines()) + b"\n" + bytes(junk.randrange(256) for _ in range(50000)))
    outputs = [[], ["-o", "pretty"], ["-o", "json"], ["-o", "logfmt"], ["-o", "csv"],
               ["-o", "{time} {level} {letter} {source} {module} {message} {key} {exception} {text}"],
               ["-o", "pretty", "--show", "function,file,line,pid,process,thread,host,exception,message"]]
    styles = [["--escape", "always"], ["--color", "always"], ["--color", "always", "--time", "raw"],
              ["--escape", "always", "--prefix", "always", "--time", "iso"]]
    for output in outputs:
        for style in styles:
            result = run(program, "filter", *output, *style, name)
            found = clean(result.stdout, "--color" in style)
            if found or result.stderr or result.returncode or not result.stdout:
                fault(f"{output} {style}: status {result.returncode}, {result.stderr[:200]!r}, {found}")


def check_names(program):
    name, bad = evil_name(), b"\x1b[2J\x1b]0;x\x07\r\x9b\xff\xe2\x80\xae"
    for arguments in (
            ["filter", name], ["filter", b"x=" + name], ["filter", b"fifo:/nowhere/" + bad],
            ["filter", bad + b"*"], ["tail", b"tcp:" + bad], ["tail", b"tcp:" + bad + b":9"],
            ["tail", b"unix:/nowhere/" + bad], ["tail", b"xyz://" + bad], [bad], ["help", bad],
            ["filter", b"--" + bad], ["filter", b"-" + bad], ["filter", "-g", b"(" + bad],
            ["filter", "-m", b"*" + bad], ["filter", "-e", b"x " + bad], ["filter", "-e", b"x ~ /" + bad],
            ["filter", "-l", bad], ["filter", "--since", bad], ["filter", "--tz", bad],
            ["filter", "-o", b"{" + bad], ["filter", "-o", bad], ["filter", "--head", bad],
            ["filter", "--color", bad], ["filter", "--max-record", bad], ["completions", bad]):
        result = run(program, *arguments)
        found = clean(result.stderr)
        if found or result.returncode not in (1, 2) or not result.stderr.startswith(b"mplog: "):
            fault(f"{arguments}: status {result.returncode}, {found}, {result.stderr!r}")


def check_cuts(program):
    """Records around the limit and its multiples, alone and among others."""
    chance = random.Random(2)
    data = b"".join(
        HEAD + b"x" * (1024 * times + more - len(HEAD)) + (b"\n" + b"y" * chance.randrange(3000)) * more_lines
        + b"\n" + HEAD + b"z\n"
        for times in (1, 2, 3) for more in (-2, -1, 0, 1, 2) for more_lines in (0, 1, 2))
    want = data.count(HEAD)
    with open("cuts.log", "wb") as log:
        log.write(data)
    for way in (["cuts.log"], []):
        piped = None if way else data
        whole = run(program, "filter", "--max-record", "1K", *way, data=piped)
        if whole.stdout != data or whole.stderr:
            fault(f"{way}: not the same bytes")
        rows = [json.loads(row) for row in run(
            program, "filter", "--max-record", "1K", "-o", "json", *way, data=piped).stdout.splitlines()]
        pieces, length = [], 0
        for row in rows:
            length = length + 1 if pieces and pieces[-1].get("cut") else 0
            pieces.append(row)
            if len(row["message"]) > 1024:
                fault(f"{way}: a piece of {len(row['message'])} bytes")
        if sum(not row.get("cut") for row in rows) != want:
            fault(f"{way}: {sum(not row.get('cut') for row in rows)} records, not {want}")
        if run(program, "filter", "--max-record", "1K", "-c", *way, data=piped).stdout != b"%d\n" % want:
            fault(f"{way}: not counted as {want}")
        picked = run(program, "filter", "--max-record", "1K", "-g", "z$", *way, data=piped).stdout
        if picked != (HEAD + b"z\n") * (want // 2):
            fault(f"{way}: {picked[:200]!r} does not match z$")


def check_pieces(mib):
    rows = [json.loads(row) for row in sys.stdin.buffer]
    text = "".join(row["message"] for row in rows[:-1])
    if text.replace("\n", "") != "hello" + "x" * (int(mib) << 20) or rows[-1]["message"] != "hello":
        fault("the pieces are not the line")
    if not all(row.get("cut") for row in rows[:-2]) or rows[-2].get("cut") or rows[-1].get("cut"):
        fault("not the pieces are flagged that another one follows")


def junk_records():
    chance = random.Random(5)
    bits = [HEAD, b'{"a":1}\n', b'{"a":1', b"[", b'"', b"\\", b"\n", b'level=info msg="a\\"b" c=d\n', b"\xff",
            b"Traceback (most recent call last):\n", b'  File "x"\n', b"ValueError\n", b"\0", b"\r", b"\t",
            b'{"level":"error","msg":"\\ud800","n":1e999,"m":-0,"x":NaN,"t":[1,{"q":null}],"e":{}}\n', b"1",
            b'{"a":' * 70 + b"\n", b'{"msg":"x","a":1,"a":2,"":3}\n', b'{"level":3,"time":1e30,"msg":5}\n',
            b'{"level":null,"time":null,"msg":null,"x":"\x01"}\n', "é".encode(), b"\xe2\x82"]
    return b"\n".join(evil_lines()) + b"\n" + b"".join(
        chance.choice(bits) if chance.random() < 0.7
        else bytes(chance.randrange(256) for _ in range(chance.randrange(20)))
        for _ in range(40000 // SCALE))


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def unique(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError(f"a name comes twice: {pairs}")
    return dict(pairs)


def check_json(program, count):
    for option in ([], ["--show", "level,foo"], ["--hide", "message"], ["--time", "epoch"], ["--time", "raw"],
                   ["--color", "always"], ["--escape", "always"], ["--escape", "never"]):
        rows = run(program, "filter", "-o", "json", *option, "junk.log").stdout.split(b"\n")
        if len(rows) != count + 1:
            fault(f"json {option}: {len(rows) - 1} rows, not {count}")
        for row in rows[:-1]:
            try:
                pairs = json.loads(row.decode(), parse_constant=no_constant, object_pairs_hook=unique)
            except ValueError as error:
                fault(f"json {option}: {error}: {row[:200]!r}")
                break
            missing = {"time", "level", "source", "format", "message"} - pairs.keys()
            if missing and not option:
                fault(f"json: no {missing}: {row[:200]!r}")


def check_csv(program, count):
    for option, names in (([], "time level source module message exception"),
                          (["--show", "time,level,msg,nope,text"], "time level msg nope text")):
        text = run(program, "filter", "-o", "csv", *option, "junk.log").stdout
        rows = list(csv.reader(io.StringIO(text.decode(errors="surrogateescape"), newline=""), strict=True))
        if rows[0] != names.split() or len(rows) != count + 1 or {len(row) for row in rows} != {len(rows[0])}:
            fault(f"csv {option}: {len(rows)} rows of {({len(row) for row in rows})}, {rows[0]}")


def check_logfmt(program, count):
    pair = re.compile(r'([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"=]*)(?: |$)')
    rows = run(program, "filter", "-o", "logfmt", "junk.log").stdout.decode().split("\n")
    if len(rows) != count + 1:
        fault(f"logfmt: {len(rows) - 1} rows, not {count}")
    for row in rows[:-1]:
        at = 0
        while at < len(row):
            match = pair.match(row, at)
            if not match:
                fault(f"logfmt: {row[at:at + 100]!r}")
                return
            at = match.end()


def check_outputs(program):
    with open("junk.log", "wb") as log:
        log.write(junk_records())
    count = int(run(program, "filter", "-c", "junk.log").stdout)
    check_json(program, count)
    check_csv(program, count)
    check_logfmt(program, count)


CHECKS = {"bytes": check_bytes, "escapes": check_escapes, "names": check_names, "cuts": check_cuts,
          "pieces": check_pieces, "outputs": check_outputs}

if __name__ == "__main__":
    CHECKS[sys.argv[1]](sys.argv[2])
    for line in faults[:10]:
        print(line)
    sys.exit(1 if faults else 0)
