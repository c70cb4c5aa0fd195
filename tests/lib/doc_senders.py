"""The examples of docs/senders.md, run as they stand there, and what mplog read of them.

	doc_senders.py MPLOG PAGE list		the names of the examples that are run
	doc_senders.py MPLOG PAGE check		every block is run by a case or says why not
	doc_senders.py MPLOG PAGE NAME...	runs these, each against an mplog of its own

An example is the fenced block behind a line <!-- test: NAME -->; NAME is a case of
doc_cases.py. Ports and paths of the page become ones that are free. Status 77: what an
example needs is not installed.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import doc_cases

WITHIN = 20  # seconds for everything to arrive
MARK = re.compile(r"<!-- (test|not run): (.+) -->")


def read_blocks(page):
    """[(kind, name or reason, text)] of the fenced blocks; kind is None where none is said."""
    blocks, mark, text = [], None, None
    for line in page.read_text().splitlines():
        if text is not None:
            if line == "```":
                blocks.append((*(mark or (None, None)), "\n".join(text) + "\n"))
                mark, text = None, None
            else:
                text.append(line)
        elif line.startswith("```"):
            text = []
        elif found := MARK.fullmatch(line):
            mark = found.groups()
        elif line:
            mark = None
    return blocks


class Listener:
    """An mplog tail that listens on everything, in a folder of its own."""

    def __init__(self, mplog, folder):
        self.folder, self.mplog = folder, mplog
        # What make says to its own children would have a make of the page say more.
        kept = {name: value for name, value in os.environ.items()
                if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        self.environ = {**kept, "XDG_RUNTIME_DIR": str(folder), "TZ": "UTC",
                        "HOME": str(folder), "PATH": f"{folder}/bin:{os.environ['PATH']}"}
        self.environ.pop("MPLOG_SOCKET", None)
        (folder / "bin").mkdir()
        (folder / "bin/mplog").symlink_to(pathlib.Path(mplog).resolve())
        self.out, self.err = folder / "mplog.out", folder / "mplog.err"
        self.file = folder / "app.log"
        self.file.touch()

    def start(self):
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [self.mplog, "tail", "tcp:0", "udp:0", "unix:mplog.sock", "fifo:app.fifo", "app.log",
                 "--window", "50", "-o", "json"], cwd=self.folder, env=self.environ,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.wait(lambda: "unix:mplog.sock" in self.err.read_text(), "mplog does not listen")
        said = self.err.read_text()
        self.tcp = re.search(r"tcp:127.0.0.1:(\d+)", said)[1]
        self.udp = re.search(r"udp:127.0.0.1:(\d+)", said)[1]

    def wait(self, done, what):
        end = time.monotonic() + WITHIN
        while not done():
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"{what}\n{self.err.read_text()}{self.out.read_text()}")
            time.sleep(0.02)

    def fill(self, text):
        """TEXT with the ports and paths of this mplog."""
        for old, new in (("9020", self.tcp), ("9021", self.udp),
                         ("/run/user/1000/mplog.sock", f"{self.folder}/mplog.sock"),
                         ("/tmp/app.fifo", f"{self.folder}/app.fifo")):
            text = text.replace(old, new)
        return text

    def records(self, count):
        """COUNT records, and all that came with them."""
        self.wait(lambda: self.out.read_bytes().count(b"\n") >= count, f"no {count} records")
        self.stop()
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        if self.process.wait(10) != 0:
            raise AssertionError(f"mplog: status {self.process.returncode}\n{self.err.read_text()}")


def difference(record, want):
    """What of WANT is not so in RECORD. Names with ~ are looked for in the value; None is nothing."""
    for name, value in want.items():
        key, inside = name.rstrip("~"), name.endswith("~")
        got = record
        for part in key.split(".", 1):
            got = got.get(part) if isinstance(got, dict) else None
        if value is ...:
            good = got is not None
        else:
            good = value in (got or "") if inside else got == value
        if not good:
            return f"{key}: {got!r} is not {value!r}"
    return None


def compare(records, wants):
    """Every record that is wanted is there once; no others of the same modules."""
    left = list(records)
    for want in wants:
        same = [r for r in left if all(r.get(k) == want[k] for k in ("module", "message") if k in want)
                and ("message~" not in want or want["message~"] in r["message"])]
        if not same:
            return f"missing: {want}"
        if wrong := difference(same[0], want):
            return f"{wrong}\n  in {same[0]}"
        left.remove(same[0])
    modules = {want.get("module") for want in wants}
    more = [r for r in left if r.get("module") in modules]
    return f"more than there should be: {more[0]}" if more else None


def run(mplog, name, block):
    case = doc_cases.CASES[name]
    if not case.available():
        print(f"# {name}: {case.needs} is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="mplog-doc-") as folder:
        listener = Listener(mplog, pathlib.Path(folder))
        listener.start()
        try:
            case.run(listener, listener.fill(block))
            wrong = compare(listener.records(case.least), case.wants)
        except (AssertionError, subprocess.SubprocessError) as failure:
            wrong = str(failure)
        finally:
            listener.process.kill()
            listener.process.wait()
        if wrong:
            print(f"{name}: {wrong}\n{listener.err.read_text()}{listener.out.read_text()[-1500:]}")
    return 1 if wrong else 0


def anchor(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def check(blocks, page):
    anchors = {anchor(line.lstrip("# ")) for line in page.splitlines() if line.startswith("#")}
    links = set(re.findall(r"\]\(#([^)]*)\)", page))
    wrong = [f"neither a test nor a reason: {text[:60]!r}" for kind, _, text in blocks if kind is None]
    names = [name for kind, name, _ in blocks if kind == "test"]
    wrong += [f"no case: {name}" for name in names if name not in doc_cases.CASES]
    wrong += [f"no example: {name}" for name in doc_cases.CASES if name not in names]
    wrong += [f"twice: {name}" for name in set(names) if names.count(name) > 1]
    wrong += [f"no heading: {link}" for link in links - anchors]
    print("\n".join(wrong))
    return 1 if wrong else 0


def main():
    mplog, page, *names = sys.argv[1:]
    blocks = read_blocks(pathlib.Path(page))
    texts = {name: text for kind, name, text in blocks if kind == "test"}
    if names == ["list"]:
        print("\n".join(texts))
        return 0
    if names == ["check"]:
        return check(blocks, pathlib.Path(page).read_text())
    results = [run(mplog, name, texts[name]) for name in names]
    return 1 if 1 in results else max(results)


if __name__ == "__main__":
    sys.exit(main())
