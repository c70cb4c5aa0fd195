#!/usr/bin/env bats
# tail -n N: the last N records of all files together, as an independent script has them.

load lib/live

setup() {
	cd "$BATS_TEST_TMPDIR"
	export TZ=UTC
}

teardown() {
	end_all
}

# make_logs SEED FILES RECORDS [WILD]: files 0.log, 1.log, ... with tracebacks, equal stamps
# and some disorder; WILD percent of the stamps lie years off. The file all has what all
# of them have, in order, each record ended by a NUL.
make_logs() {
	/usr/bin/python3 - "$@" <<'END'
import random, sys
seed, files, count = map(int, sys.argv[1:4])
wild = int(sys.argv[4]) if len(sys.argv) > 4 else 0
random.seed(seed)
everything = []
for index in range(files):
    at = random.randrange(1000)
    records = []
    for place in range(count):
        at += random.choice((0, 0, 1, 5, 400))
        stamp = at + (random.choice((-1, 1)) * 10**9 if random.randrange(100) < wild else 0)
        level = random.choice(("DEBUG", "INFO", "INFO", "WARNING", "ERROR"))
        second, ms = divmod(stamp, 1000)
        day, second = divmod(second, 86400)
        when = "2026-%02d-%02d %02d:%02d:%02d.%03d" % (
            6 + day // 28, 1 + day % 28, second // 3600, second // 60 % 60, second % 60, ms)
        text = "%s | %-8s | app:main:1 - %d %d" % (when, level, index, place)
        if level == "ERROR" and random.random() < 0.5:
            text += ("\nTraceback (most recent call last):\n\n  File \"x.py\", line 3, in f\n"
                     "    1 / 0\n\nZeroDivisionError: division by zero")
        records.append((stamp, index, level, text))
    for i in range(1, count):  # neighbours change places
        if random.random() < 0.1:
            records[i - 1], records[i] = records[i], records[i - 1]
    with open("%d.log" % index, "w") as out:
        out.write("".join(r[3] + "\n" for r in records))
    everything += records
everything.sort(key=lambda r: (r[0], r[1]))
with open("all", "w") as out:
    out.write("".join("%s\t%s\0" % (r[2], r[3]) for r in everything))
END
}

# last N [LEVELS]: the last N records of those levels
last() {
	/usr/bin/python3 -c '
import re, sys
records = [r.split("\t", 1) for r in open("all").read().split("\0")[:-1]]
records = [text for level, text in records if re.fullmatch(sys.argv[2], level)]
n = int(sys.argv[1])
sys.stdout.write("".join(text + "\n" for text in (records[-n:] if n else [])))' \
		"$1" "${2:-.*}"
}

# logs: the files in the order of their numbers
logs() {
	ls *.log | sort -n
}

@test "the last N of one file and of several" {
	local n files
	for files in 1 2 5; do
		rm -f *.log
		make_logs "$files" "$files" 800
		for n in 0 1 2 10 500 799 5000; do
			"$mplog" tail -n "$n" --no-follow $(logs) >out
			last "$n" >want
			cmp out want || { echo "$files files, -n $n"; return 1; }
		done
	done
}

@test "the last N that the filters keep" {
	local n
	make_logs 7 4 3000
	for n in 1 10 300 4000; do
		"$mplog" tail -n "$n" -l warning --no-follow $(logs) >out
		last "$n" 'WARNING|ERROR' >want
		cmp out want || { echo "-l warning -n $n"; return 1; }
		"$mplog" tail -n "$n" -l =debug --no-follow $(logs) >out
		last "$n" DEBUG >want
		cmp out want || { echo "-l =debug -n $n"; return 1; }
		"$mplog" tail -n "$n" -g ZeroDivision --no-follow $(logs) >out
		grep -az ZeroDivision all >some && mv all whole && mv some all
		last "$n" >want
		mv whole all
		cmp out want || { echo "-g -n $n"; return 1; }
	done
}

@test "lines before the first head count, and the end of a cut record does not" {
	{
		echo starting up
		echo listening
		make_logs 2 1 3
		cat 0.log
	} >0 && mv 0 0.log
	"$mplog" tail -n 10 --no-follow 0.log | cmp - 0.log
	"$mplog" tail -n 4 --no-follow 0.log >out
	[ "$(head -n 1 out)" = listening ]
	make_logs 2 1 4000
	"$mplog" tail -n 1500 --no-follow 0.log >out
	last 1500 >want
	cmp out want
}

@test "records of more files than are remembered after their end" {
	local i
	mkdir many
	for i in $(seq -w 1 1300); do
		echo "2026-11-20 14:00:00.120 | INFO     | app:main:1 - $i" >"many/$i.log"
	done
	ulimit -n 4096
	"$mplog" tail -n 1300 --no-follow --prefix always many/*.log >out
	[ "$(grep -c '^[0-9]*\.log *| 2026' out)" -eq 1300 ]
}

@test "stamps of the future in the past of a file make nothing late" {
	local i
	for i in 1 2 3; do
		date -d "+$i hours" "+%F %T.000 | INFO     | app:main:1 - ahead"
	done >ahead.log
	: >b.log
	begin tail --prefix always ahead.log b.log
	eventually shows 3 ahead
	for i in $(seq 5); do
		echo "$(date '+%F %T.%3N') | INFO     | app:main:1 - now" >>b.log
		echo "$(date -d '+3 hours' '+%F %T.%3N') | INFO     | app:main:1 - then" >>ahead.log
		eventually shows "$i" now
		eventually shows "$i" then
	done
	end
	! grep -F '!|' out
	! grep late err
}
