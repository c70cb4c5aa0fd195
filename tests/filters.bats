#!/usr/bin/env bats
# Every option that chooses records or their order, as a user types it, with exact results.
# The records of the fixture say their number, so that a result is a list of numbers.

setup() {
	root=$BATS_TEST_DIRNAME/..
	mplog=${MPLOG:-$root/build/mplog}
	export TZ=UTC
	cd "$BATS_TEST_TMPDIR"
	cat >a.log <<'LOG'
2026-11-20 14:00:01.000 | TRACE    | app:main:1 - 1
2026-11-20 14:00:02.000 | DEBUG    | app.db:get:2 - 2
2026-11-20 14:00:03.000 | INFO     | app.db.pool:open:3 - 3 Pool open
2026-11-20 14:00:04.000 | SUCCESS  | app.web:serve:4 - 4
2026-11-20 14:00:05.000 | WARNING  | urllib3.pool:retry:5 - 5
2026-11-20 14:00:06.000 | ERROR    | app.dbx:store:6 - 6
Traceback (most recent call last):
  File "/srv/app/dbx.py", line 6, in store
    raise KeyError('needle')
KeyError: 'needle'
2026-11-20 14:00:07.000 | CRITICAL | app.web:serve:7 - 7
2026-11-20 14:00:08.000 8 of no level
LOG
	cat >b.log <<'LOG'
{"time":"2026-11-20T14:00:09Z","level":"info","logger":"app.api","msg":"9","status":200,"ms":12.5,"user":{"name":"ann"},"ok":true,"path":"/v1/a"}
{"time":"2026-11-20T14:00:10Z","level":"warn","logger":"app.api","msg":"10","status":404,"ms":3,"user":{"name":"bob"},"ok":false,"path":"/v1/b"}
{"time":"2026-11-20T14:00:11Z","level":"error","logger":"app.api.auth","msg":"11","status":502,"ms":1200,"path":"/v2/c","note":null,"code":"E5"}
LOG
}

# gives "NUMBERS" OPTION...: the records of a.log and b.log that pass
gives() {
	local want=$1 got
	shift
	got=$("$mplog" filter "$@" -o '{message:.2}' a.log b.log | tr -s ' \n' ' ')
	[ "${got% }" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
}

# like gives, with one -e
where() {
	gives "$1" -e "$2"
}

@test "-l: at least, just those, a range, and nothing without a level" {
	gives "1 2 3 4 5 6 7 8 9 10 11"
	gives "1 2 3 4 5 6 7 9 10 11" -l trace
	gives "5 6 7 10 11" -l warning
	gives "5 6 7 10 11" --level=WARN
	gives "6 7 11" -l err
	gives "7" -l fatal
	gives "" -l alert
	gives "4 5 6 7 10 11" -l notice
	gives "3 6 9 11" -l =info,error
	gives "5 10" -l =warning
	gives "4" -l =success
	gives "2 3 4 5 9 10" -l debug..warning
	gives "1 2" -l ..debug
	gives "6 7 11" -l error..
	gives "5 6 7 10 11" -l 30
}

@test "-l with rules for modules" {
	gives "3 4 5 6 7 9 10 11" -l info
	gives "2 3 4 6 7 9 10 11" -l 'info,app.db=debug,urllib3=error'
	gives "2 3 6 7 11" -l 'app.db=debug,error'
	gives "6 7 11" -l 'error,app.db=info,app.db.pool=off'
	gives "1 2 3 4 6 7 8 9 10 11" -l urllib3=off
	gives "2 3 7" -l 'critical,app.db=trace'
	gives "7 9 10 11" -l 'critical,app.api=info'
	gives "7 11" -l 'critical,app.api=critical,app.api.auth=info'
}

@test "--unknown keep: records without a level pass -l" {
	gives "7 8" -l critical --unknown keep
	gives "7" -l critical --unknown drop
	gives "6 7 8 11" -l error,urllib3=off --unknown keep
}

@test "-m and -M: the module, repeatable" {
	gives "2 3 6" -m '^app\.db'
	gives "2 3" -m '^app\.db(\.|$)'
	gives "2 3 5" -m '^app\.db\b' -m urllib3
	gives "1 4 5 6 7 8 9 10 11" -M '^app\.db\b'
	gives "1 4 6 7 8 9 10 11" -M '^app\.db\b' -M urllib3
	gives "2" -m '^app\.db\b' -M pool
	gives "" -m nowhere
}

@test "-g and -v: the text with its traceback, repeatable" {
	gives "6" -g needle
	gives "6" -g "^KeyError: 'needle'\$"
	gives "1 2 3 4 5 7 8 9 10 11" -v needle
	gives "5 6" -g needle -g retry
	gives "6 11" -g needle -g E5
	gives "1 2 3 4 5 7 8 9 10" -v needle -v E5
	gives "4" -g app.web -v CRITICAL
	gives "3" -g 'Pool open$'
	gives "" -g nowhere
}

@test "-i and -F" {
	gives "" -g NEEDLE
	gives "6" -i -g NEEDLE
	gives "1 2 3 4 5 7 8 9 10 11" -iv NEEDLE
	gives "3" -g 'POOL OPEN' -i
	gives "3 5" -m POOL -i
	gives "3" -Fm app.db.
	gives "2" -Fg '| app.db:'
	gives "" -F -m '^app'
	gives "2" -F -g 'app.db:'
	gives "2 6" -g 'app.db.?:'
	gives "6" -iF -g "KEYERROR('NEEDLE')"
}

@test "-S: the label of the source" {
	gives "9 10 11" -S b.log
	gives "9 10 11" -S 'b*'
	gives "1 2 3 4 5 6 7 8 9 10 11" -S 'a*' -S 'b*'
	gives "" -S nowhere
	[ "$("$mplog" filter -S api -c x=a.log api=b.log)" = 3 ]
	[ "$("$mplog" filter -S '[xy]' -c x=a.log api=b.log)" = 8 ]
}

@test "--since is from, --until is before, in every form" {
	gives "7 8 9 10 11" --since '2026-11-20 14:00:07'
	gives "7 8 9 10 11" --since '2026-11-20T14:00:07Z'
	gives "7 8 9 10 11" --since '2026-11-20T16:00:07+02:00'
	gives "7 8 9 10 11" --since '2026-11-20T14:00:06.001'
	gives "7 8 9 10 11" --since 1795183207
	gives "7 8 9 10 11" --since 1795183207000
	gives "1 2 3 4 5 6" --until 2026-11-20T14:00:07
	gives "3 4 5 6" --since '2026-11-20 14:00:03' --until '2026-11-20 14:00:07'
	gives "1 2 3 4 5 6 7 8 9 10 11" --since 2026-11-20 --until 2026-11-21
	gives "" --until 2026-11-20
	gives "" --since 2026-11-21
	gives "1 2 3 4 5 6 7 8 9 10 11" --since '2026-11-20 14:00'
	gives "" --since '2026-11-20 14:00:07' --until '2026-11-20 14:00:07'
}

@test "--tz is the zone of records and times that name none" {
	gives "9 10 11" --tz +02:00 --since '2026-11-20 16:00' --until '2026-11-20 17:00'
	gives "9 10 11" --tz +02:00 --since 2026-11-20T14:00:07Z
	gives "1 2 3 4 5 6 7 8" --tz Europe/Vienna --until 2026-11-20T14:00Z
	TZ=Europe/Vienna gives "1 2 3 4 5 6 7 8" --until 2026-11-20T14:00Z
	TZ=Europe/Vienna gives "1 2 3 4 5 6" --tz utc --until 2026-11-20T14:00:07Z
}

# ago SECONDS TEXT: a Loguru record of so long ago
ago() {
	echo "$(date -u -d "@$(($(date +%s) - $1))" '+%F %T').000 | INFO     | app:m:1 - $2"
}

@test "--since and --until by the clock: how long ago, days, now" {
	{
		ago 259200 3d
		ago 90000 25h
		ago 7200 2h
		ago 1200 20m
		ago 20 20s
		ago -3600 later
	} >a.log
	: >b.log
	recent() {
		local want=$1 got
		shift
		got=$("$mplog" filter "$@" -o '{message}' a.log | tr '\n' ' ')
		[ "$got" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
	}
	recent "20m 20s later " --since -1h
	recent "20m 20s later " --since=-30m
	recent "20m 20s " --since '45 minutes ago' --until now
	recent "2h " --since -2h30m --until -90m
	recent "20s later " --since -60s
	recent "25h 2h " --since -2d --until '1 hour ago'
	recent "later " --since now
	recent "later " --since +10m
	recent "3d 25h 2h 20m 20s later " --since -1w
	recent "3d " --until -2days
	local before='3d '
	[ "$(date -u -d '25 hours ago' +%F)" = "$(date -u -d yesterday +%F)" ] || before='3d 25h '
	recent "$before" --until yesterday
	local day='yesterday 00:00'
	[ "$("$mplog" filter -c --since "$day" a.log)" = "$("$mplog" filter -c --since yesterday a.log)" ]
	[ "$("$mplog" filter -c --since 00:00 a.log)" = "$("$mplog" filter -c --since today a.log)" ]
}

@test "-e: comparisons of levels, times, numbers and texts" {
	where "5 6 7 10 11" 'level >= warning'
	where "1 2" 'level < info'
	where "1 2 3 9" 'level <= info'
	where "6 7 11" 'level > warning'
	where "6 11" 'level == error'
	where "6 11" 'level = err'
	where "1 2 3 4 5 7 9 10" 'level != error'
	where "10 11" 'status >= 400'
	where "9" 'status == 200'
	where "10 11" 'status != 200'
	where "9 10" 'status < 500'
	where "9 11" 'ms > 3'
	where "9" 'ms == 12.5'
	where "9 10" 'ms <= 12.50'
	where "9" 'user.name == "ann"'
	where "9" "user.name == 'ann'"
	where "10" 'user.name > "ann"'
	where "11" 'code == E5'
	where "8 9 10 11" 'time > "2026-11-20 14:00:07"'
	where "1 2" 'time < 2026-11-20T14:00:03Z'
	where "2" 'module == app.db'
	where "4 7" 'module == "app.web"'
	where "4 7" 'function == serve'
	where "6" 'line == 6'
	where "9 10 11" 'source == b.log'
}

@test "-e: matches, contains, in, and fields that are there" {
	where "2 3" 'module ~ /^app\.db\b/'
	where "1 2 3 5 6 9 10 11" 'module !~ /web/'
	where "3" 'message ~ /pool OPEN/i'
	where "6" '/needle/'
	where "6" '"needle"'
	where "6" '/NEEDLE/i'
	where "6" 'exception ~ /KeyError/'
	where "6" 'exception'
	where "3" 'message contains Pool'
	where "9 10" 'path contains "/v1/"'
	where "11" 'path not contains "/v1/"'
	where "9 11" 'status in (200, 502)'
	where "10" 'status not in (200, 502)'
	where "9" 'user.name in (ann, carl)'
	where "9 10 11" 'status'
	where "9" 'ok'
	where "10 11" 'status and not ok'
	where "" 'note'
	where "11" 'code'
}

@test "-e: and, or, not and parentheses" {
	where "11" 'level >= warning and module ~ /^app\.api/ and status >= 500'
	where "1 11" 'status >= 500 or level == trace'
	where "1 11" 'status >= 500 || level == trace'
	where "10 11" 'level >= warning && (status == 404 || status == 502)'
	where "2 10" 'level == debug or level >= warning and status == 404'
	where "10" '(level == debug or level >= warning) and status == 404'
	where "1 2 3 4 5 6 7 8" 'not status'
	where "1 2 3 4 5 6 7 8" '! status'
	where "1 2 3 4 5 6 7 8 9" 'not (status >= 400)'
	where "6" 'not status and exception'
	gives "11" -e 'status >= 400' -e 'ms > 100'
	gives "10" -e 'status >= 400' -v E5
}

@test "all filters together" {
	gives "6" -l error -m '^app' -g needle -v nothing -S 'a*' --since 2026-11-20 \
		--until 2026-11-21 -e 'line == 6'
	gives "" -l error -m '^app' -g needle -S 'b*'
}

# context "LINES" OPTION...: the numbers and separators that come out of a.log and b.log
context() {
	local want=$1 got
	shift
	got=$("$mplog" filter "$@" a.log b.log |
		sed -nE 's/^--$/--/p; s/^2026.* - ([0-9]+).*/\1/p; s/^2026\S+ \S+ (8) .*/\1/p; s/.*"msg":"([0-9]+)".*/\1/p' |
		tr '\n' ' ')
	[ "${got% }" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
}

@test "-A -B -C: records around each, -- between groups" {
	context "5 6 7" -C1 -g needle
	context "5 6" -B 1 -g needle
	context "6 7 8" -A 2 -g needle
	context "4 5 6 7" -B 2 -A 1 -g needle
	context "1 2 -- 5 6 7 -- 10 11" -C 1 -g 'main:1|needle|E5'
	context "1 2 3 4 5 6 7 8" -C 2 -g 'main:1|needle'
	context "1 2 3 -- 6 7" -A 1 -g 'main:1|get:2|needle'
	context "1 2 3 4 5 6 7 8 9 10 11" -C 100 -g needle
	context "" -C 3 -g nowhere
	context "1 2 3 4 5 6 7 8 9 10 11" -C 1
	context "4 5 6 7 8" -C 1 -l warning -S a.log
}

@test "a traceback stays with its record, under every filter" {
	sed -n 6,10p a.log >six
	for filter in "-l =error" "-g needle" "-g store:6" "-m dbx" "-e line==6" \
		"-e exception" "-v CRITICAL -l error" "--since 14:00:06 --until 14:00:07"; do
		set -- $filter
		case $filter in --since*) set -- --since "2026-11-20 $2" --until "2026-11-20 $4" ;; esac
		"$mplog" filter "$@" a.log | cmp - six
		"$mplog" filter "$@" <a.log | cmp - six
		"$mplog" tail --no-follow -n all "$@" a.log | cmp - six
	done
	"$mplog" filter -A 1 -g needle a.log | cmp - <(sed -n 6,11p a.log)
	"$mplog" filter -B 1 -g CRITICAL a.log | cmp - <(sed -n 6,11p a.log)
	"$mplog" filter -v needle a.log | cmp - <(sed 6,10d a.log)
	"$mplog" filter --head 6 a.log | cmp - <(head -n 10 a.log)
	"$mplog" tail --no-follow -n 3 a.log | cmp - <(tail -n 7 a.log)
}

@test "-c counts records" {
	[ "$("$mplog" filter -c a.log b.log)" = 11 ]
	[ "$("$mplog" filter -c -l error a.log b.log)" = 3 ]
	[ "$("$mplog" filter -c -g nowhere a.log)" = 0 ]
	[ "$("$mplog" filter --count --head 2 a.log)" = 2 ]
	[ "$("$mplog" tail -c --no-follow -n 4 a.log b.log)" = 4 ]
}

# quiet STATUS OPTION...: nothing on stdout and stderr
quiet() {
	local want=$1 status=0
	shift
	"$mplog" "$@" >out 2>err || status=$?
	[ "$status" -eq "$want" ] || { echo "$*: status $status"; return 1; }
	[ ! -s out ] && [ ! -s err ]
}

@test "-q: its status says whether there is one" {
	quiet 0 filter -q -g needle a.log
	quiet 1 filter -q -g nowhere a.log b.log
	quiet 0 filter -q a.log
	quiet 0 filter -qc -l error a.log
	: >empty.log
	quiet 1 filter -q empty.log
	quiet 0 tail -q -n all -g needle a.log
	quiet 1 tail -q --no-follow -g nowhere a.log
	mkfifo a.fifo
	(exec >a.fifo && cat a.log && exec sleep 60) 3>&- &
	local began=$SECONDS
	quiet 0 filter -q -g needle a.fifo
	[ $((SECONDS - began)) -lt 20 ]
	kill $! || true
}

@test "--head ends after so many" {
	gives "1 2 3" --head 3
	gives "" --head 0
	gives "5 6" --head 2 -l warning
	gives "1 2 3 4 5 6 7 8 9 10 11" --head 11
	gives "1 2 3 4 5 6 7 8 9 10 11" --head 1000
	context "5 6 7" -C 1 --head 1 -g 'needle|E5'
	context "5 6 7 8" -C 1 --head 2 -g 'needle|serve:7|E5'
	context "6 7 8" -A 2 --head 1 -g 'needle|serve:7'
	quiet 0 tail -n 0 --head 0 a.log
	mkfifo a.fifo
	(exec >a.fifo && cat a.log && exec sleep 60) 3>&- &
	[ "$("$mplog" tail --head 2 -l error -o '{message:.1}' a.fifo | tr '\n' ' ')" = "6 7 " ]
	kill $! || true
}

# past COUNT OPTION...: the numbers of what tail begins with
past() {
	local want=$1 got
	shift
	got=$("$mplog" tail --no-follow "$@" -o '{message:.2}' a.log b.log | tr -s ' \n' ' ')
	[ "${got% }" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
}

@test "tail -n: the last records of the merged stream that pass" {
	past "2 3 4 5 6 7 8 9 10 11"
	past "" -n 0
	past "11" -n 1
	past "8 9 10 11" -n 4
	past "1 2 3 4 5 6 7 8 9 10 11" -n all
	past "1 2 3 4 5 6 7 8 9 10 11" -n 11
	past "1 2 3 4 5 6 7 8 9 10 11" --lines=99999999999
	past "7 11" -n 2 -l error
	past "5" -n 3 -g retry
	sed -i 's/T14:00:/T14:00:0/; s/:009Z/:03.5Z/; s/:010Z/:04.5Z/; s/:011Z/:06.5Z/' b.log
	past "6 11 7 8" -n 4
	past "5 6 11 7 8" -n 5
	past "1 2 3 9 4 10 5 6 11 7 8" -n 11
}

@test "tail -n counts back over long records and many blocks" {
	seq -f "2026-11-20 14:00:00.000 | INFO     | app:main:1 - %06.0f" 1 20000 >a.log
	{
		echo '2026-11-20 14:00:01.000 | ERROR    | app:main:1 - long'
		head -c 300000 /dev/zero | tr '\0' 'x' | fold -w 100
		echo
	} >>a.log
	[ "$("$mplog" tail --no-follow -n 1 a.log | wc -c)" -eq 303055 ]
	[ "$("$mplog" tail --no-follow -n 3 a.log | head -1)" = \
		"2026-11-20 14:00:00.000 | INFO     | app:main:1 - 019999" ]
	[ "$("$mplog" tail --no-follow -n 10000 a.log | head -1)" = \
		"2026-11-20 14:00:00.000 | INFO     | app:main:1 - 010002" ]
	[ "$("$mplog" tail --no-follow -n 1 -g 000005 -o '{message}' a.log)" = 000005 ]
	"$mplog" tail --no-follow -n all a.log | cmp - a.log
}

# shuffled COUNT: three files of so many records, wholly out of order, with many equal times;
# all and one are what they are in order
shuffled() {
	python3 - "$1" <<'PYTHON'
import random, sys
chance = random.Random(7)
every = []
for place, name in enumerate(("a", "b", "c")):
    records = [(chance.randrange(2000), i) for i in range(int(sys.argv[1]))]
    with open(f"{name}.log", "w") as log:
        for i, (ms, _) in enumerate(records):
            text = f"2026-11-20 14:00:{ms // 1000:02}.{ms % 1000:03} | INFO     | {name}:f:1 - {i}\n"
            if i % 50 == 0:
                text += "Traceback (most recent call last):\n  File \"x\"\nValueError: x\n"
            log.write(text)
            every.append((ms, place, i, text))
for wanted, name in ((every, "all"), ([r for r in every if r[1] == 0], "one")):
    with open(name, "w") as out:
        out.writelines(text for _, _, _, text in sorted(wanted))
PYTHON
}

@test "--order exact sorts wholly and is stable" {
	shuffled 6000
	"$mplog" filter --order exact a.log 2>err | cmp - one
	[ ! -s err ]
	"$mplog" filter --order exact a.log b.log c.log 2>err | cmp - all
	[ ! -s err ]
	"$mplog" filter --order exact -C 1 -g x a.log b.log c.log 2>err >out
	"$mplog" filter --order exact --head 100 a.log b.log c.log | cmp - <(head -n "$(awk '/2026/ && ++n == 101 {print NR - 1; exit}' all)" all)
	"$mplog" filter --order exact -o json a.log b.log c.log | grep -c '"exception":' >count
	[ "$(cat count)" = 360 ]
	"$mplog" filter --order exact -g ValueError a.log b.log c.log >out
	[ "$(grep -c 2026 out)" -eq 360 ]
	sort -s -k 1,2 <(grep 2026 out) | cmp - <(grep 2026 out)
	cat a.log | "$mplog" filter --order exact | cmp - one
	cat c.log | "$mplog" filter --order exact a.log b.log - | cmp - all
	"$mplog" tail --no-follow -n all --order exact a.log b.log c.log | cmp - all
}

@test "--order time looks ahead by 1,024 records at least" {
	shuffled 1024
	"$mplog" filter a.log b.log c.log 2>err | cmp - all
	[ ! -s err ]
}

@test "--order time puts right what it can, counts the rest, loses nothing" {
	shuffled 40000
	"$mplog" filter a.log b.log c.log >out 2>err
	cmp <(sort out) <(sort all)
	grep -Eq '^mplog: [0-9]+ records? came late and (is|are) out of order; --order exact sorts files wholly$' err
	[ "$(wc -l <err)" -eq 1 ]
}

@test "--order arrival: file after file, as it is" {
	shuffled 6000
	"$mplog" filter --order arrival c.log a.log b.log 2>err | cmp - <(cat c.log a.log b.log)
	[ ! -s err ]
	cat a.log | "$mplog" filter --order arrival | cmp - a.log
}

@test "tail -n under --order exact: the last records by time, wherever they stand" {
	python=python3
	shuffled 6000
	timeout 10 "$mplog" tail --no-follow -n 5 --order exact -o '{time} {message}' a.log b.log c.log >out
	timeout 10 "$mplog" filter --order exact -o '{time} {message}' a.log b.log c.log | tail -n 5 | cmp - out
	[ "$(wc -l <out)" -eq 5 ]
}
