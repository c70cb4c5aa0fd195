#!/usr/bin/env bats
# Logs that are rotated while they are written and followed, by the real logrotate and by
# Python's own ways: nothing lost where the kernel has it, nothing twice, all in order.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir logs
	pid= others=
}

teardown() {
	end_all
}

# lines COUNT: so many, fewer where a sanitizer makes all of it slow
lines() {
	echo $((${SANITIZED:+1} + 0 ? $1 / 4 : $1))
}

# rotated KIND LINES SOURCE: rotate.py's log, followed as SOURCE, comes out as it was written
rotated() {
	local count
	count=$(lines "$2")
	: >logs/app.log
	begin tail -n all "$3"
	"$python" "$lib/rotate.py" "$1" "$PWD/logs/app.log" "$count" 3>&-
	eventually shows "$count" 'line '
	end
	cmp out expected
	echo "rotated $(find logs -type f | wc -l) times"
}

@test "logrotate renames the log, its writer opens the new one later" {
	rotated create 60000 logs/app.log
	[ "$(find logs -type f | wc -l)" -eq 13 ]
}

@test "RotatingFileHandler" {
	rotated stdlib-size 20000 logs/app.log
	[ "$(find logs -type f | wc -l)" -ge "$(lines 5)" ]
}

@test "RotatingFileHandler, in a folder that is followed whole" {
	rotated stdlib-size 20000 'logs/*'
}

@test "TimedRotatingFileHandler" {
	rotated stdlib-time 2500 logs/app.log
	[ "$(find logs -type f | wc -l)" -ge 3 ]
}

@test "Loguru's rotation" {
	rotated loguru-size 20000 logs/app.log
	[ "$(find logs -type f | wc -l)" -ge "$(lines 5)" ]
}

@test "Loguru's rotation, in a folder that is followed whole" {
	rotated loguru-size 20000 logs
}

# What is written between logrotate's copy and its truncation is in no file any more.
@test "copytruncate under a writer that does not append: said, no NUL, nothing twice" {
	local count
	count=$(lines 60000)
	: >logs/app.log
	begin tail -n all logs/app.log
	"$python" "$lib/rotate.py" copytruncate "$PWD/logs/app.log" "$count" 3>&-
	eventually shows 1 "line $((count - 1))"
	end
	echo "$(wc -l <out) of $count lines"
	[ "$(wc -l <out)" -ge $((count / 20 * 19)) ]
	tr -dc '\0' <out >nul
	[ ! -s nul ]
	# Lines of the log, each once, in their order
	diff expected out >differences || true
	! grep '^>' differences
	[ "$(grep -c '^mplog: logs/app\.log: truncated, reading from its start' err)" -eq 12 ]
	grep -Eq '^mplog: logs/app\.log: truncated, reading from its start, skipped [0-9]+ NUL bytes$' err
}

@test "files that come later join a followed glob, and what they bring is read whole" {
	mkdir later
	begin tail 'later/*.log'
	eventually said 'later/*.log'
	for file in $(seq 20); do
		for line in $(seq 50); do
			echo "2026-11-20 14:00:$file.$((line + 100)) INFO file $file line $line"
		done >later/$file.new
		mv later/$file.new later/$file.log
	done
	eventually shows 1000 line
	end
	sort -u out >once
	[ "$(wc -l <once)" -eq 1000 ]
	[ "$(wc -l <out)" -eq 1000 ]
}
