#!/usr/bin/env bats
# What real programs send by syslog: logger(1), Python's SysLogHandler and rsyslogd, over every
# transport that they have. A line is LEVEL|HOST|MODULE|PID|MESSAGE of one record.

load lib/live.bash

host=$(hostname)
layout='{level}|{host}|{module}|{pid}|{message}{exception}|'

setup() {
	cd "$BATS_TEST_TMPDIR"
	others=
}

teardown() {
	end_all
}

# listen SOURCE...: mplog listens; the ports it has are in $tcp and $udp
listen() {
	begin tail -n 0 -o "$layout" "$@"
	eventually ready $#
	tcp=$(sed -n 's/.*listening on tcp:127.*://p' err | head -n 1)
	udp=$(sed -n 's/.*listening on udp:127.*://p' err | head -n 1)
}

ready() {
	[ "$(grep -c 'listening on' err)" -ge "$1" ]
}

# has LINE...: the output is these records, in any order
has() {
	eventually enough $#
	end
	printf '%s\n' "$@" | sort >want
	tr '\n' ' ' <out | sed 's/| \(\([A-Z]*\||-|\)|\)/|\n\1/g; s/ $//' | sed 's/$//' >/dev/null
	sort out | diff want -
}

enough() {
	[ "$(grep -c '|$' out)" -ge "$1" ]
}

@test "logger over UDP and TCP, by both RFCs" {
	command -v logger >/dev/null || skip "no logger"
	listen tcp:127.0.0.1:0 udp:127.0.0.1:0
	logger -n 127.0.0.1 -P "$udp" -d --rfc3164 -t app --id=71 -p user.err one
	logger -n 127.0.0.1 -P "$udp" -d --rfc5424 -t app --id=72 -p local0.warning two
	logger -n 127.0.0.1 -P "$tcp" -T --rfc3164 -t app --id=73 -p daemon.debug three
	logger -n 127.0.0.1 -P "$tcp" -T --rfc5424 -t app --id=74 -p cron.crit four
	logger -n 127.0.0.1 -P "$tcp" -T --octet-count --rfc5424 -t app --id=75 -p auth.emerg five
	logger -n 127.0.0.1 -P "$tcp" -T --octet-count --rfc3164 -t app --id=76 -p news.alert six
	logger -n 127.0.0.1 -P "$udp" -d --rfc5424=notime,nohost -t app --id=77 -p user.info seven
	printf 'eight\nnine\n' | logger -n 127.0.0.1 -P "$tcp" -T --octet-count -t app --id=78
	has "ERROR|$host|app|71|one|" "WARNING|$host|app|72|two|" "DEBUG|$host|app|73|three|" \
		"CRITICAL|$host|app|74|four|" "EMERGENCY|$host|app|75|five|" \
		"ALERT|$host|app|76|six|" "INFO||app|77|seven|" \
		"NOTICE|$host|app|78|eight|" "NOTICE|$host|app|78|nine|"
}

@test "logger to a Unix socket" {
	command -v logger >/dev/null || skip "no logger"
	listen unixgram:log
	logger -u log -t app --id=71 -p user.notice local
	logger -u log -t app -p user.err no pid
	has "NOTICE||app|71|local|" "ERROR||app||no pid|"
}

@test "logger: structured data" {
	command -v logger >/dev/null || skip "no logger"
	layout='{level}|{fields.msgid}|{fields.x@1.name}|{fields.timeQuality.tzKnown}|{message}|'
	listen udp:127.0.0.1:0
	logger -n 127.0.0.1 -P "$udp" -d --rfc5424 --msgid ID7 --sd-id x@1 \
		--sd-param 'name="a \"b\" \] c"' -t app text
	has 'NOTICE|ID7|a "b" ] c|1|text|'
}

@test "Python's SysLogHandler over every transport" {
	listen tcp:127.0.0.1:0 udp:127.0.0.1:0 unix:stream unixgram:dgram
	"$python" - "$tcp" "$udp" <<'PY'
import logging, logging.handlers, socket, sys

Handler = logging.handlers.SysLogHandler
tcp, udp = (("127.0.0.1", int(port)) for port in sys.argv[1:])
targets = {
    "udp": Handler(udp),
    "tcp": Handler(tcp, socktype=socket.SOCK_STREAM),
    "dgram": Handler("dgram"),
    "stream": Handler("stream", socktype=socket.SOCK_STREAM),
}
for name, handler in targets.items():
    log = logging.getLogger(name)
    log.setLevel("DEBUG")
    log.addHandler(handler)
    handler.ident = name + ": "
    log.warning("plain")
    log.debug("two\nlines")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
    handler.ident = ""
    log.critical("no tag")
    handler.append_nul = False
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s.x: %(message)s"))
    log.info("formatted")
    handler.close()
PY
	eventually shows 4 formatted
	end
	for name in udp tcp dgram stream; do
		grep -qxF "WARNING||$name||plain|" out
		grep -qxF "DEBUG||$name||two" out
		grep -qxF "ERROR||$name||failedTraceback (most recent call last):" out
		grep -qxF "INFO||$name.x||formatted|" out
	done
	[ "$(grep -cxF 'CRITICAL||||no tag|' out)" -eq 4 ]
	[ "$(grep -cxF 'lines|' out)" -eq 4 ]
	[ "$(grep -cxF 'ZeroDivisionError: division by zero|' out)" -eq 4 ]
	[ "$(grep -c '^[A-Z]*|' out)" -eq 20 ]
}

@test "Loguru through SysLogHandler" {
	"$python" -c 'import loguru' 2>/dev/null || skip "no Loguru"
	layout='{level}|{module}|{function}|{fields.syslog.tag}|{message}|'
	listen udp:127.0.0.1:0
	"$python" - "$udp" <<'PY'
import logging.handlers, sys
from loguru import logger

logger.remove()
handler = logging.handlers.SysLogHandler(("127.0.0.1", int(sys.argv[1])))
handler.ident = "app: "
logger.add(handler)
logger.success("done")
logger.bind(a=1).trace("no level of Python's")
logger.remove()
logger.add(handler, level="TRACE", serialize=True, format="{message}")
logger.trace("as JSON")
PY
	has 'SUCCESS|__main__|<module>|app|done|' 'TRACE|__main__|<module>|app|as JSON|'
}

# relay ACTION...: rsyslogd listens on the socket "in" and does these
relay() {
	command -v rsyslogd >/dev/null || skip "no rsyslogd"
	{
		echo 'module(load="imuxsock" SysSock.Use="off")'
		echo 'input(type="imuxsock" Socket="'"$PWD"'/in")'
		printf '%s\n' "$@"
	} >rsyslog.conf
	rsyslogd -n -f "$PWD/rsyslog.conf" -i "$PWD/rsyslog.pid" >rsyslog.out 2>&1 3>&- &
	others="$others $!"
	daemon=$!
	eventually test -S in
}

# relayed: what rsyslogd passes on of these
relayed() {
	logger -u in -t app --id=71 -p user.err one
	logger -u in -t app -p local3.debug "two: with a colon"
	"$python" - <<'PY'
import logging, logging.handlers
handler = logging.handlers.SysLogHandler("in")
handler.ident = "py: "
logging.getLogger().addHandler(handler)
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("failed")
logging.warning('{"level": "critical", "logger": "l", "msg": "json"}')
PY
}

relayed_is() {
	eventually shows 1 json
	end
	kill "$daemon"
	grep -qxF "ERROR|$host|app|71|one|" out
	grep -qxF "DEBUG|$host|app||two: with a colon|" out
	grep -qxF "ERROR|$host|py||failedTraceback (most recent call last):" out
	grep -qxF "ZeroDivisionError: division by zero|" out
	grep -qxF "CRITICAL|$host|l||json|" out
}

@test "rsyslogd forwards over UDP" {
	listen udp:127.0.0.1:0
	relay "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"$udp\" protocol=\"udp\")"
	relayed
	relayed_is
}

@test "rsyslogd forwards over TCP" {
	listen tcp:127.0.0.1:0
	relay "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"$tcp\" protocol=\"tcp\"
		template=\"RSYSLOG_ForwardFormat\")"
	relayed
	relayed_is
}

@test "rsyslogd forwards with counts, in the old format" {
	listen tcp:127.0.0.1:0
	relay "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"$tcp\" protocol=\"tcp\"
		TCP_Framing=\"octet-counted\" template=\"RSYSLOG_TraditionalForwardFormat\")"
	relayed
	relayed_is
}

@test "rsyslogd forwards by RFC 5424" {
	listen tcp:127.0.0.1:0
	relay "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"$tcp\" protocol=\"tcp\"
		TCP_Framing=\"octet-counted\" template=\"RSYSLOG_SyslogProtocol23Format\")"
	relayed
	relayed_is
}

@test "rsyslogd's files" {
	listen udp:127.0.0.1:0
	relay 'action(type="omfile" file="'"$PWD"'/iso.log" template="RSYSLOG_FileFormat")' \
		'action(type="omfile" file="'"$PWD"'/old.log" template="RSYSLOG_TraditionalFileFormat")' \
		"action(type=\"omfwd\" target=\"127.0.0.1\" port=\"$udp\" protocol=\"udp\")"
	relayed
	relayed_is
	for file in iso.log old.log; do
		eventually grep -q json "$file"
		"$mplog" filter -o "$layout" "$file" >"$file.out"
		grep -qxF "|$host|app|71|one|" "$file.out"
		grep -qxF "|$host|app||two: with a colon|" "$file.out"
		grep -qxF "|$host|py||failedTraceback (most recent call last):" "$file.out"
		grep -qxF "CRITICAL|$host|l||json|" "$file.out"
		"$mplog" filter -o '{time}' --since -1m "$file" >times
		[ "$(wc -l <times)" -eq 4 ]
	done
}

@test "years that files leave out" {
	printf 'Dec 31 23:59:59 vm a: old\nJan  1 00:00:00 vm a: new\n' >log
	year() {
		touch -d "$1" log
		TZ=UTC "$mplog" filter -o json log | sed 's/.*"time":"\([^.]*\).*/\1/' | tr '\n' ' '
	}
	[ "$(year 2026-01-01T00:00:05Z)" = "2025-12-31T23:59:59 2026-01-01T00:00:00 " ]
	[ "$(year 2025-12-31T23:59:59Z)" = "2025-12-31T23:59:59 2026-01-01T00:00:00 " ]
	[ "$(year 2024-06-30T12:00:00Z)" = "2023-12-31T23:59:59 2024-01-01T00:00:00 " ]
	[ "$(year 2025-12-20T12:00:00Z)" = "2024-12-31T23:59:59 2025-01-01T00:00:00 " ]
	printf 'Feb 29 12:00:00 vm a: leap\n' >log
	[ "$(year 2026-11-20T12:00:00Z)" = "2024-02-29T12:00:00 " ]
}
