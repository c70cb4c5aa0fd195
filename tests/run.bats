#!/usr/bin/env bats
# mplog run, exec: and connect: with real programs: nothing lost, the order kept, and nobody
# left behind, however it ends.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR
	pid= others=
	mark=$BATS_TEST_TMPDIR/mark
	many=${SANITIZED:+10000}
	many=${many:-100000}
}

teardown() {
	end_all
}

# status WANT COMMAND...: mplog must end with that status; its words are in out and err
status() {
	local want=$1 got=0
	shift
	timeout 60 "$mplog" "$@" >out 2>err </dev/null 3>&- || got=$?
	[ "$got" -eq "$want" ] || { echo "mplog $*: status $got"; tail -n 20 out; return 1; }
}

# programs: what the programs wrote, without the records of mplog.run
programs() {
	grep -v ' - mplog\.run - ' "${1:-out}"
}

# nobody PATTERN: no process's command line is that; what is over but not waited for has none
nobody() {
	! pgrep -fx "$1" >/dev/null
}

@test "words: a shell line, an argv, names and variables" {
	status 0 run --prefix always 'echo a  b; echo c' ::: x=printf '%s-%s\n' 'a  b' c ::: \
		y='VALUE=7 sh -c "echo \$VALUE"' ::: 'VALUE=8 sh -c "echo \$VALUE"' ::: \
		VALUE=9 sh -c 'echo $VALUE' ::: z= echo -n -u
	programs | sed 's/ *| /|/' | sort >got
	printf '%s\n' 'echo|a b' 'echo|c' 'sh#2|9' 'sh|8' 'x|a  b-c' 'y|7' 'z|-u' >want
	diff want got
}

@test "wrong words are one line and status 2" {
	while IFS='|' read -r words message; do
		status 2 run $words
		[ ! -s out ]
		[ "$(cat err)" = "mplog: $message" ]
	done <<-'END'
	|run what? name a command: mplog run 'python app.py' (see mplog help run)
	:::|run: a command is missing beside ':::' (see mplog help run)
	true :::|run: a command is missing beside ':::' (see mplog help run)
	true ::: ::: true|run: a command is missing beside ':::' (see mplog help run)
	x=|run: 'x=' names no command (see mplog help run)
	--rstart true|unknown option '--rstart'; did you mean '--restart'? (see mplog help run)
	-n 3 true|'-n' is an option of tail, not of run (see mplog help run)
	END
}

@test "starts and ends are records, with a level and a time" {
	status 3 run -o json good='echo out; echo err >&2' ::: bad='sleep 0.2; exit 3' ::: \
		killed='sleep 0.4; kill -9 $$'
	"$python" - out <<-'END'
	import datetime, json, re, sys
	records = [json.loads(line) for line in open(sys.argv[1])]
	ends = [(r["source"], r["level"], re.sub(r"\d+(\.\d)?", "N", r["message"]))
	        for r in records if r.get("module") == "mplog.run"]
	want = [("good", "INFO", "good: started, pid N: echo out; echo err >&N"),
	        ("bad", "INFO", "bad: started, pid N: sleep N; exit N"),
	        ("killed", "INFO", "killed: started, pid N: sleep N; kill -N $$"),
	        ("good", "INFO", "good: ended with status N after N s"),
	        ("bad", "ERROR", "bad: ended with status N after N s"),
	        ("killed", "WARNING", "killed: ended by signal N (SIGKILL) after N s")]
	assert sorted(ends[:3]) == sorted(want[:3]), ends
	assert ends[3:] == want[3:], ends
	now = datetime.datetime.now(datetime.timezone.utc)
	for r in records:
	    if r.get("module") == "mplog.run":
	        time = datetime.datetime.fromisoformat(r["time"][:26] + "+00:00")
	        assert abs((now - time).total_seconds()) < 30, r
	rest = [(r["source"], r["message"]) for r in records if r.get("module") != "mplog.run"]
	assert sorted(rest) == [("good", "out"), ("good:err", "err")], rest
	END
}

@test "the status is that of the first that failed" {
	status 0 run true ::: 'echo x'
	status 5 run 'exit 5' ::: 'sleep 0.3; exit 6' ::: true
	status 137 run 'kill -9 $$'
	status 127 run no-such-program-here --x
	grep -q 'ERROR - no-such-program-here: cannot start no-such-program-here: no such program$' out
	status 127 run 'no-such-program-here; exit $?'
	status 126 run /etc/passwd
	grep -q 'ERROR - passwd: cannot start /etc/passwd: Permission denied$' out
	status 0 run -l error 'echo x'
	[ ! -s out ]
}

@test "nothing is lost or moved at full rate" {
	status 0 run --on-full block -o '{source} {message}' a="seq $many" ::: \
		b="seq $many >&2" ::: c="$python -c 'for i in range(1, $many + 1): print(i)'"
	for source in a b:err c; do
		sed -n "s/^$source \([0-9]*\)$/\1/p" out | cmp - <(seq "$many")
	done
	! grep -q 'dropped' err
}

@test "--pty: a program that holds back what it writes to a pipe does not" {
	cat >hold.py <<-'END'
	import os, sys, time
	print("terminal", sys.stdout.isatty(), sys.stderr.isatty(), sys.stdin.isatty())
	open("written", "w").close()
	time.sleep(60)
	END
	begin run "env -u PYTHONUNBUFFERED $python hold.py"
	eventually test -e written
	! eventually_soon grep -q '^terminal' out
	end INT
	rm written
	begin run --pty "env -u PYTHONUNBUFFERED $python hold.py"
	eventually grep -qx 'terminal True True False' out
	end INT
	status 0 run --pty "seq $many"
	programs | cmp - <(seq "$many")
	status 0 run --pty 'printf "10%%\r20%%\r\nend\r\n"'
	[ "$(programs)" = "$(printf '10%%\n20%%\nend')" ]
}

# eventually_soon COMMAND...: succeeds within half a second
eventually_soon() {
	local left=25
	until "$@"; do
		[ $((left -= 1)) -gt 0 ] || return 1
		sleep 0.02
	done
}

@test "^C on a terminal ends all, and shows what they write till then" {
	cat >"$mark.py" <<-'END'
	import os, signal, subprocess, sys, time
	child = subprocess.Popen(["sleep", sys.argv[1]])
	try:
	    print("ready", flush=True)
	    time.sleep(60)
	except KeyboardInterrupt:
	    time.sleep(0.2)
	    print("cleaned up", flush=True)
	END
	"$python" "$lib/ctrlc.py" ready 1 "$mplog" run -o text "$python $mark.py 71.234" ::: \
		"sleep 71.235 & sleep 71.236" >out
	grep -q 'ready' out
	grep -q 'cleaned up' out
	grep -q 'sleep: ended by signal 2 (SIGINT)' out
	tail -n 1 out | grep -qx 'status 0'
	eventually nobody 'sleep 71.23[0-9]'
}

@test "a second ^C ends those who do not listen at once" {
	"$python" "$lib/ctrlc.py" ready 2 "$mplog" run -o text \
		"trap '' INT TERM; echo ready; sleep 72.1 & while :; do sleep 0.05; done" >out
	tail -n 1 out | grep -qx 'status -2'
	eventually nobody 'sleep 72.1'
}

@test "who ignores INT gets TERM, and KILL after that" {
	begin run "trap '' INT; echo ready; while :; do sleep 0.05; done" ::: \
		deaf="trap '' INT TERM; echo ready; while :; do sleep 0.05; done"
	eventually shows 2 ready
	kill -INT "$pid"
	sleep 1
	kill -TERM "$pid"
	eventually grep -q 'sh: ended by signal 15 (SIGTERM)' out
	local left=0
	wait "$pid" || left=$?
	pid=
	[ "$left" -eq 0 ]
	grep -q 'deaf: ended by signal 9 (SIGKILL)' out
}

@test "what a killed mplog has started ends with it" {
	begin run 'echo ready; sleep 73.1 & sleep 73.2' ::: 'sleep 73.3'
	eventually shows 1 ready
	eventually pgrep -fx 'sleep 73.2'
	kill -KILL "$pid"
	wait "$pid" || true
	pid=
	eventually nobody 'sleep 73.[123]'
	eventually nobody_listens
}

nobody_listens() {
	! ls "$XDG_RUNTIME_DIR"/mplog-run-* >/dev/null 2>&1
}

@test "--fail-fast ends the others" {
	status 9 run --fail-fast 'sleep 74.1' ::: 'sleep 0.2; exit 9'
	grep -q 'sleep: ended by signal 15 (SIGTERM)' out
	nobody 'sleep 74.1'
}

@test "--restart starts again what fails, after 1, 2, ... s" {
	begin run --restart 'echo x >>runs; [ $(wc -l <runs) -gt 2 ] && exec sleep 75.1; exit 4'
	eventually pgrep -fx 'sleep 75.1'
	eventually grep -q 'ended with status 4 after 0.[0-9] s; again in 2 s' out
	grep -q 'ended with status 4 after 0.[0-9] s; again in 1 s' out
	end INT
	nobody 'sleep 75.1'
	status 0 run --restart 'echo once'
	[ "$(programs)" = once ]
}

@test "MPLOG_SOCKET: programs log to the mplog that runs them" {
	cat >log.py <<-'END'
	import logging, logging.handlers, os
	logging.basicConfig(level=logging.DEBUG, handlers=[
	    logging.handlers.SocketHandler(os.environ["MPLOG_SOCKET"], None)])
	for i in range(1000):
	    logging.getLogger("app.db").warning("slow query %d", i)
	END
	status 0 run -o '{source} {level} {module} {message}' api="$python log.py" ::: \
		shell="$mplog send -l error -m backup disk full" ::: \
		mode='stat -c %a $MPLOG_SOCKET'
	grep '^api:log#1 ' out | cmp - <(
		for i in $(seq 0 999); do echo "api:log#1 WARNING app.db slow query $i"; done)
	grep -qx 'shell:log#1 ERROR backup disk full' out
	grep -q '^mode .* 600$' out
	nobody_listens
	[ ! -s err ] || ! grep -v 'catching up' err
}

@test "output that nobody reads any more is the end of all" {
	timeout 20 "$mplog" run 'echo first; sleep 76.1' 3>&- | head -n 1 >out
	grep -q started out
	eventually nobody 'sleep 76.1'
	status 0 run --head 1 'sleep 76.2'
	eventually nobody 'sleep 76.2'
	status 0 run -q -g '^second$' 'echo first; echo second; sleep 76.3'
	eventually nobody 'sleep 76.3'
}

# Signals 1 to 28: those from 32 on are the C library's own business.
signals_alone() {
	sed 's/^\(Sig...\):.*\(.......\)$/\1 \2/'
}

@test "the programs' surroundings are those of mplog" {
	TZ=Europe/Vienna status 0 run --tz utc 'echo $TZ' ::: 'ulimit -n' ::: 'cat; echo eof' ::: \
		signals='grep -E "^Sig(Blk|Ign)" /proc/self/status'
	programs | signals_alone | sort >got
	printf '%s\n' Europe/Vienna "$(ulimit -Sn)" eof "$(grep -E '^Sig(Blk|Ign)' \
		/proc/self/status)" | signals_alone | sort >want
	diff want got
}

@test "exec: a command as a source" {
	status 0 filter seq=exec:"seq 3" --prefix always
	[ "$(cat out)" = "$(printf 'seq     | %d\n' 1 2 3)" ]
	status 0 filter exec:"seq $many; seq $many >&2" --on-full block -o '{source} {message}'
	sed -n 's/^seq //p' out | cmp - <(seq "$many")
	sed -n 's/^seq:err //p' out | cmp - <(seq "$many")
	status 0 filter -c exec:'seq 1000000' # more than is kept for silent standard error
	[ "$(cat out)" = 1000000 ]
	status 1 filter bad=exec:'echo x; exit 3'
	grep -qx x out
	grep -qE '^mplog: bad: ended with status 3 after [0-9.]+ s$' err
	status 2 filter exec:
	begin tail exec:'echo ready; sleep 77.1 & sleep 77.2'
	eventually shows 1 ready
	end INT
	eventually nobody 'sleep 77.[12]'
	begin tail --restart it=exec:'echo try >>tries; echo try'
	eventually shows 2 try
	eventually grep -q 'it: ended with status 0 after 0.[0-9] s; again in 1 s' err
	end
}

@test "exec: merges by time with files" {
	printf '2026-11-20 14:00:0%d | INFO | a:b:1 - %d\n' 1 1 3 3 5 5 >odd.log
	printf '2026-11-20 14:00:0%d | INFO | a:b:1 - %d\n' 2 2 4 4 6 6 >even.log
	status 0 filter odd.log exec:'cat even.log' -o '{message}'
	[ "$(tr -d '\n' <out)" = 123456 ]
}

@test "connect: reads from a server, and again when it is back" {
	status 1 filter connect:127.0.0.1:1
	grep -qx 'mplog: 127.0.0.1:1: cannot connect: Connection refused' err
	status 1 filter connect:unix:nobody.sock
	grep -qx 'mplog: unix:nobody.sock: cannot connect: No such file or directory' err
	for words in 'loghost' ':' 'host:0' '::1:9020' 'unix:'; do
		status 2 filter "connect:$words"
		[ "$(wc -l <err)" -eq 1 ]
	done
	"$python" "$lib/serve.py" unix:sock 1 3>&- &
	others=$!
	eventually test -S sock
	status 0 filter connect:unix:sock
	[ "$(cat out)" = "$(printf 'connection 1\nrecord 1\nrecord 2')" ]
	"$python" "$lib/serve.py" port 3 3>&- &
	others="$others $!"
	eventually test -s port
	begin tail "it=connect:127.0.0.1:$(cat port)"
	eventually shows 1 'connection 3'
	said 'mplog: it: connected'
	said 'mplog: it: connection lost; trying again in 1 s'
	said 'mplog: it: connected again'
	end
	[ "$(cat out)" = "$(for i in 1 2 3; do printf '%s\n' "connection $i" 'record 1' 'record 2'; done)" ]
}
