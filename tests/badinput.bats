#!/usr/bin/env bats
# What bad input gets: one clear line that says what to do, and the right status, for what a
# user gets wrong; and for any bytes at all in a log: the same bytes, nothing lost.

load lib/live.bash

setup() {
	faults=$lib/faultlib.py
	export TZ=UTC
	cd "$BATS_TEST_TMPDIR"
	line='2026-11-20 14:00:00.120 | INFO     | app:main:1 - hello'
	echo "$line" >a.log
	pid= others=
}

teardown() {
	end_all
}

# says STATUS MESSAGE ARGUMENT...: just that on stderr, and nothing on stdout under status 2
says() {
	local want=$1 message=$2 status=0
	shift 2
	timeout 10 "$mplog" "$@" >out 2>err </dev/null || status=$?
	[ "$status" -eq "$want" ] || { echo "mplog $*: status $status"; cat err; return 1; }
	[ "$(cat err)" = "mplog: $message" ] || { echo "mplog $*: $(cat err)"; return 1; }
	[ "$want" -ne 2 ] || [ ! -s out ] || { echo "mplog $*: stdout: $(cat out)"; return 1; }
}

# usage MESSAGE ARGUMENT...: status 2
usage() {
	says 2 "$@"
}

# fails MESSAGE ARGUMENT...: status 1, and no record
fails() {
	says 1 "$@"
	[ ! -s out ]
}

# goes_on MESSAGE ARGUMENT...: status 1, and the record of a.log is shown
goes_on() {
	says 1 "$@"
	[ "$(cat out)" = "$line" ]
}

# place OPTION TEXT COLUMN MESSAGE: three lines, with the caret at COLUMN, counted from 0
place() {
	usage "$1: $4
  $2
  $(printf "%$3s" '')^" filter "$1" "$2" a.log
}

@test "a missing file" {
	fails 'nope.log: no such file; check the name' filter nope.log
	goes_on 'nope.log: no such file; check the name' filter nope.log a.log
	goes_on 'nope.log: no such file; check the name' filter a.log x=nope.log
	goes_on 'nope.log: no such file; check the name' tail --no-follow nope.log a.log
	fails 'nope.log: no such file; check the name, or use --wait to wait for it' tail nope.log
	fails 'no/pe.log: no such file; check the name' filter no/pe.log
	fails 'nope.log: no such file; check the name
mplog: nada.log: no such file; check the name' filter nope.log nada.log
}

@test "an unreadable file" {
	cp a.log secret.log
	chmod 000 secret.log
	local message='secret.log: permission denied; run mplog as a user who may read it'
	if [ "$(id -u)" -ne 0 ]; then
		goes_on "$message" filter secret.log a.log
		fails "$message" filter secret.log
		return
	fi
	command -v setpriv >/dev/null || skip "no setpriv"
	cp "$mplog" mplog
	chmod 755 . mplog
	mplog="setpriv --reuid=65534 --regid=65534 --clear-groups ./mplog"
	$mplog true 2>&1 | grep -q 'is no command' || skip "no other user can get here"
	local status=0
	$mplog filter secret.log a.log >out 2>err || status=$?
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "mplog: $message" ]
	[ "$(cat out)" = "$line" ]
	mkdir -m 000 locked
	status=0
	$mplog filter locked a.log >out 2>err || status=$?
	chmod 755 locked
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "mplog: ${message/secret.log/locked}" ]
	[ "$(cat out)" = "$line" ]
}

@test "a folder without logs, a glob without a match" {
	mkdir folder
	fails 'folder: no *.log files in it; name files or another glob' filter folder
	fails 'folder/: no *.log files in it; name files or another glob' filter folder/
	goes_on 'folder: no *.log files in it; name files or another glob' filter folder a.log
	fails "no file matches 'x*.log'; name files or another glob" filter 'x*.log'
	goes_on "no file matches 'x*.log'; name files or another glob" filter 'x*.log' a.log
}

@test "what is no file" {
	fails '/dev/zero: is a device; mplog reads regular files, FIFOs and what it listens on' \
		filter /dev/zero
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("a.sock")'
	usage 'a.sock is a socket; to listen there, write unix:a.sock (or unixgram:a.sock)' \
		filter a.sock a.log
	usage "'' names no source" filter ''
	usage "'x=' names no source" filter x=
	usage "tpc:99: no such file, and no source begins with 'tpc:'; did you mean tcp:99?" \
		filter tpc:99
	usage "gopher://h/p: no source begins with 'gopher:'; there are tcp: udp: unix: unixgram: attach: fifo: connect: exec:" \
		tail gopher://h/p
	usage "ssh://h/p: 'ssh:' is not in this version" tail ssh://h/p
	usage 'a.log: exists and is no FIFO; name another path' filter fifo:a.log
	usage "--show: unknown field 'mesage'; did you mean message? (fields.mesage is a field of that name in the records)" \
		filter --show mesage a.log
	usage 'fifo: needs a path, as in fifo:/tmp/app.fifo' filter fifo:
	fails '/nowhere/x: its folder does not exist; make it first' filter fifo:/nowhere/x
}

@test "a busy port" {
	begin tail tcp:0 udp:0 unix:busy.sock unixgram:gram.sock
	eventually said 'listening on unixgram:gram.sock'
	local tcp udp
	tcp=$(sed -n 's/.*tcp:127.0.0.1://p' err)
	udp=$(sed -n 's/.*udp:127.0.0.1://p' err)
	mv err first
	taken() {
		local kind=$1 port=$2 status=0
		timeout 10 "$mplog" tail a.log "$kind:$port" >out 2>err </dev/null || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
		sed -i -E 's/ \(by [^)]*\)//' err
		[ "$(cat err)" = "mplog: $kind:$port: port $port is already in use; use $kind:0 or another port" ]
	}
	taken tcp "$tcp"
	taken udp "$udp"
	usage 'unix:busy.sock: in use by another program; name another path' \
		tail a.log unix:busy.sock
	usage 'unixgram:gram.sock: in use by another program; name another path' \
		tail unixgram:gram.sock
	end
}

@test "a bad address" {
	usage "tcp:x: 'x' is no port (0 to 65535)" tail tcp:x
	usage "udp:70000: '70000' is no port (0 to 65535)" tail udp:70000
	usage "tcp:::1:9: an IPv6 address goes in brackets, as in tcp:[::1]:9020" tail tcp:::1:9
	usage "tcp:1.2.3.4:0: this machine has no address '1.2.3.4'; write tcp:0 for this machine only" \
		tail tcp:1.2.3.4:0
	usage 'unix:a.log: exists and is no socket; name another path' tail unix:a.log
	fails 'unix:/nowhere/x: cannot listen: its folder does not exist; make it first' tail unix:/nowhere/x
	local long
	long=$(printf '%0120d' 0)
	usage "unix:$long: a socket's path has 1 to 107 bytes, this one has 120" tail "unix:$long"
}

@test "a bad regex is shown with its place" {
	place -g 'a(b' 3 'bad regex: missing closing parenthesis'
	place --grep '[x' 2 'bad regex: missing terminating ] for character class'
	place -v '*x' 0 'bad regex: quantifier does not follow a repeatable item'
	place -m 'ab)' 2 'bad regex: unmatched closing parenthesis'
	place -M 'ü(?P<' 5 'bad regex: subpattern name expected'
	place -e 'message ~ /a(b/' 14 'bad regex: missing closing parenthesis'
	usage '-g: bad regex: missing closing parenthesis
  (
   ^' filter -l info -g '(' nope.log
}

@test "a bad expression is shown with its place" {
	place -e 'level >' 7 'the expression ends where a value is expected'
	place -e '(' 1 "the expression ends where a field's name is expected"
	place -e 'x == 1 y' 7 "'and', 'or' or the end is expected here"
	place -e 'lvel == 3' 0 "unknown field 'lvel'; did you mean level? (fields.lvel is a field of that name in the records)"
	place -e 'ok and mesage ~ /x/' 7 "unknown field 'mesage'; did you mean message? (fields.mesage is a field of that name in the records)"
}

levels='(TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY)'

# line OPTION TEXT MESSAGE: the message alone, status 2
line() {
	usage "$1: $3" filter "$1" "$2" a.log
}

@test "a bad level is one line" {
	line -l nope "no such level 'nope' $levels"
	line -l info,x=wran "no such level 'wran' $levels"
	line -l warnin "no such level 'warnin'; did you mean WARNING? $levels"
	line -l =info,x "no such level 'x' $levels"
	line --level error..info 'error is above info: nothing is between'
	line -l info,error 'two levels: write =A,B for just these, A..B for a range'
	place -e 'level >= nope' 9 "no such level 'nope' $levels"
}

@test "a bad time is one line" {
	local forms='(2026-11-20 17:04, 17:04, yesterday 14:00, -15m, now, an epoch)'
	for text in nope 2026-13-01 2026-02-30 25:00 '2026-11-20 1' never; do
		line --since "$text" "not a time: '$text' $forms"
	done
	line --until '' "a time is missing here $forms"
	line --since -15x 'a unit is expected here (s m h d w)'
	line --until 'today 99:00' 'not a time of day (use 17:04 or 17:04:05)'
	line --since 15m "before or after now? write -15m or '15m ago'"
}

@test "a bad zone, size, number or word" {
	local zones='use local, utc, +HH:MM or a name such as Europe/Berlin'
	usage "--tz: no such time zone 'nope': $zones" filter --tz nope a.log
	usage "--tz: no such time zone '../../etc/passwd': $zones" filter --tz ../../etc/passwd a.log
	usage "--tz: no such time zone '': $zones" filter --tz= a.log
	for size in 3 2G x 1KK -1 ''; do
		usage "option '--max-record': '$size' is not a size from 1K to 1G, such as 64K, 256M or 1G" \
			filter --max-record "$size" a.log
	done
	for size in 1 16000000T 99999999999999999999; do
		usage "option '--memory': '$size' is not a size from 1M up, such as 64K, 256M or 1G" \
			filter --memory "$size" a.log
	done
	usage "option '--window': '1h' is not a time from 0 to 3600000 ms, such as 250 or 2s" \
		filter --window 1h a.log
	usage "option '-C': '100001' is not a number from 0 to 100000" filter -C 100001 a.log
	usage "option '-n': '-1' is neither a number nor 'all'" tail -n -1 a.log
	usage "option '--order': 'best' is not one of time, exact, arrival" filter --order best a.log
	usage "option '--max-connections': '0' is not a number from 1 to 65536" \
		tail --max-connections 0 tcp:0
}

@test "a bad template or output is shown with its place" {
	usage "--output: unknown field 'leve'; did you mean level? ({fields.leve} is a field of that name in the records)
  {leve}
   ^" filter -o '{leve}' a.log
	usage '--output: this { is not closed; for the character itself write {{
  x {level
    ^' filter -o 'x {level' a.log
	usage '--output: expected a width, as in {level:8} or {message:.60}
  {level:x}
         ^' filter -o '{level:x}' a.log
	usage "--output: no output 'jsn'; did you mean json? (text, pretty, json, logfmt, csv, or a template like '{time} {message}')" \
		filter -o jsn a.log
}

@test "nothing that is named gets to the terminal as it is" {
	python3 "$faults" names "$mplog"
}

@test "any bytes come out as they are" {
	python3 "$faults" bytes "$mplog"
}

@test "any bytes come out clean under --escape, and of every output" {
	python3 "$faults" escapes "$mplog"
}

@test "a line of 100 MiB" {
	local size=100
	[ -z "$SANITIZED" ] || size=20
	{
		echo "$line"
		head -c "${size}M" /dev/zero | tr '\0' x
		printf '\n%s\n' "$line"
	} >long.log
	"$mplog" filter long.log | cmp - long.log
	cat long.log | "$mplog" filter | cmp - long.log
	"$mplog" filter --max-record 64K long.log | cmp - long.log
	"$mplog" filter --max-record 1G long.log | cmp - long.log
	"$mplog" filter --order exact long.log | cmp - long.log
	"$mplog" tail --no-follow -n all long.log | cmp - long.log
	[ "$("$mplog" tail --no-follow -n 1 long.log)" = "$line" ]
	[ "$("$mplog" filter -c long.log)" = 2 ]
	[ "$("$mplog" filter -v xxxx long.log)" = "$line" ]
	"$mplog" filter -g '^2026.*hello\nx' long.log | cmp - <(head -n 2 long.log)
	"$mplog" filter -o json long.log | python3 "$faults" pieces "$size"
	if [ -z "$SANITIZED" ]; then
		(ulimit -v 400000 && "$mplog" filter long.log) | cmp - long.log
	fi
}

@test "lines of one byte, and of none" {
	local count=1000000
	[ -z "$SANITIZED" ] || count=100000
	yes a | head -n $count >a.log
	yes '' | head -n $count >b.log
	"$mplog" filter a.log | cmp - a.log
	"$mplog" filter -c b.log
	"$mplog" filter b.log | cmp - b.log
	"$mplog" filter a.log b.log | sort | cmp - <(sort b.log a.log)
	"$mplog" tail --no-follow -n all a.log | cmp - a.log
}

@test "a record that was cut: its pieces are the record again" {
	python3 "$faults" cuts "$mplog"
}
