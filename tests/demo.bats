#!/usr/bin/env bats
# The demo, shortened: what a newcomer sees first has to work everywhere.

setup() {
	cd "$BATS_TEST_TMPDIR"
	root=$BATS_TEST_DIRNAME/..
	export MPLOG=${MPLOG:-$root/build/mplog} DEMO_SECONDS=2 TMPDIR=$PWD/tmp
	mkdir tmp
}

@test "the demo without a terminal" {
	"$root/tests/demo" >out 2>err
	cat out err
	[ "$(grep -c '^\$ mplog ' out)" -eq 4 ]
	# Order 1000 is told by three processes, in this order.
	[ "$(grep -Eo 'order 1000(: | )(from|[0-9.]+ paid|parcel)' out | head -n 3)" = \
		$'order 1000 from\norder 1000: 4.00 paid\norder 1000: parcel' ]
	grep -q '^ConnectionError: session store: no answer (1001)$' out
	! grep -v '^mplog: ' err
	[ -z "$(ls tmp)" ]
}

@test "the demo on a terminal of 80 columns, without colours" {
	NO_COLOR=1 script -qec "stty cols 80; $root/tests/demo" /dev/null >out </dev/null || {
		cat out
		false
	}
	tr -d '\r' <out >lines
	! grep -n $'\e' lines
	# A path in a traceback is as long as it is.
	! grep -v '^ *File "' lines | grep -nE '^.{81}'
	grep -q 'web-3.log.* ERROR .*order 1001: session not saved' lines
	[ -z "$(ls tmp)" ]
}

@test "the demo says what is missing" {
	mkdir empty
	echo 'raise ImportError' >empty/loguru.py
	PYTHONPATH=$PWD/empty run "$root/tests/demo"
	[ "$status" -eq 1 ]
	[ "$output" = \
		"demo: Python has no loguru; install the package python3-loguru (sh tools/setup)" ]
	MPLOG=$PWD/nothing run "$root/tests/demo"
	[ "$status" -eq 1 ]
	[ "$output" = "demo: there is no $PWD/nothing; run make first" ]
}

@test "the demo that is interrupted leaves nothing behind" {
	env --default-signal=INT setsid "$root/tests/demo" >out 2>&1 3>&- &
	for try in $(seq 100); do
		! grep -q 'order 1001' out || break
		sleep 0.05
	done
	kill -INT -- -$!
	wait $! || status=$?
	[ "$status" -eq 130 ]
	[ -z "$(ls tmp)" ]
	! grep -E 'Traceback|Error' out | grep -v 'session store' | grep -v 'most recent call'
}
