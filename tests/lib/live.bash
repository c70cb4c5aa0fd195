# What the tests with running programs have in common: mplog beside them, and waiting for
# something with an end, never for a time.

root=$BATS_TEST_DIRNAME/..
lib=$BATS_TEST_DIRNAME/lib
mplog=${MPLOG:-$root/build/mplog}

# An interpreter that has Loguru: Debian's, unless another one is first and has it
for python in /usr/bin/python3 python3; do
	"$python" -c 'import loguru' 2>/dev/null && break
done

# begin ARGUMENT...: mplog in the background, into the files out and err; its pid is $pid
begin() {
	# A shell has what it starts in the background ignore INT.
	env --default-signal=INT "$mplog" "$@" >out 2>err </dev/null 3>&- &
	pid=$!
}

# eventually COMMAND...: runs it until it succeeds, for at most 10 seconds
eventually() {
	local left=500
	until "$@"; do
		if [ $((left -= 1)) -eq 0 ]; then
			echo "in 10 s not: $*"
			return 1
		fi
		sleep 0.02
	done
}

# said TEXT: mplog has written it to stderr
said() {
	grep -qF -- "$1" err
}

# shows COUNT TEXT: so many lines of the output have it
shows() {
	[ "$(grep -cF -- "$2" out)" -ge "$1" ]
}

# end [SIGNAL]: stops mplog, which must end with status 0 and without a sanitizer's word
end() {
	local status=0
	kill "-${1:-TERM}" "$pid"
	wait "$pid" || status=$?
	pid=
	[ "$status" -eq 0 ] || { echo "mplog ended with status $status"; cat err; return 1; }
}

# For teardown: says what mplog said if the test has failed, and ends what it has left
end_all() {
	local left
	[ -n "$BATS_TEST_COMPLETED" ] || [ ! -s err ] || sed 's/^/err: /' err | head -n 60
	for left in $pid $others; do
		kill -CONT "$left" 2>/dev/null || true
		kill -KILL "$left" 2>/dev/null || true
		wait "$left" 2>/dev/null || true
	done
}
