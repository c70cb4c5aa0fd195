"""JVM loggers of Debian beside mplog: log4j2 and logback, 4 JVMs a case. By hand, or by `make
senders` where these packages are installed:

	openjdk-17-jdk-headless liblog4j2-java libjackson2-databind-java liblogback-java

	senders_jvm.py MPLOG [CASE...] [--records N]
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

import senders_cell
from senders_cell import IDENTITY, PROCESSES, Cell, Wire

JARS = "/usr/share/java/"
LOG4J = ["log4j-api", "log4j-core", "jackson-core", "jackson-databind", "jackson-annotations"]
LOGBACK = ["slf4j-api", "logback-classic", "logback-core"]
NAMES = ("com.shop.Orders", "com.shop.db.Pool", "Mail")
LEVELS = (10, 20, 30, 40)
TRACEBACK_EVERY = 20
BROKEN = "java.lang.IllegalStateException: broken"
PROGRAM = """
public class Sender {
	public static void main(String[] words) throws Exception {
		int worker = Integer.parseInt(words[0]), count = Integer.parseInt(words[1]);
		String[] names = {"com.shop.Orders", "com.shop.db.Pool", "Mail"};
		for (int seq = 0; seq < count; seq++) {
			LOGGER log = FACTORY.getLogger(names[seq % names.length]);
			String text = "worker=" + worker + " seq=" + seq + " Malm\\u00f6 100% {}";
			if (seq % 20 == 19)
				log.error(text, new IllegalStateException("broken " + seq));
			else if (seq % 4 == 0)
				log.debug(text);
			else if (seq % 4 == 1)
				log.info(text);
			else if (seq % 4 == 2)
				log.warn(text);
			else
				log.error(text);
			if (seq % 10 == 0)
				Thread.sleep(4);
		}
		STOP;
	}
}
"""
KINDS = {
    "log4j2": (LOG4J, {"LOGGER": "org.apache.logging.log4j.Logger",
                       "FACTORY": "org.apache.logging.log4j.LogManager",
                       "STOP": "org.apache.logging.log4j.LogManager.shutdown()"}),
    "logback": (LOGBACK, {"LOGGER": "org.slf4j.Logger", "FACTORY": "org.slf4j.LoggerFactory",
                          "STOP": "((ch.qos.logback.classic.LoggerContext)"
                                  "org.slf4j.LoggerFactory.getILoggerFactory()).stop()"}),
}
LOG4J_CONFIG = """<Configuration status="warn"><Appenders>{appender}</Appenders>
<Loggers><Root level="trace"><AppenderRef ref="a"/></Root></Loggers></Configuration>"""
LOGBACK_CONFIG = """<configuration>{appender}<root level="TRACE"><appender-ref ref="a"/></root></configuration>"""
SOCKET = '<Socket name="a" host="127.0.0.1" port="{port}" protocol="%s">%s</Socket>'
PATTERN = "%d{yyyy-MM-dd HH:mm:ss.SSS} [%t] %-5level %logger - %msg%n%throwable"


def between(source, **more):
    return Wire(source, **{"time": 1000000, "pid": False, "exception": "value", "lossy": source == "udp", **more})


CASES = [
    ("log4j2 gelf tcp", between("tcp"), SOCKET % (
        "tcp", '<GelfLayout host="vm" compressionType="OFF" includeNullDelimiter="true"/>')),
    ("log4j2 gelf udp", between("udp"), SOCKET % (
        "udp", '<GelfLayout host="vm" compressionType="GZIP" compressionThreshold="1"/>')),
    ("log4j2 gelf udp zlib", between("udp"), SOCKET % (
        "udp", '<GelfLayout host="vm" compressionType="ZLIB" compressionThreshold="1"/>')),
    ("log4j2 json tcp", between("tcp"), SOCKET % ("tcp", '<JsonLayout compact="true" eventEol="true"/>')),
    ("log4j2 pattern tcp", between("tcp"), SOCKET % ("tcp", f'<PatternLayout pattern="{PATTERN}"/>')),
    ("log4j2 syslog tcp", between("tcp", module=False, exception=None), '<Syslog name="a" host="127.0.0.1" port="{port}" '
     'protocol="TCP" format="RFC5424" appName="shop" newLine="true" facility="LOCAL0"/>'),
    ("log4j2 syslog udp", between("udp", module=False, exception=None), '<Syslog name="a" host="127.0.0.1" port="{port}" '
     'protocol="UDP" format="RFC5424" appName="shop" facility="LOCAL0"/>'),
    ("logback syslog udp", between("udp", time=10**9, module=False, exception=None),
     '<appender name="a" class="ch.qos.logback.classic.net.SyslogAppender"><syslogHost>127.0.0.1</syslogHost>'
     '<port>{port}</port><facility>LOCAL0</facility><throwableExcluded>true</throwableExcluded>'
     '<suffixPattern>shop: %msg</suffixPattern></appender>'),
]


class Jvm(Cell):
    def __init__(self, program, name, wire, count, appender):
        super().__init__(program, name, wire, count)
        self.appender, self.began = appender, 0

    def send(self, place):
        kind = self.name.split()[0]
        jars, words = KINDS[kind]
        code = PROGRAM
        for word, value in words.items():
            code = code.replace(word, value)
        with open(self.path("Sender.java"), "w", encoding="utf-8") as f:
            f.write(code)
        config = self.path(f"{kind}.xml")
        with open(config, "w", encoding="utf-8") as f:
            f.write((LOG4J_CONFIG if kind == "log4j2" else LOGBACK_CONFIG).format(
                appender=self.appender.replace("{port}", place)))
        option = "log4j2.configurationFile" if kind == "log4j2" else "logback.configurationFile"
        classes = ":".join(f"{JARS}{jar}.jar" for jar in jars)
        subprocess.run(["javac", "-encoding", "UTF-8", "-cp", classes, "-d", self.folder, "Sender.java"],
                       cwd=self.folder, check=True)
        self.began = time.time_ns()
        self.senders(*(["java", "-Xshare:auto", f"-D{option}={config}", "-Dfile.encoding=UTF-8", "-cp",
                        f"{classes}:{self.folder}", "Sender", str(worker), str(self.records)]
                       for worker in range(PROCESSES)))

    def truth(self):
        told, until = {}, time.time_ns()
        for worker in range(PROCESSES):
            for seq in range(self.records):
                broken = seq % TRACEBACK_EVERY == TRACEBACK_EVERY - 1
                message = f"worker={worker} seq={seq} Malmö 100% {{}}"
                told[tuple(map(int, IDENTITY.search(message).groups()))] = {
                    "ns": self.began, "until_ns": until, "pid": 0, "message": message,
                    "level": LEVELS[seq % len(LEVELS)], "module": NAMES[seq % len(NAMES)],
                    "exception": f"{BROKEN} {seq}" if broken else ""}
        return told


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mplog", type=os.path.abspath)
    parser.add_argument("cases", nargs="*", help="the beginning of a name")
    parser.add_argument("--records", type=int, default=1000)
    args = parser.parse_args()
    senders_cell.environment()
    missing = [jar for jar in LOG4J + LOGBACK if not os.path.exists(f"{JARS}{jar}.jar")]
    if missing or not shutil.which("javac"):
        print(f"ok 1 - JVM loggers # skip no {' '.join(missing) or 'javac'}")
        return
    cells = [Jvm(args.mplog, name, wire, args.records, appender) for name, wire, appender in CASES
             if not args.cases or name.startswith(tuple(args.cases))]
    sys.exit(not all(good for _, good in senders_cell.run_cells(cells, 1)))


if __name__ == "__main__":
    main()
