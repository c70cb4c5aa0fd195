"""How each example of docs/senders.md is run, and the records that it must give.

What stands on the page is the set-up; the program that logs with it is added here.
"""
import importlib.util
import os
import shutil
import subprocess
import sys
import time

STDLIB = """
import logging
log = logging.getLogger("shop.db")
log.debug("opened %s", "the pool")
log.warning("took %d ms", 1204, extra={"order": 17})
try:
    1 / 0
except ZeroDivisionError:
    log.exception("lost")
"""
LOGURU = """
logger = logger.bind(order=17)
logger.debug("opened {}", "the pool")
logger.success("paid")
logger.opt(depth=0).warning("took {} ms", 1204)
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("lost")
"""
WORK = """
import logging, multiprocessing
def work(n):
    logging.getLogger("shop.work").info("order %d", n)
if __name__ == "__main__":
    multiprocessing.set_start_method("{}")
"""
WORK_LOGURU = """
import multiprocessing
def work(n):
    logger.info("order {{}}", n)
if __name__ == "__main__":
    multiprocessing.set_start_method("{}")
"""
FAILURES = ("Logging error", "BrokenPipe")  # which no exit status shows
TAKEN = {"level": "WARNING", "message": "took 1204 ms"}
OPENED = {"level": "DEBUG", "message": "opened the pool"}
LOST = {"level": "ERROR", "message": "lost"}
DISK = {"level": "WARNING", "module": "backup", "message": "disk 91 % full"}
DIVISION = {"exception~": "ZeroDivisionError: division by zero"}


def three(module="shop.db", each=None, field=None, exception=DIVISION):
    """The records of STDLIB."""
    name = {"module": module} if module else {}
    each = each or {}
    return [{**OPENED, **name, **each}, {**TAKEN, **name, **each, **(field or {})},
            {**LOST, **name, **each, **exception}]


def four(each=None, field=None, exception=DIVISION, success="SUCCESS"):
    """The records of LOGURU."""
    each = {"module": "__main__", **(each or {}), **(field or {})}
    return [*({**one, **each} for one in (OPENED, TAKEN)), {**LOST, **each, **exception},
            {"message": "paid", "level": success, **each}]


class Case:
    """RUN(listener, block) starts the program; of WANTS each record comes once."""

    def __init__(self, run, wants, needs=None, least=None):
        self.run, self.wants, self.needs = run, wants, needs
        self.least = least or len(wants)

    def available(self):
        if self.needs is None:
            return True
        kind, name = self.needs.split(" ")
        if kind == "module":
            return importlib.util.find_spec(name) is not None
        if kind == "jar":
            return shutil.which("javac") and os.path.exists(f"{JARS}/{name}.jar")
        if kind == "node":
            return shutil.which("node") and finish(["node", "-e", f"require('{name}')"]) == 0
        return shutil.which(name) is not None


def finish(command):
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode


def execute(listener, command, **more):
    done = subprocess.run(command, cwd=listener.folder, env=listener.environ, timeout=30,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, text=True, **more)
    if done.returncode != 0 or any(word in done.stdout for word in FAILURES):
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}")


def python(body, before="", name="app.py"):
    """The block as a program: BEFORE, the block, BODY."""
    def run(listener, block):
        (listener.folder / name).write_text(before + block + body)
        execute(listener, [sys.executable, name])
    return run


def pools(body):
    """The block under each start method."""
    def run(listener, block):
        for method in ("fork", "spawn", "forkserver"):
            name = f"pool_{method}.py"
            (listener.folder / name).write_text(block.replace(
                '\nif __name__', body.format(method) + '\nif __name__'))
            execute(listener, [sys.executable, name])
    return run


def file_config(listener, block):
    (listener.folder / "logging.ini").write_text(block)
    call = 'logging.config.fileConfig("logging.ini", disable_existing_loggers=False)\n'
    python(STDLIB, before=f"import logging.config\n{call}")(listener, "")


def shell(before="", body=""):
    def run(listener, block):
        execute(listener, ["bash", "-c", before + block + body])
    return run


def make_lines(listener, block):
    (listener.folder / "Makefile").write_text("all:\n\t@echo building; echo broken >&2\n")
    shell()(listener, block)


def django(listener, block):
    (listener.folder / "settings.py").write_text(block + 'SECRET_KEY = "x"\n')
    before = 'import django, os\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\ndjango.setup()\n'
    python(STDLIB + 'logging.getLogger("django.request").error("Not Found: /x")\n',
           before=before)(listener, "")


WEB = """
import logging
async def app(scope, receive, send):
    if scope["type"] == "http":
        logging.getLogger("shop.db").warning("took %d ms", 1204)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
"""
WSGI = """
import logging
def app(environ, start_response):
    logging.getLogger("shop.db").warning("took %d ms", 1204)
    start_response("200 OK", [])
    return [b"ok"]
"""


def serve(listener, command):
    """Asks a web server one thing, over a Unix socket in its folder."""
    server = subprocess.Popen(command, cwd=listener.folder, env=listener.environ,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    ask = ["curl", "-sf", "--unix-socket", f"{listener.folder}/web.sock", "http://web/x"]
    try:
        end = time.monotonic() + 15
        while finish(ask) != 0:
            if time.monotonic() > end or server.poll() is not None:
                server.kill()
                raise AssertionError(f"{command}: does not answer\n{server.stdout.read().decode()}")
            time.sleep(0.1)
    finally:
        server.terminate()
        server.wait(10)


def uvicorn(listener, block):
    (listener.folder / "log.json").write_text(block)
    (listener.folder / "app.py").write_text(WEB)
    serve(listener, ["uvicorn", "app:app", "--uds", "web.sock", "--log-config", "log.json"])


def gunicorn(listener, block):
    (listener.folder / "gunicorn.conf.py").write_text(block + 'accesslog = "-"\n')
    (listener.folder / "app.py").write_text(WSGI)
    serve(listener, ["gunicorn", "--bind", "unix:web.sock", "app:app"])


def celery(listener, block):
    python("""
from celery import Celery
from celery.utils.log import get_task_logger
app = Celery("shop", broker="memory://")
@app.task
def work(n):
    get_task_logger("shop.work").warning("order %d", n)
app.log.setup("INFO")
work.apply((17,))
logging.shutdown()
""")(listener, block)


def rsyslog(listener, block):
    folder = listener.folder
    (folder / "rsyslog.conf").write_text(
        f'module(load="imuxsock" SysSock.Use="off")\n'
        f'input(type="imuxsock" Socket="{folder}/log.sock")\n'
        f'global(workDirectory="{folder}")\n{block}')
    daemon = subprocess.Popen(["rsyslogd", "-n", "-f", "rsyslog.conf", "-i", f"{folder}/rsyslog.pid"],
                              cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 10
        while not (folder / "log.sock").exists():
            if time.monotonic() > end or daemon.poll() is not None:
                daemon.kill()
                raise AssertionError(f"rsyslogd: {daemon.stdout.read().decode()}")
            time.sleep(0.02)
        execute(listener, ["logger", "-u", "log.sock", "-p", "user.warning", "-t", "backup", "-i",
                           "disk 91 % full"])
        listener.wait(lambda: b"disk 91" in listener.out.read_bytes(), "nothing from rsyslog")
    finally:
        daemon.terminate()
        daemon.wait(10)


def node(body):
    def run(listener, block):
        (listener.folder / "app.js").write_text(block + body)
        execute(listener, ["node", "app.js"])
    return run


NODE = """
logger.warn({ order: 17 }, 'took 1204 ms')
logger.error(new Error('lost'))
mplog.end()
"""
WINSTON = """
logger.debug('opened the pool')
logger.warn('took 1204 ms', { order: 17 })
logger.on('finish', () => mplog.end())
logger.end()
"""

JARS = "/usr/share/java"
LOG4J2 = """
import org.apache.logging.log4j.*;
public class App {
    public static void main(String[] args) {
        Logger log = LogManager.getLogger("shop.db");
        ThreadContext.put("order", "17");
        log.debug("opened {}", "the pool");
        log.warn("took {} ms", 1204);
        log.error("lost", new RuntimeException("x"));
        LogManager.shutdown();
    }
}
"""
LOGBACK = """
import org.slf4j.*;
public class App {
    public static void main(String[] args) {
        Logger log = LoggerFactory.getLogger("shop.db");
        log.debug("opened {}", "the pool");
        log.warn("took {} ms", 1204);
    }
}
"""


def java(setting, file, program, *jars):
    def run(listener, block):
        (listener.folder / file).write_text(block)
        (listener.folder / "App.java").write_text(program)
        execute(listener, ["java", f"-D{setting}={file}", "-cp",
                           ":".join(f"{JARS}/{jar}.jar" for jar in jars), "App.java"])
    return run


FULL = {"time": ..., "pid": ..., "process": "MainProcess", "thread": "MainThread",
        "function": "<module>", "line": ..., "file~": "app.py"}
ORDER = {"fields.order": 17}
ORDERS = [{"level": "INFO", "module": "shop.work", "message": f"order {n}", "pid": ...}
          for _ in range(3) for n in range(8)]
LOGURU_ORDERS = [{"level": "INFO", "message": f"order {n}", "pid": ...}
                 for _ in range(3) for n in range(8)]

CASES = {
    "socket": Case(python(STDLIB), three(each=FULL, field=ORDER)),
    "socket-unix": Case(python(STDLIB), three(each=FULL, field=ORDER)),
    "datagram": Case(python(STDLIB), three(each=FULL, field=ORDER)),
    "syslog": Case(python(STDLIB), three(each={"time": None, "pid": ...})),
    "http": Case(python(STDLIB), three(each={"time": ..., "pid": ...}, field={"fields.order": "17"},
                                       exception={})),
    "file": Case(python(STDLIB), three(each={"time": ...})),
    "fifo": Case(python(STDLIB), three(each={"time": ...})),
    "queue": Case(python(STDLIB + "listener.stop()\n"), three(each={"time": ..., "pid": ...})),
    "dictconfig": Case(python(STDLIB), three(each=FULL, field=ORDER)),
    "fileconfig": Case(file_config, three(each=FULL, field=ORDER)),
    "loguru-socket": Case(python(LOGURU), four(each={"time": ..., "pid": ...}, field=ORDER),
                          "module loguru"),
    "loguru-json": Case(python(LOGURU), four(each={"time": ..., "pid": ...}, field=ORDER),
                        "module loguru"),
    "loguru-unix": Case(python(LOGURU), four(each={"time": ..., "pid": ...}, field=ORDER),
                        "module loguru"),
    "loguru-fifo": Case(python(LOGURU), four(each={"time": ..., "line": ...}), "module loguru"),
    "structlog": Case(python("""
log = structlog.get_logger(module="shop.db", order=17)
log.debug("opened the pool")
log.warning("took 1204 ms")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("lost")
"""), three(each={"time": ..., **ORDER}), "module structlog"),
    "django": Case(django, [*three(each={"time": ...}, field=ORDER),
                            {"level": "ERROR", "module": "django.request",
                             "message": "Not Found: /x"}], "module django"),
    "uvicorn": Case(uvicorn, [
        {**TAKEN, "module": "shop.db"},
        {"level": "INFO", "module": "uvicorn.access", "message~": '"GET /x HTTP/1.1" 200'}],
        "program uvicorn", least=7),
    "gunicorn": Case(gunicorn, [
        {**TAKEN, "module": "shop.db"},
        {"level": "INFO", "module": "gunicorn.access", "message~": '"GET /x HTTP/1.1" 200'}],
        "program gunicorn", least=6),
    "celery": Case(celery, [{"level": "WARNING", "module": "shop.work", "message": "order 17"}],
                   "module celery"),
    "pool": Case(pools(WORK), ORDERS),
    "pool-loguru": Case(pools(WORK_LOGURU), LOGURU_ORDERS, "module loguru"),
    "send": Case(shell(), [{**DISK, "time": ..., "fields.disk": "sda1"}]),
    "send-lines": Case(make_lines, [{"level": "INFO", "module": "build", "message": message}
                                    for message in ("building", "broken")], "program make"),
    "exec-send": Case(shell(body="echo copied; echo gone >&2\n"),
                      [{"level": "INFO", "module": "backup", "message": message}
                       for message in ("copied", "gone")]),
    "logger": Case(shell(), [{**DISK, "time": ..., "host": ...}], "program logger"),
    "nc": Case(shell(), [{**DISK, "time": None}], "program nc"),
    "dev-tcp": Case(shell(), [{**DISK, "time": None}]),
    "curl": Case(shell(), [{**DISK, "time": None}], "program curl"),
    "pino": Case(node(NODE), [{**TAKEN, "module": "shop.db", "pid": ..., **ORDER},
                              {"level": "ERROR", "module": "shop.db", "message": "lost",
                               "exception~": "Error: lost"}], "node pino"),
    "winston": Case(node(WINSTON), [{**OPENED, "module": "shop.db", "time": ...},
                                    {**TAKEN, "module": "shop.db", **ORDER}], "node winston"),
    "log4j2": Case(java("log4j2.configurationFile", "log4j2.xml", LOG4J2, "log4j-api", "log4j-core"),
                   three(each={"time": ..., "thread": "main", "host": ..., "fields.order": "17"},
                         exception={"exception~": "java.lang.RuntimeException: x"}),
                   "jar log4j-core"),
    "logback": Case(java("logback.configurationFile", "logback.xml", LOGBACK, "logback-classic",
                         "logback-core", "slf4j-api"),
                    three(each={"time": ..., "host": ...})[:2], "jar logback-classic"),
    "rsyslog": Case(rsyslog, [{**DISK, "time": ..., "pid": ..., "host": ...}], "program rsyslogd"),
}
