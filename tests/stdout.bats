#!/usr/bin/env bats
# Where the records go: readers that leave, stop or never were, full disks, signals; and that
# the programs that log feel nothing of it.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
	pid= others=
	most_ms=${SANITIZED:+1000}
	most_ms=${most_ms:-100}
	for line in 1 2 3; do
		echo "2026-11-20 14:00:00.00$line | INFO     | app:main:1 - line $line"
	done >a.log
}

teardown() {
	end_all
}

milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

@test "a reader that leaves ends tail within a second, also while nothing comes" {
	local before
	before=$(milliseconds)
	[ "$( { "$mplog" tail -n all a.log 2>err; echo $? >status; } | head -n 1)" = \
		"$(head -n 1 a.log)" ]
	[ $(($(milliseconds) - before)) -lt 1000 ]
	[ "$(cat status)" -eq 0 ]
	[ ! -s err ]
}

@test "a reader that leaves ends filter under load" {
	yes "$(cat a.log)" | head -n 300000 >big.log
	[ "$( { "$mplog" filter big.log 2>err; echo $? >status; } | head -n 1)" = \
		"$(head -n 1 a.log)" ]
	[ "$(cat status)" -eq 0 ]
	[ ! -s err ]
}

@test "a full or a closed stdout is status 1 and one line" {
	local status command
	for command in 'filter a.log' 'tail -n all a.log' 'filter -c a.log' 'filter -o json a.log'; do
		status=0
		"$mplog" $command >/dev/full 2>err || status=$?
		[ "$status" -eq 1 ]
		[ "$(cat err)" = "mplog: cannot write to standard output: No space left on device" ]
		status=0
		"$mplog" $command >&- 2>err || status=$?
		[ "$status" -eq 1 ]
		[ "$(cat err)" = "mplog: cannot write to standard output: Bad file descriptor" ]
	done
}

@test "INT, TERM and HUP end tail with status 0; under nohup HUP does not" {
	local signal
	for signal in INT TERM HUP; do
		begin tail -n all a.log
		eventually shows 3 line
		end "$signal"
		cmp out a.log
		[ ! -s err ]
	done
	trap '' HUP
	begin tail -n all a.log
	eventually shows 3 line
	kill -HUP "$pid"
	tail -n 1 a.log >>a.log
	eventually shows 4 line
	trap - HUP
	end
}

@test "a signal ends mplog that waits for its reader" {
	mkfifo pipe
	yes "$(cat a.log)" | head -n 300000 >big.log
	sleep 60 <pipe 3>&- &
	others=$!
	"$mplog" tail -n all big.log >pipe 2>err </dev/null 3>&- &
	pid=$!
	sleep 0.3
	end
}

# stalled OPTION...: everything that listens, into a reader that has been stopped, and a
# sender for each of $kinds, whose places are a.sock, b.sock, c.fifo, TCP and UDP
stalled() {
	local port
	mkfifo pipe
	cat <pipe >out 3>&- &
	others=$!
	"$mplog" tail "$@" unix:a.sock tcp:0 udp:0 unixgram:b.sock fifo:c.fifo >pipe 2>err \
		</dev/null 3>&- &
	pid=$!
	eventually said 'listening on unixgram:'
	eventually test -p c.fifo
	kill -STOP "$others"
	for port in TCP UDP; do
		kinds=${kinds//$port/$(sed -n "s/.*${port,,}:127.0.0.1://p" err)}
	done
	"$python" "$lib/stall.py" "$seconds" $kinds >sends 3>&-
	cat sends
	sent=$(awk '{sum += $2} END {print sum}' sends)
	awk -v most="$most_ms" -v all="$(wc -w <<<"$kinds")" \
		'$3 >= most {bad = 1} END {exit bad || NR != all}' sends
	kill -CONT "$others"
}

lines='unix=a.sock tcp=TCP unixgram=b.sock fifo=c.fifo'
handlers='socket=TCP syslog-udp=UDP syslog-unixgram=b.sock'

# How many records mplog has said that it dropped
dropped() {
	awk -F '[()]' '/: dropped [0-9]+ records? \(total / {
		split($2, words, " "); sub(/: dropped.*/, "", $1); total[$1] = words[2]
	} END {for (name in total) sum += total[name]; print sum + 0}' err
}

accounted() {
	[ $(($(wc -l <out) + $(dropped))) -eq "$sent" ]
}

@test "a stopped reader stops no program that logs; what is dropped is counted" {
	seconds=${SANITIZED:+3}
	seconds=${seconds:-11}
	kinds=$lines
	stalled --memory 4M
	eventually accounted
	end
	echo "sent $sent, shown $(wc -l <out), dropped $(dropped)"
	[ "$(dropped)" -gt 0 ]
	grep -qx "mplog: dropped $(dropped) records\? in all" err
}

@test "a stopped reader gets everything later, as far as the memory goes" {
	seconds=2
	kinds=$lines
	stalled
	eventually accounted
	end
	[ "$(dropped)" -eq 0 ]
	[ "$(sort -k 4,4 -k 5,5n -u out | wc -l)" -eq "$sent" ]
}

# Python's own handlers, 5,000 records a second each; for a minute by `make stall`.
@test "a stopped reader stops no handler, and gets all that the memory holds" {
	seconds=${STALL_SECONDS-5} kinds=$handlers
	stalled --memory 1G
	eventually accounted
	end
	[ "$(dropped)" -eq 0 ]
	[ "$(grep -oE '(socket|syslog-[a-z]+) [0-9]+ a record' out | sort -u | wc -l)" -eq "$sent" ]
}

@test "a stopped reader stops no handler, and what is dropped is counted" {
	seconds=${STALL_SECONDS-5} kinds=$handlers
	stalled --memory 4M
	eventually accounted
	end
	echo "sent $sent, shown $(wc -l <out), dropped $(dropped)"
	[ "$(dropped)" -gt 0 ]
	[ "$(grep -oE '(socket|syslog-[a-z]+) [0-9]+ a record' out | sort -u | wc -l)" -eq \
		$((sent - $(dropped))) ]
	grep -qx "mplog: dropped $(dropped) records\? in all" err
}

@test "a line of 100 MiB, from a file and from a FIFO" {
	head -c 104857600 /dev/zero | tr '\0' x >big.log
	printf '\n%s\n' "$(head -n 1 a.log)" >>big.log
	mkfifo fifo
	(
		[ -n "$SANITIZED" ] || ulimit -v 400000
		"$mplog" filter big.log | cmp - big.log
		cat big.log >fifo 3>&- &
		"$mplog" filter fifo | cmp - big.log
	)
}

@test "into a file on the same file system" {
	"$mplog" filter a.log >b.log
	cmp a.log b.log
	"$mplog" filter a.log >>b.log
	[ "$(wc -l <b.log)" -eq 6 ]
}

@test "the file that the output goes to is not read" {
	local status=0
	mkdir logs
	cp a.log logs
	"$mplog" filter a.log >>a.log 2>err || status=$?
	[ "$status" -eq 1 ]
	[ "$(cat err)" = "mplog: a.log: is where the output goes; write to another file" ]
	cmp a.log logs/a.log
	"$mplog" filter logs >logs/all.log 2>err
	cmp a.log logs/all.log
	[ "$(cat err)" = "mplog: logs/all.log: is where the output goes; left out" ]
	"$mplog" tail -n all 'logs/*.log' >logs/all.log 2>err </dev/null 3>&- &
	pid=$!
	eventually test -s logs/all.log
	sleep 1.2 # it looks for new files every second
	end
	cmp a.log logs/all.log
	[ "$(wc -l <err)" -eq 1 ]
}

@test "sixteen quiet files, a FIFO and listeners cost no processor time" {
	local before after
	for file in $(seq 16); do
		cp a.log quiet-$file.log
	done
	begin tail quiet-*.log fifo:c.fifo tcp:0 udp:0 unix:a.sock unixgram:b.sock
	eventually shows 10 line
	eventually test -p c.fifo
	sleep 1.5
	before=$(awk '{print $14 + $15}' /proc/$pid/stat)
	sleep 3
	after=$(awk '{print $14 + $15}' /proc/$pid/stat)
	end
	echo "$((after - before)) ticks"
	[ $((after - before)) -le 1 ]
}

@test "what has come is shown before a signal ends mplog" {
	local signal
	for signal in INT TERM HUP; do
		begin tail --window 5000 fifo:a.fifo unix:a.sock
		eventually said 'listening on unix:'
		"$python" - <<-END
			import datetime, socket, time
			silent = socket.socket(socket.AF_UNIX)
			silent.connect("a.sock")
			time.sleep(0.1)
			with open("a.fifo", "w") as out:
			    out.write(f"{datetime.datetime.now().isoformat()} INFO held\n")
			time.sleep(0.1)
			import os, signal
			os.kill($pid, signal.SIG$signal)
			time.sleep(0.2)
		END
		wait "$pid"
		grep -q held out
	done
}
