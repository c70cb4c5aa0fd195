"""data: the helper programs and the generated log files of bench and verify.

Everything lives under BUILD/bench: gen, live and timed are compiled when their source is
newer; a set of files is made once and used again while gen is the same.
"""
import glob
import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
WORK = os.path.join(BUILD, "bench")
MPLOG = os.path.abspath(os.environ.get("MPLOG", os.path.join(BUILD, "mplog")))
ORACLE = [sys.executable, os.path.join(HERE, "oracle.py")]
PARTS = {"gen": ["gen.c", "layout.c", "layout.h"], "live": ["live.c"], "timed": ["timed.c"],
         "ingest": ["ingest.c"]}


def environment():
    """UTC, bytes for letters, and nothing of the user's own settings."""
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", HOME=os.path.join(WORK, "home"))
    env["XDG_CONFIG_HOME"] = os.path.join(WORK, "home", "config")
    env["XDG_RUNTIME_DIR"] = os.path.join(WORK, "home")
    return env


def tool(name):
    """The path of a helper program, compiled if need be."""
    sources = [os.path.join(HERE, part) for part in PARTS[name]]
    path = os.path.join(WORK, name)
    newest = max(os.path.getmtime(part) for part in sources)
    os.makedirs(os.path.join(WORK, "home"), exist_ok=True)
    if not os.path.exists(path) or os.path.getmtime(path) < newest:
        command = os.environ.get("CC", "cc").split()
        command += ["-std=c17", "-D_GNU_SOURCE", "-O2", "-o", path]
        command += [part for part in sources if part.endswith(".c")]
        subprocess.run(command, check=True)
    return path


def make_set(form, sources, records, seed=42, run=1, merged=False):
    """The folder of a generated set, made if need be."""
    name = "%s-%d-%d-%d-%d%s" % (form, sources, records, seed, run, "-m" if merged else "")
    folder = os.path.join(WORK, "data", name)
    stamp = os.path.join(folder, ".made")
    version = hashlib.sha256()
    for part in PARTS["gen"]:
        with open(os.path.join(HERE, part), "rb") as f:
            version.update(f.read())
    version = version.hexdigest()
    if os.path.exists(stamp) and open(stamp).read() == version:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    command = [tool("gen"), form, sources, records, seed, run, folder]
    subprocess.run([str(c) for c in command] + (["merged"] if merged else []), check=True)
    with open(stamp, "w") as f:
        f.write(version)
    return folder


def logs(folder):
    return sorted(glob.glob(os.path.join(folder, "*.log")))
