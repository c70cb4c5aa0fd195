"""live_rows: the rows of the bench that take time to pass: live FIFOs, and doing nothing."""
import json
import os
import shutil
import signal
import subprocess
import time

from data import MPLOG, WORK, environment, logs, make_set, tool
from measure import fail, find, target

WRITERS = 8
WINDOW_MS = 250
IDLE_S = float(os.environ.get("BENCH_IDLE", "10"))
TICKS = os.sysconf("SC_CLK_TCK")


def make_fifos(number):
    folder = os.path.join(WORK, "fifos")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    paths = [os.path.join(folder, "w%d" % i) for i in range(number)]
    for path in paths:
        os.mkfifo(path, 0o600)
    return paths


def cpu_ticks(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def cpu_ns(pid):
    """What the scheduler counted, all threads; finer than the ticks of stat."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
            total += int(f.read().split()[0])
    return total


def status_number(pid, name):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    return 0


def wakeups(pid):
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as f:
            total += sum(int(line.split()[1]) for line in f if "_ctxt_switches" in line)
    return total


def end(process):
    """Ends it and says what it used: seconds of processor time."""
    try:
        process.send_signal(signal.SIGTERM)
    except ProcessLookupError:
        pass
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def live_run(argv, rate, count, as_json):
    """Writers -> FIFOs -> argv -> reader. What the reader says, with memory and CPU."""
    fifos = make_fifos(WRITERS)
    err = os.path.join(WORK, "live.err")
    with open(err, "wb") as stderr:
        reader_in, writer_out = os.pipe()
        process = subprocess.Popen(argv + fifos, stdin=subprocess.DEVNULL, stdout=writer_out,
                                   stderr=stderr, env=environment(), cwd=WORK)
        os.close(writer_out)
        reader = subprocess.Popen([tool("live"), "read", str(WRITERS), str(count)],
                                  stdin=reader_in, stdout=subprocess.PIPE)
        os.close(reader_in)
        time.sleep(0.3)
        options = ["-j"] if as_json else []
        writers = subprocess.Popen([tool("live"), "write"] + options +
                                   [str(rate), str(count)] + fifos, stderr=subprocess.DEVNULL)
        said = json.loads(reader.communicate()[0])
        try:
            said["mib"] = status_number(process.pid, "VmHWM") / 1024
        except FileNotFoundError:
            said["mib"] = 0
        said["cpu"] = end(process)
        writers.kill()
        writers.wait()
    with open(err, "rb") as f:
        said["stderr"] = f.read().decode("utf-8", "replace").strip()
    return said


def print_live(name, said):
    lines = max(1, said["come"])
    print("  %-14s %8d lines, %9.0f /s  lost %d  twice %d  disorder %d  p50 %.1f  p99 %.1f  "
          "max %.1f ms  CPU %.2f s a M lines  %.1f MiB" % (
              name, said["come"], said["come"] / max(said["seconds"], 1e-9), said["lost"],
              said["twice"] + said["junk"], said["disorder"], said["p50_ms"], said["p99_ms"],
              said["max_ms"], said["cpu"] / lines * 1e6, said["mib"]), flush=True)
    if said["stderr"]:
        print("    said: " + ascii(said["stderr"][:300]))


def row_l1():
    hl = find("hl")
    for rate, count, title in ((1000, 500, "1,000"), (100000, 50000, "100,000"),
                               (0, 200000, "as many as go")):
        print("\nL1 live, %d FIFOs, %s lines a second, window %d ms; load %.1f" % (
            WRITERS, title, WINDOW_MS, os.getloadavg()[0]))
        said = live_run([MPLOG, "tail", "-n", "all", "-o", "text"], rate, count, False)
        print_live("mplog tail", said)
        if said["lost"] or said["twice"] or said["junk"]:
            fail("L1 %s lines a second: lost %d, twice %d, broken %d" % (
                title, said["lost"], said["twice"], said["junk"]))
        if rate:
            target("L1", "p99 at %s lines/s: < window + 10 ms" % title,
                   said["p99_ms"] < WINDOW_MS + 10, "%.1f ms" % said["p99_ms"])
            target("L1", "order at %s lines/s: none out of order" % title,
                   said["disorder"] == 0, "%d" % said["disorder"])
        if hl:
            said = live_run([hl, "--config", "-", "-F", "--sync-interval-ms", "100", "-P", "-r"],
                            rate, count, True)
            print_live("hl -F", said)


def row_i1():
    print("\nI1 idle: tail on 16 quiet files, and on %d FIFOs whose writers left, %.0f s" % (
        WRITERS, IDLE_S))
    files = logs(make_set("iso", 16, 16000))
    fifos = make_fifos(WRITERS)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
             "env": environment(), "cwd": WORK}
    watched = [("16 files", subprocess.Popen([MPLOG, "tail"] + files, **quiet)),
               ("%d FIFOs" % WRITERS, subprocess.Popen([MPLOG, "tail"] + fifos, **quiet))]
    time.sleep(0.3)
    subprocess.run([tool("live"), "write", "0", "100"] + fifos, check=True)
    time.sleep(2)
    if any(p.poll() is not None for _, p in watched):
        fail("I1: mplog tail ended by itself")
        return
    before = [(cpu_ticks(p.pid), cpu_ns(p.pid), wakeups(p.pid)) for _, p in watched]
    time.sleep(IDLE_S)
    for (name, process), (ticks, ns, woken) in zip(watched, before):
        ticks = cpu_ticks(process.pid) - ticks
        ns, woken = cpu_ns(process.pid) - ns, wakeups(process.pid) - woken
        print("  %-14s %d ticks of %d ms, %.2f ms by the scheduler, %.1f wake-ups a second" % (
            name, ticks, 1000 // TICKS, ns / 1e6, woken / IDLE_S))
        target("I1", "idle, %s: no processor time" % name, ticks == 0,
               "%d ticks, %.2f ms" % (ticks, ns / 1e6))
        end(process)
