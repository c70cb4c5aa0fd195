"""measure: running tools by turns, what they took, and tables of it.

A Tool is one command line over one set of files; a table is several of them that do the
same work, mplog first. Each is run RUNS times, by turns and each round in another order,
so that a slow spell of the machine falls on all.
"""
import hashlib
import json
import os
import shutil
import statistics
import subprocess

from data import WORK, environment, tool

RUNS = int(os.environ.get("RUNS", "5"))
SLOW_RUNS = min(RUNS, 2)
failures = []
targets = []


class Tool:
    """One command line. right: what must come out, ("md5", hex) or ("lines", number)."""

    def __init__(self, name, argv, size, right=None, slow=False, before=None):
        self.name, self.argv, self.size, self.right = name, argv, size, right
        self.slow, self.before = slow, before
        self.runs, self.verdict = [], "-"

    def rate(self, pick):
        return self.size / pick(r["wall"] for r in self.runs) / 1e9


def run_env():
    return dict(environment(), LC_ALL="C")


def find(name):
    """The path of a peer, or None."""
    path = os.environ.get("PATH", "") + ":/opt/peers/bin"
    return shutil.which(name, path=path)


def once(argv, mode, times=1):
    """Runs it with stdout to "null", through a "pipe" to cat, or into a "file"."""
    report = os.path.join(WORK, "report")
    command = [tool("timed"), "-n", str(times), report] + argv
    settings = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": run_env(),
                "cwd": WORK}
    if mode == "pipe":
        with subprocess.Popen(command, stdout=subprocess.PIPE, **settings) as p:
            with subprocess.Popen(["cat"], stdin=p.stdout, stdout=subprocess.DEVNULL):
                p.stdout.close()
                p.wait()
    elif mode == "file":
        path = "/dev/shm/mplog-bench-%d" % os.getpid()
        if not os.access("/dev/shm", os.W_OK):
            path = os.path.join(WORK, "out")
        with open(path, "wb") as out:
            subprocess.run(command, stdout=out, check=False, **settings)
        os.unlink(path)
    else:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, **settings)
    with open(report) as f:
        return json.load(f)


def digest(argv):
    """What the command writes: md5 and number of lines."""
    md5, lines = hashlib.md5(), 0
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, env=run_env(), cwd=WORK) as p:
        while block := p.stdout.read(1 << 20):
            md5.update(block)
            lines += block.count(b"\n")
    return {"md5": md5.hexdigest(), "lines": lines}


def judge(t):
    if t.right is None:
        return
    if t.before:
        t.before()
    come = digest(t.argv)
    t.verdict = "yes" if come[t.right[0]] == t.right[1] else "no"
    if t.verdict == "no" and t.right[0] == "lines":
        t.verdict = "no, %d of %d" % (come["lines"], t.right[1])


def measure(tools, mode):
    for t in tools:
        judge(t)
    for i in range(RUNS):
        turn = i % len(tools)
        for t in tools[turn:] + tools[:turn]:
            if t.slow and i >= SLOW_RUNS:
                continue
            if t.before:
                t.before()
            t.runs.append(once(t.argv, mode))


def best_of(t, key, pick=statistics.median):
    return pick(r[key] for r in t.runs)


def print_tools(tools):
    ours = tools[0]
    print("  %-26s %8s %8s %7s %7s %6s %7s %16s  %s" % (
        "tool", "min s", "median", "user", "sys", "MiB", "GB/s", "mplog is (best)", "right"))
    for t in tools:
        ratio = ""
        if t is not ours:
            ratio = "%.2fx (%.2fx)" % (ours.rate(statistics.median) / t.rate(statistics.median),
                                       ours.rate(min) / t.rate(min))
        print("  %-26s %8.3f %8.3f %7.3f %7.3f %6.1f %7.3f %16s  %s" % (
            t.name + ("~" if t.slow else ""), best_of(t, "wall", min), best_of(t, "wall"),
            best_of(t, "user"), best_of(t, "sys"), best_of(t, "rss_kib", max) / 1024,
            t.rate(statistics.median), ratio, t.verdict), flush=True)


def fail(what):
    failures.append(what)
    print("  FAIL: " + what, flush=True)


def target(row, what, good, value):
    targets.append((row, what, good, value))
    print("  target %s: %s (%s)" % (what, "yes" if good else "NO", value), flush=True)


def table(row, title, mode, tools, wanted=()):
    """Measures and prints one table; WANTED is [(factor, name of a peer)]."""
    ours = tools[0]
    print("\n%s %s -> %s, %.1f MB" % (row, title, mode, ours.size / 1e6))
    measure(tools, mode)
    print_tools(tools)
    if ours.verdict != "yes" or any(r["status"] for r in ours.runs):
        fail("%s %s: what mplog wrote is not right" % (row, title))
    for factor, name in wanted:
        for t in tools[1:]:
            if t.name == name:
                ratio = ours.rate(statistics.median) / t.rate(statistics.median)
                target(row, "%s -> %s: >= %gx %s" % (title, mode, factor, name),
                       ratio >= factor, "%.2fx" % ratio)
    return ours
