#!/usr/bin/env bats
# What records look like: every output into a pipe and on a terminal, byte for byte; and that
# JSON, CSV and logfmt of any junk can be read by those who read such.

setup() {
	root=$BATS_TEST_DIRNAME/..
	lib=$BATS_TEST_DIRNAME/lib
	mplog=${MPLOG:-$root/build/mplog}
	export TZ=UTC TERM=xterm-256color LC_ALL=C.UTF-8
	unset NO_COLOR
	cd "$BATS_TEST_TMPDIR"
	cat >a.log <<'LOG'
2026-11-20 14:00:01.000 | INFO     | shop.web:serve:1 - first
2026-11-20 14:00:06.250 | ERROR    | shop.web.session.store:save:102 - sixth
Traceback (most recent call last):
  File "/srv/shop/web.py", line 6, in store
KeyError: 'needle'
LOG
	cat >b.log <<'LOG'
{"time":"2026-11-20T14:00:09Z","level":"warn","logger":"api","msg":"say \"hi\"","status":404,"user":{"name":"ann"},"tags":["a",2],"note":null}
LOG
}

# shows OPTION...: the standard input is what comes of a.log and b.log, ^[ for escape
shows() {
	cat >want
	"$mplog" filter "$@" a.log b.log | sed 's/\x1b/^[/g' | diff - want
}

# terminal COLUMNS OPTION...: the same on a terminal
terminal() {
	cat >want
	python3 "$lib/onpty.py" "$1" "$mplog" filter "${@:2}" a.log b.log |
		sed 's/\x1b/^[/g' | diff - want
}

@test "text: the records' own bytes" {
	"$mplog" filter a.log b.log | cmp - <(cat a.log b.log)
	"$mplog" filter -o text a.log b.log | cmp - <(cat a.log b.log)
	"$mplog" filter --raw --color always --prefix always a.log b.log | cmp - <(cat a.log b.log)
	LC_ALL=C "$mplog" filter a.log b.log | cmp - <(cat a.log b.log)
}

@test "text with labels, times and colours" {
	shows --prefix always <<'OUT'
a.log | 2026-11-20 14:00:01.000 | INFO     | shop.web:serve:1 - first
a.log | 2026-11-20 14:00:06.250 | ERROR    | shop.web.session.store:save:102 - sixth
a.log | Traceback (most recent call last):
a.log |   File "/srv/shop/web.py", line 6, in store
a.log | KeyError: 'needle'
b.log | {"time":"2026-11-20T14:00:09Z","level":"warn","logger":"api","msg":"say \"hi\"","status":404,"user":{"name":"ann"},"tags":["a",2],"note":null}
OUT
	shows --time clock -S a.log <<'OUT'
14:00:01.000 2026-11-20 14:00:01.000 | INFO     | shop.web:serve:1 - first
14:00:06.250 2026-11-20 14:00:06.250 | ERROR    | shop.web.session.store:save:102 - sixth
             Traceback (most recent call last):
               File "/srv/shop/web.py", line 6, in store
             KeyError: 'needle'
OUT
	shows --color always <<'OUT'
2026-11-20 14:00:01.000 | INFO     | shop.web:serve:1 - first
^[[31m2026-11-20 14:00:06.250 | ERROR    | shop.web.session.store:save:102 - sixth^[[0m
Traceback (most recent call last):
  File "/srv/shop/web.py", line 6, in store
KeyError: 'needle'
^[[33m{"time":"2026-11-20T14:00:09Z","level":"warn","logger":"api","msg":"say \"hi\"","status":404,"user":{"name":"ann"},"tags":["a",2],"note":null}^[[0m
OUT
}

@test "pretty: one layout for all" {
	shows -o pretty <<'OUT'
2026-11-20 14:00:01.000 INFO     shop.web  first
2026-11-20 14:00:06.250 ERROR    shop.web.session.store  sixth
  Traceback (most recent call last):
    File "/srv/shop/web.py", line 6, in store
  KeyError: 'needle'
2026-11-20 14:00:09.000 WARNING  api  say "hi" status=404 user.name=ann tags=["a",2] note=null
OUT
	shows -o pretty --prefix always -v sixth <<'OUT'
2026-11-20 14:00:01.000 a.log INFO     shop.web  first
2026-11-20 14:00:09.000 b.log WARNING  api  say "hi" status=404 user.name=ann tags=["a",2] note=null
OUT
	shows -o pretty --color always -v sixth <<'OUT'
^[[2m2026-11-20 14:00:01.000^[[0m INFO     shop.web  first
^[[2m2026-11-20 14:00:09.000^[[0m ^[[33mWARNING^[[0m  api  say "hi" ^[[2mstatus=^[[0m404 ^[[2muser.name=^[[0mann ^[[2mtags=^[[0m["a",2] ^[[2mnote=^[[0mnull
OUT
}

@test "pretty: --show and --hide" {
	shows -o pretty --show status -v sixth <<'OUT'
2026-11-20 14:00:01.000 INFO     shop.web  first
2026-11-20 14:00:09.000 WARNING  api  say "hi" status=404
OUT
	shows -o pretty --show message,status,function <<'OUT'
first function=serve
sixth function=save
say "hi" status=404
OUT
	shows -o pretty --hide time,level,user.name,tags,exception <<'OUT'
shop.web  first
shop.web.session.store  sixth
api  say "hi" status=404 note=null
OUT
}

# times "LIST" OPTION...: the first column of pretty
times() {
	local want=$1 got
	shift
	got=$("$mplog" filter -o pretty --show time "$@" a.log b.log | sed 's/ *$//' | paste -sd,)
	[ "$got" = "$want" ] || { echo "$*: $got, not $want"; return 1; }
}

@test "--time and --tz" {
	times '2026-11-20 14:00:01.000,2026-11-20 14:00:06.250,2026-11-20 14:00:09.000'
	times '2026-11-20T14:00:01.000000+00:00,2026-11-20T14:00:06.250000+00:00,2026-11-20T14:00:09.000000+00:00' \
		--time iso
	times '14:00:01.000,14:00:06.250,14:00:09.000' --time clock
	times '1795183201.000000,1795183206.250000,1795183209.000000' --time epoch
	times '    +0.000,    +5.250,    +8.000' --time relative
	times '    +0.000,    +5.250,    +2.750' --time delta
	times '14:00:01.000,14:00:06.250,15:00:09.000' --time clock --tz Europe/Vienna
	times '14:00:01.000,14:00:06.250,19:30:09.000' --time clock --tz +05:30
	TZ=America/New_York times '09:00:09.000,14:00:01.000,14:00:06.250' --time clock
	TZ=America/New_York times '14:00:01.000,14:00:06.250,14:00:09.000' --time clock --tz utc
	TZ=No/Where times '14:00:01.000,14:00:06.250,14:00:09.000' --time clock
}

@test "json: an object a record" {
	shows -o json <<'OUT'
{"time":"2026-11-20T14:00:01.000000000Z","level":"INFO","source":"a.log","format":"loguru","message":"first","module":"shop.web","function":"serve","line":1}
{"time":"2026-11-20T14:00:06.250000000Z","level":"ERROR","source":"a.log","format":"loguru","message":"sixth","module":"shop.web.session.store","function":"save","line":102,"exception":"Traceback (most recent call last):\n  File \"/srv/shop/web.py\", line 6, in store\nKeyError: 'needle'"}
{"time":"2026-11-20T14:00:09.000000000Z","level":"WARNING","source":"b.log","format":"json","message":"say \"hi\"","module":"api","fields":{"status":404,"user.name":"ann","tags":["a",2],"note":null}}
OUT
	shows -o json --show status -v sixth <<'OUT'
{"time":"2026-11-20T14:00:01.000000000Z","level":"INFO","source":"a.log","format":"loguru","message":"first","module":"shop.web"}
{"time":"2026-11-20T14:00:09.000000000Z","level":"WARNING","source":"b.log","format":"json","message":"say \"hi\"","module":"api","fields":{"status":404}}
OUT
	printf 'a\xff\0b\nno time\n' | "$mplog" filter -o json | diff - <(cat <<'OUT'
{"time":null,"level":null,"source":"stdin","format":"raw","message":"a�\u0000b"}
{"time":null,"level":null,"source":"stdin","format":"raw","message":"no time"}
OUT
	)
}

@test "logfmt and csv" {
	shows -o logfmt -v sixth <<'OUT'
time=2026-11-20T14:00:01.000000000Z level=info source=a.log module=shop.web msg=first function=serve line=1
time=2026-11-20T14:00:09.000000000Z level=warning source=b.log module=api msg="say \"hi\"" status=404 user.name=ann tags="[\"a\",2]" note=null
OUT
	shows -o csv <<'OUT'
time,level,source,module,message,exception
2026-11-20T14:00:01.000000000Z,INFO,a.log,shop.web,first,
2026-11-20T14:00:06.250000000Z,ERROR,a.log,shop.web.session.store,sixth,"Traceback (most recent call last):
  File ""/srv/shop/web.py"", line 6, in store
KeyError: 'needle'"
2026-11-20T14:00:09.000000000Z,WARNING,b.log,api,"say ""hi""",
OUT
	shows -o csv --show level,status,user.name <<'OUT'
level,status,user.name
INFO,,
ERROR,,
WARNING,404,ann
OUT
	shows -o csv --hide time,exception -S b.log <<'OUT'
level,source,module,message
WARNING,b.log,api,"say ""hi"""
OUT
}

@test "templates" {
	shows -o '{level:8}|{module:>10}|{message:.5}|{{x}}\t{status}' <<'OUT'
INFO    |  shop.web|first|{x}	
ERROR   |shop.web.session.store|sixth|{x}	
WARNING |       api|say "|{x}	404
OUT
	shows -o '{letter} {source} {format} {function}:{line} {fields.status}' --tz utc <<'OUT'
I a.log loguru serve:1 
E a.log loguru save:102 
W b.log json : 404
OUT
	shows -o '{message}' <<'OUT'
first
sixth
say "hi"
OUT
	[ "$("$mplog" filter -o '{text}' a.log b.log)" = "$(cat a.log b.log)" ]
	[ "$("$mplog" filter -o '{time}' --time clock --head 1 a.log)" = 14:00:01.000 ]
}

@test "the -- between groups is for people" {
	for n in 0 1 2 3 4 5 6 7 8; do
		echo "2026-11-20 14:00:1$n.000 | INFO     | app:main:1 - n$n"
	done >a.log
	: >b.log
	shows -o pretty --show message -A 1 -g 'n[16]' <<'OUT'
n1
n2
--
n6
n7
OUT
	shows -o csv --show message -A 1 -g 'n[16]' <<'OUT'
message
n1
n2
n6
n7
OUT
	for kind in json logfmt; do
		[ "$("$mplog" filter -o $kind -A 1 -g 'n[16]' a.log | wc -l)" -eq 4 ]
	done
}

@test "a terminal: pretty, coloured, labelled, at any width" {
	for columns in 80 40 200; do
		terminal $columns <<'OUT'
^[[2m2026-11-20 14:00:01.000^[[0m ^[[95ma.log^[[0m INFO     shop.web  first
^[[2m2026-11-20 14:00:06.250^[[0m ^[[95ma.log^[[0m ^[[31mERROR^[[0m    shop.web.session.store  sixth
  Traceback (most recent call last):
    File "/srv/shop/web.py", line 6, in store
  KeyError: 'needle'
^[[2m2026-11-20 14:00:09.000^[[0m ^[[32mb.log^[[0m ^[[33mWARNING^[[0m  api  say "hi" ^[[2mstatus=^[[0m404 ^[[2muser.name=^[[0mann ^[[2mtags=^[[0m["a",2] ^[[2mnote=^[[0mnull
OUT
	done
}

@test "a terminal with one source has no labels; long modules are shortened" {
	echo '2026-11-20 14:00:07.000 | INFO     | shop.services.payment.provider.queue:f:1 - x' >long.log
	run python3 "$lib/onpty.py" 80 "$mplog" filter --color never long.log
	[ "$output" = '2026-11-20 14:00:07.000 INFO     shop.servic..vider.queue  x' ]
	run python3 "$lib/onpty.py" 200 "$mplog" filter --color never long.log
	[ "$output" = '2026-11-20 14:00:07.000 INFO     shop.services.payment.provider.queue  x' ]
	"$mplog" filter -o pretty long.log | cmp - <(echo "$output")
}

@test "a terminal without colour: NO_COLOR, TERM=dumb, no TERM, --color never" {
	plain() {
		"$@" python3 "$lib/onpty.py" 80 "$mplog" filter -v sixth a.log b.log >out
		diff out - <<'OUT'
2026-11-20 14:00:01.000 a.log INFO     shop.web  first
2026-11-20 14:00:09.000 b.log WARNING  api  say "hi" status=404 user.name=ann tags=["a",2] note=null
OUT
	}
	plain env NO_COLOR=1
	plain env TERM=dumb
	plain env -u TERM
	if plain env NO_COLOR= >/dev/null; then
		return 1
	fi
	terminal 80 --color never --prefix never -v sixth <<'OUT'
2026-11-20 14:00:01.000 INFO     shop.web  first
2026-11-20 14:00:09.000 WARNING  api  say "hi" status=404 user.name=ann tags=["a",2] note=null
OUT
	NO_COLOR=1 shows -o pretty --color always -g first <<'OUT'
^[[2m2026-11-20 14:00:01.000^[[0m INFO     shop.web  first
OUT
}

@test "a terminal: what is named outputs stay, --raw is the records' own bytes" {
	terminal 80 -o text --color never -g first <<'OUT'
a.log | 2026-11-20 14:00:01.000 | INFO     | shop.web:serve:1 - first
OUT
	terminal 80 -o json -g first <<'OUT'
{"time":"2026-11-20T14:00:01.000000000Z","level":"INFO","source":"a.log","format":"loguru","message":"first","module":"shop.web","function":"serve","line":1}
OUT
	printf 'a\033[2Jb \xff\n' >c.log
	run python3 "$lib/onpty.py" 80 "$mplog" filter --raw a.log b.log c.log
	[ "$output" = "$(cat c.log a.log b.log)" ] || [ "$output" = "$(cat a.log b.log c.log)" ]
}

@test "a terminal gets no control sequences, and only ASCII where it knows no other" {
	printf 'a\033[2Jb\033]0;t\007\rc\303\251\346\227\245\377\n' >c.log
	on() {
		LC_ALL=$1 python3 "$lib/onpty.py" 80 "$mplog" filter "${@:2}" c.log | sed 's/^ *-  *//'
	}
	[ "$(on C.UTF-8 --color never)" = 'ab\rcé日\xff' ]
	[ "$(on C --color never)" = 'ab\rc\u00e9\u65e5\xff' ]
	[ "$(on C.UTF-8 -o text --color never)" = 'a\x1b[2Jb\x1b]0;t\x07\rcé日\xff' ]
	[ "$(on C.UTF-8 -o text --escape never)" = "$(cat c.log)" ]
}

@test "JSON, CSV and logfmt of junk can be read" {
	python3 "$lib/faultlib.py" outputs "$mplog"
	"$mplog" filter -o json junk.log >junk.json
	while read -r row; do echo "$row"; done <junk.json | head -n 20 | while read -r row; do
		python3 -m json.tool <<<"$row" >/dev/null
	done
}
