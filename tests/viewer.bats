#!/usr/bin/env bats
# The viewer in a real terminal (tmux): it starts, follows live, takes every size, and gives
# the terminal back as it was, however it ends.

setup() {
	cd "$BATS_TEST_TMPDIR"
	mplog=${MPLOG:-$BATS_TEST_DIRNAME/../build/mplog}
	socket=mplog-$$-$BATS_TEST_NUMBER
	unset XDG_RUNTIME_DIR NO_COLOR TMUX TERM
	export TZ=UTC LC_ALL=C.UTF-8
	cp "$BATS_TEST_DIRNAME"/examples/*.log .
}

teardown() {
	tm kill-server 2>/dev/null || true
	[ -z "$writer" ] || kill "$writer" 2>/dev/null || true
}

tm() {
	tmux -L "$socket" -f /dev/null "$@" 3>&-
}

# begin COLUMNS ROWS: a shell in a terminal of that size
begin() {
	tm new-session -d -x "$1" -y "$2" -s v "PS1='$ ' ENV= exec sh" </dev/null
	until_shows '^\$'
}

# run LINE: the shell runs it
run_in() {
	tm send-keys -t v -l "$1"
	tm send-keys -t v Enter
}

keys() {
	tm send-keys -t v "$@"
}

screen() {
	tm capture-pane -p -t v
}

# until_shows REGEX: waits until a row of the screen matches
until_shows() {
	for _ in $(seq 200); do
		screen | grep -q -e "$1" && return 0
		sleep 0.05
	done
	echo "never shown: $1"
	screen
	return 1
}

# A record at a time of today's day of the examples
record() {
	printf '2026-11-20 14:%02d:00.000 | INFO     | live:run:1 - %s\n' "$1" "$2"
}

@test "it starts, shows all sources in order, and q gives the terminal back" {
	begin 80 24
	run_in "stty -g >before; '$mplog' web.log worker.log api.log; echo status \$?"
	until_shows 'GET /orders/17 200'
	until_shows '^ LIVE  3 src .* E3 W2 | 15/15 dropped 0'
	screen | grep -q '^ 14:00:04.901 web    E shop.web.session session 7f3a not saved  \[Conn'
	keys q
	until_shows '^status 0'
	! screen | grep -q LIVE
	run_in "stty -g >after; echo done"
	until_shows '^done'
	cmp before after
}

@test "a growing file and a FIFO are followed, paused and gone on with" {
	mkfifo live.fifo
	begin 80 12
	run_in "'$mplog' web.log live.fifo"
	until_shows 'GET /orders/17'
	(exec >live.fifo; record 10 "through a FIFO"; sleep 30) 3>&- &
	writer=$!
	until_shows 'live .*through a FIFO'
	record 11 "at the end of the file" >>web.log
	until_shows 'at the end of the file'
	keys p
	until_shows '^ PAUSED +0'
	record 12 "while paused" >>web.log
	until_shows '^ PAUSED +1'
	! screen | grep -q 'while paused$' || screen | grep -q PAUSED
	keys F
	until_shows 'while paused'
	until_shows '^ LIVE'
	keys q
	until_shows '^\$'
}

@test "it is resized, also to very small sizes, and stays whole" {
	begin 80 24
	run_in "'$mplog' web.log worker.log api.log"
	until_shows '^ LIVE  3 src'
	for size in "40 5" "20 4" "132 43" "8 2" "1 1" "80 24"; do
		tm resize-window -t v -x "${size% *}" -y "${size#* }"
		sleep 0.1
	done
	until_shows '^ LIVE  3 src .* 15/15 dropped 0'
	until_shows '14:00:00.120 web    I shop.web         listening'
	tm resize-window -t v -x 40 -y 5
	until_shows '^ 14:00:06 I GET /orders/17 200$'
	keys q
	until_shows '^\$'
}

@test "^Z stops it and fg brings it back" {
	begin 80 24
	run_in "bash --norc"
	run_in "PS1='> '; stty -g >before"
	run_in "'$mplog' web.log"
	until_shows '^ LIVE'
	keys C-z
	until_shows 'Stopped'
	run_in "stty -g >stopped"
	run_in "fg"
	until_shows '^ LIVE'
	keys e
	until_shows 'no later error'
	keys q
	run_in "stty -g >after; echo done"
	until_shows '^done'
	cmp before stopped
	cmp before after
}

@test "however it ends, the terminal is as it was" {
	begin 80 24
	run_in "stty -g >before"
	for number in TERM HUP INT SEGV ABRT; do
		rm -f after
		run_in "clear; '$mplog' web.log"
		until_shows '^ LIVE'
		kill -s "$number" "$(pgrep -f "^$mplog web.log")"
		for _ in $(seq 50); do
			tm display -p -t v '#{alternate_on}' | grep -q 0 && break
			sleep 0.05
		done
		run_in "stty -g >after; echo ended by $number"
		until_shows "^\(\$ \)*ended by $number"
		cmp before after
	done
}

@test "what it is piped is shown, every line, with keys from the terminal" {
	begin 80 24
	run_in "seq 300000 | sed 's/^/line /' | '$mplog'"
	until_shows '300,000/300,000 dropped 0'
	until_shows 'line 300000$'
	keys g
	until_shows 'line 1$'
	keys q
	until_shows '^\$'
}

@test "the wheel moves, once it is asked for" {
	begin 80 8
	run_in "'$mplog' web.log worker.log api.log"
	until_shows '15/15'
	keys F2
	until_shows 'the wheel comes here'
	tm send-keys -t v -l $'\e[M`*#'
	until_shows '^ PAUSED'
	keys q
	until_shows '^\$'
	[ "$(tm display -p -t v '#{mouse_any_flag}')" -eq 0 ]
}

@test "search, filters, levels and the command that gives the same" {
	begin 120 24
	run_in "'$mplog' web.log worker.log api.log"
	until_shows '15/15'
	keys /
	keys -l connection
	keys Enter
	until_shows 'found 3'
	keys '&'
	keys -l 'status=|order'
	keys Enter
	until_shows 'status=|order | '
	keys +
	keys +
	keys +
	until_shows '>=warning'
	keys Y
	until_shows '^ mplog filter'
	command=$(screen | grep '^ mplog filter')
	shown=$(screen | grep -c '^[ *~]14:')
	keys q
	[ "$(eval "'$mplog' ${command# mplog}" | grep -c '^2026\|^{')" -eq "$shown" ]
}

@test "saved is what mplog filter writes" {
	begin 80 24
	run_in "'$mplog' -l warning web.log worker.log api.log"
	until_shows '5/5 of 15'
	keys C-s
	keys -l saved.log
	keys Enter
	until_shows '5 records are saved'
	keys q
	"$mplog" filter -l warning web.log worker.log api.log >want
	cmp saved.log want
}

@test "colours as the terminal and NO_COLOR have it" {
	begin 80 24
	for how in "TERM=xterm-256color" "TERM=xterm" "TERM=vt100" "TERM=screen NO_COLOR=1"; do
		run_in "clear; $how '$mplog' web.log"
		until_shows '^ LIVE'
		tm capture-pane -e -p -t v >"colors"
		case $how in
		*xterm*) grep -q $'\e\\[.*3[0-9]m\|38;5' colors ;;
		*) ! grep -q $'\e\\[[0-9;]*\\(3[1-8]\\|4[1-8]\\)[;m]' colors ;;
		esac
		keys q
		until_shows '^\$'
	done
}

@test "where the locale is not UTF-8 all is ASCII" {
	printf '2026-11-20 14:10:00.000 | INFO     | a:b:1 - caf\303\251 \346\274\242 \007\n' >u.log
	begin 80 24
	run_in "LC_ALL=C '$mplog' u.log"
	until_shows 'caf\\u00e9 \\u6f22 \\x07$'
	keys Enter
	until_shows '^ message     caf'
	keys q q
	until_shows '^\$'
}

@test "control characters and wide ones change no other row" {
	begin 60 10
	for i in 1 2 3; do
		record $i "before"
		printf '2026-11-20 14:%02d:30.000 | INFO     | a:b:1 - 漢字\033[5;1Hx\007\342\200\256y\r10%%\r20%%\n' $i
	done >odd.log
	run_in "'$mplog' odd.log"
	until_shows '6/6'
	[ "$(screen | grep -c '14:0[123]:00.000 I live .*before$')" -eq 3 ]
	[ "$(screen | grep -c '14:0[123]:30.000 I a  .*漢字')" -eq 3 ]
	keys q
	until_shows '^\$'
}

@test "doing nothing costs nothing" {
	begin 80 24
	run_in "'$mplog' web.log"
	until_shows '6/6'
	sleep 3 # in which the rate comes down to 0
	pid=$(pgrep -f "^$mplog web.log")
	before=$(cat /proc/"$pid"/task/*/status | awk '/ctxt/ {n += $2} END {print n}')
	sleep 1.5
	after=$(cat /proc/"$pid"/task/*/status | awk '/ctxt/ {n += $2} END {print n}')
	# ThreadSanitizer has a thread of its own, which wakes up now and then.
	[ $((after - before)) -le $((${SANITIZED:+40} + 4)) ]
	keys q
	until_shows '^\$'
}

@test "a terminal that goes away ends it" {
	begin 80 24
	run_in "'$mplog' web.log"
	until_shows '^ LIVE'
	pid=$(pgrep -f "^$mplog web.log")
	tm kill-server
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}
