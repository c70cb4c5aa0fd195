#!/usr/bin/env bats
# mplog send, to a real mplog tail: what arrives is compared as JSON.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
	unset MPLOG_SOCKET
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR TZ=UTC
	pid= others=
}

teardown() {
	end_all
}

# listen SOURCE...: mplog tail on them, ready, writing JSON; the addresses that ports became
# are in $tcp and $udp
listen() {
	begin tail -n 0 --window 50 -o json "$@"
	eventually ready "$(printf '%s\n' "$@" | grep -c :)"
	tcp=tcp:$(sed -n 's/.*listening on tcp:127.0.0.1:\([0-9]*\)$/\1/p' err)
	udp=udp:$(sed -n 's/.*listening on udp:127.0.0.1:\([0-9]*\)$/\1/p' err)
}

# ready COUNT: so many kinds of socket are listened on
ready() {
	[ "$(sed -n 's/^mplog: listening on \([a-z]*\):.*/\1/p' err | sort -u | wc -l)" -ge "$1" ]
}

# seen EXPRESSION: what jq would say; the records as a Python list r, oldest first
seen() {
	"$python" - "$1" <<-'EOF'
		import json, sys
		r = [json.loads(line) for line in open("out")]
		for one in r:
		    one.setdefault("fields", {})
		if not eval(sys.argv[1]):
		    print(*r, sep="\n")
		    sys.exit(sys.argv[1] + " is not true")
	EOF
}

# fails STATUS MESSAGE ARGUMENT...: mplog send ends so, with MESSAGE as its one line
fails() {
	local want=$1 message=$2 status=0
	shift 2
	"$mplog" send "$@" >send.out 2>send.err </dev/null || status=$?
	[ "$status" -eq "$want" ] || { echo "send $*: status $status"; cat send.err; return 1; }
	[ ! -s send.out ]
	[ "$(cat send.err)" = "mplog: $message" ] || { echo "send $*: $(cat send.err)"; return 1; }
}

@test "a record has what the options say, over every transport" {
	listen tcp:0 udp:0 unix:u.sock unixgram:g.sock
	"$mplog" send -t "$tcp" -l warn -m app.db -f status=502 -f ok=true -f 'who=a "b"' -f id=007 \
		disk 91% full
	for to in "$udp" unix:u.sock unixgram:g.sock u.sock ./g.sock; do
		"$mplog" send -t "$to" -l error -m m "by $to"
	done
	eventually shows 6 '"message"'
	end
	seen '[x["message"] for x in r] == ["disk 91% full", "by '"$udp"'", "by unix:u.sock",
		"by unixgram:g.sock", "by u.sock", "by ./g.sock"]'
	seen '[x["level"] for x in r] == ["WARNING"] + 5 * ["ERROR"]'
	seen '[x["module"] for x in r] == ["app.db"] + 5 * ["m"]'
	seen 'r[0]["fields"] == {"status": 502, "ok": True, "who": "a \"b\"", "id": "007"}'
	seen 'all(x["pid"] == '$$' or x["pid"] == '$BASHPID' for x in r)'
	seen 'all(x["host"] == "'"$(hostname)"'" and x["process"] for x in r)'
}

@test "the time is now, or the one that is given" {
	listen tcp:0
	before=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
	"$mplog" send -t "$tcp" now
	after=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
	"$mplog" send -t "$tcp" --time 2026-11-20T10:00:00.123456789+01:00 then
	TZ=Asia/Kathmandu "$mplog" send -t "$tcp" --as loguru --time '2026-11-20 10:00' there
	eventually shows 3 '"message"'
	end
	seen '"'"$before"'" <= r[0]["time"] <= "'"$after"'"'
	seen 'r[1]["time"] == "2026-11-20T09:00:00.123456789Z"'
	seen 'r[2]["time"] == "2026-11-20T04:15:00.000000000Z"'
}

@test "a message of several lines is one record" {
	text=$'one\n2026-11-20 10:00:00.000 | INFO     | a:b:1 - two\n{"msg":"x","level":"error"}\n  four'
	mkfifo pipe
	listen tcp:0 udp:0 fifo=pipe
	for to in "$tcp" "$udp" pipe; do
		for as in json loguru; do
			"$mplog" send -t "$to" --as "$as" -l critical "$text"
		done
	done
	eventually shows 6 '"message"'
	end
	seen 'len(r) == 6 and {x["level"] for x in r} == {"CRITICAL"}'
	printf %s "$text" >text
	seen 'all(x["message"].replace("\n| ", "\n") == open("text").read() for x in r)'
	seen 'all(x["message"] == open("text").read() for x in r if x["format"] == "json")'
}

@test "standard input: a record a line, with the level and module given" {
	listen tcp:0
	printf 'one\ntwo\r\n\n\ttabs "and" quotes \\\nbytes \x01\xff\nno newline' |
		"$mplog" send -t "$tcp" -l debug -m in
	echo 'a dash' | "$mplog" send -t "$tcp" -
	eventually shows 7 '"message"'
	end
	seen '[x["message"] for x in r] == ["one", "two", "", "\ttabs \"and\" quotes \\",
		"bytes \x01\ufffd", "no newline", "a dash"]'
	seen '[x["level"] for x in r] == 6 * ["DEBUG"] + ["INFO"]'
}

@test "lines go out as they come" {
	listen tcp:0
	mkfifo lines
	"$mplog" send -t "$tcp" <lines &
	others=$!
	exec 9>lines
	for n in 1 2 3; do
		echo "line $n" >&9
		eventually shows "$n" '"line '
	done
	exec 9>&-
	wait "$others"
	end
}

@test "100,000 lines arrive, each once, in order" {
	listen unix:u.sock
	seq 100000 | "$mplog" send -t unix:u.sock -m seq
	eventually shows 100000 '"message"'
	end
	seen '[x["message"] for x in r] == [str(n) for n in range(1, 100001)]'
}

@test "lines into a FIFO that others write, too, stay whole" {
	mkfifo pipe
	listen fifo=pipe unix:u.sock
	for writer in a b c d; do
		seq 2000 | sed "s/^/$writer /" | "$mplog" send -t pipe --as loguru -m "$writer" &
		others="$others $!"
	done
	wait $others
	eventually shows 8000 '"message"'
	end
	seen 'sorted(x["message"] for x in r) == sorted(w + " " + str(n) for w in "abcd"
		for n in range(1, 2001))'
	seen 'all(x["message"][0] == x["module"] for x in r)'
}

@test "--as text: lines that are records already stay what they are" {
	listen tcp:0
	printf '2026-11-20 10:00:00.000 | ERROR    | a.b:c:1 - lost\nTraceback\n' |
		"$mplog" send -t "$tcp" --as text
	eventually shows 1 '"message"'
	end
	seen 'r[0]["level"] == "ERROR" and r[0]["module"] == "a.b"'
}

@test "--as syslog arrives with its fields, several lines as one record" {
	text=$'one\n2026-11-20 10:00:00.000 | INFO     | a:b:1 - two\n  three'
	listen tcp:0 udp:0 unixgram:g.sock
	for to in "$tcp" "$udp" ./g.sock; do
		"$mplog" send -t "$to" --as syslog -l success -m app.db -f 'who=a"b]\' "$text"
	done
	printf 'a\n\nb <13>\n' | "$mplog" send -t "$tcp" --as syslog -l error
	eventually shows 6 '"message"'
	end
	printf %s "$text" >text
	seen 'all(x["format"] == "syslog5424" and x["pid"] and x["host"] for x in r)'
	seen '[x["message"] for x in r] == 3 * [open("text").read()] + ["a", "", "b <13>"]'
	seen '[x["level"] for x in r] == 3 * ["NOTICE"] + 3 * ["ERROR"]'
	seen '[x["module"] for x in r[:3]] == 3 * ["app.db"]'
	seen '[x["fields"]["mplog@32473.who"] for x in r[:3]] == 3 * ["a\"b]\\"]'
}

@test "the default places: MPLOG_SOCKET, mplog.sock, a port" {
	listen unix:mplog.sock unixgram:other.sock
	"$mplog" send one
	MPLOG_SOCKET=$PWD/other.sock "$mplog" send two
	MPLOG_SOCKET=unixgram:other.sock "$mplog" send three
	MPLOG_SOCKET= "$mplog" send four
	eventually shows 4 '"message"'
	end
	seen '[x["source"].split("#")[0] for x in r] == ["unix:mplog.sock", "unixgram:other.sock",
		"unixgram:other.sock", "unix:mplog.sock"]'
}

@test "a port without a host is this machine, by whichever address mplog has" {
	listen udp:127.0.0.1:0 tcp:127.0.0.1:0
	"$mplog" send -t "$udp" one
	"$mplog" send -t "$tcp" two
	"$mplog" send -t "tcp:localhost:${tcp#tcp:}" three
	eventually shows 3 '"message"'
	end
	seen '[x["message"] for x in r] == ["one", "two", "three"]'
}

@test "nobody listens: one line that says what to do, status 1" {
	export XDG_RUNTIME_DIR=/nowhere
	if ! (exec 8<>/dev/tcp/127.0.0.1/9020) 2>/dev/null; then
		fails 1 "nobody listens on unix:/nowhere/mplog.sock or tcp:9020; start mplog tail \
first, or say with --to where it listens" x
	fi
	fails 1 "tcp:1: nobody listens there; start mplog tail tcp:1 first" -t tcp:1 x
	fails 1 "udp:1: nobody listens there; start mplog tail udp:1 first" -t udp:1 x
	fails 1 "unix:n.sock: is not there; start mplog tail unix:n.sock first" -t unix:n.sock x
	fails 1 "./n: No such file or directory; start mplog tail unix:./n or fifo:./n first" \
		-t ./n x
	MPLOG_SOCKET=./n fails 1 "\$MPLOG_SOCKET: ./n: No such file or \
directory; start mplog tail unix:./n or fifo:./n first" x
	mkfifo pipe
	fails 1 "pipe: nobody listens there; start mplog tail pipe first" -t pipe x
	touch file
	fails 1 "./file: is no FIFO and no socket; to append to a file use >>" -t ./file x
	listen unix:u.sock
	fails 1 "unixgram:u.sock: is the other kind of socket; write unix:u.sock" \
		-t unixgram:u.sock x
	end
}

@test "wrong words are status 2 before anything is sent" {
	levels="TRACE DEBUG INFO SUCCESS NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY"
	fails 2 "option '--level': no such level 'warnig'; did you mean WARNING? ($levels)" \
		-l warnig x
	fails 2 "option '--field': 'x' is not KEY=VALUE" -f x y
	fails 2 "option '--field': for 'level=1' there is --level" -f level=1 y
	fails 2 "option '--field': for 'logger=1' there is --module" -f logger=1 y
	fails 2 "option '--as': 'xml' is not one of json, syslog, loguru, text" --as xml x
	fails 2 "Loguru's layout has no place for --field; use --as json" --as loguru -f a=b x
	fails 2 "tcp:x: 'x' is no port (1 to 65535)" -t tcp:x y
	fails 2 "tcp:::1:5: an IPv6 address goes in brackets, as in tcp:[::1]:9020" -t tcp:::1:5 y
	fails 2 "'nowhere' is no path and no tcp:[HOST:]PORT, udp:[HOST:]PORT, unix:PATH or \
unixgram:PATH" -t nowhere x
	run script -qec "$mplog send" /dev/null
	[ "$status" -eq 2 ]
	[[ $output == *"send what? Name a message, or - for lines that you type"* ]]
}

@test "what is too long for a datagram is said and counted, the rest goes on" {
	listen udp:0
	long=$(printf '%70000s' x)
	fails 1 "$udp: the record is too long for a datagram; use tcp: or unix:" -t "$udp" "$long"
	status=0
	printf '%s\n' before "$long" "$long" after |
		"$mplog" send -t "$udp" 2>send.err || status=$?
	[ "$status" -eq 1 ]
	[ "$(tail -n 1 send.err)" = "mplog: 2 records too long for a datagram were not sent" ]
	[ "$(wc -l <send.err)" -eq 2 ]
	eventually shows 2 '"message"'
	end
	seen '[x["message"] for x in r] == ["before", "after"]'
}

@test "who takes nothing is waited for no longer than 2 s" {
	"$python" - >port <<-'EOF' &
		import socket, sys, time
		s = socket.create_server(("127.0.0.1", 0))
		print(s.getsockname()[1], flush=True)
		time.sleep(60)
	EOF
	others=$!
	eventually [ -s port ]
	began=$(date +%s%N) status=0
	yes 'a line of some length, many times' |
		"$mplog" send -t "tcp:$(cat port)" 2>send.err || status=$?
	took=$((($(date +%s%N) - began) / 1000000))
	[ "$status" -eq 1 ]
	[ "$took" -ge 1900 ] && [ "$took" -lt 4000 ]
	grep -Eq '^mplog: tcp:[0-9]+: takes nothing for 2 s; is mplog stopped\?; [0-9]+ records were '\
'sent, [0-9]+ not, and the rest of the input was not read$' send.err
	[ "$(wc -l <send.err)" -eq 1 ]
}

@test "mplog is started anew while lines are sent: connected again, and said" {
	listen unix:u.sock
	mkfifo lines
	"$mplog" send -t unix:u.sock <lines 2>send.err &
	others=$!
	exec 9>lines
	echo first >&9
	eventually shows 1 '"first"'
	end
	listen unix:u.sock
	echo second >&9
	eventually shows 1 '"second"'
	end
	echo third >&9
	exec 9>&-
	status=0
	wait "$others" || status=$?
	[ "$status" -eq 1 ]
	[ "$(head -n 1 send.err)" = "mplog: unix:u.sock: the connection has ended; connected again, \
what was sent just before may be lost" ]
	[ "$(tail -n 1 send.err)" = "mplog: unix:u.sock: is not there; start mplog tail unix:u.sock \
first; 2 records were sent, 1 not, and the rest of the input was not read" ]
}

@test "--as syslog: RFC 5424, counted on a stream" {
	"$python" - >port 2>got <<-'EOF' &
		import socket, sys
		s = socket.create_server(("127.0.0.1", 0))
		print(s.getsockname()[1], flush=True)
		while data := s.accept()[0].makefile("rb").read():
		    sys.stderr.buffer.write(data)
		    sys.stderr.flush()
	EOF
	others=$!
	eventually [ -s port ]
	"$mplog" send -t "tcp:$(cat port)" --as syslog -l alert -m 'a b' -f 'k]=a"b]\' \
		--time 2026-11-20T10:00:00Z $'two\nlines'
	eventually [ -s got ]
	message="<9>1 2026-11-20T10:00:00.000000000Z $(hostname) a_b"
	grep -Fq "$message" got
	[ "$(tail -n 1 got)" = lines ]
	head -n 1 got | grep -Eq '[0-9]+ - \[mplog@32473 k_="a\\"b\\]\\\\"\] two$'
	counted=$(head -c 4 got | cut -d ' ' -f 1)
	[ "$(wc -c <got)" -eq $((counted + ${#counted} + 1)) ]
}
