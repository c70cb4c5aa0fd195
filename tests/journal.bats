#!/usr/bin/env bats
# The journal's own protocol, on a Unix socket of mplog's.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	end_all
}

# receive OUTPUT: what mplog makes of journal.py
receive() {
	rm -f err
	begin tail --tz utc -o "$1" unixgram:socket
	eventually said "listening on unixgram:"
	python3 "$lib/journal.py" socket
	eventually shows 1 "PATH=/bin is not set"
	end
}

@test "fields as sd_journal_send writes them" {
	receive json
	python3 - out <<-'END'
	import json, sys
	R = [json.loads(line) for line in open(sys.argv[1])]
	assert len(R) == 5, len(R)
	assert all(r["format"] == "journal" and r["time"] is None for r in R[:4]), R
	assert R[0]["message"] == "simple" and R[0]["level"] is None, R[0]
	want = {"level": "WARNING", "message": "a warning", "module": "app.db", "line": 7,
	        "function": "load", "file": "/srv/app.py", "thread": "MainThread",
	        "process": "MainProcess",
	        "fields": {"SYSLOG_IDENTIFIER": "app.py", "USER_ID": "42"}}
	assert {k: R[1].get(k) for k in want} == want, R[1]
	assert R[2]["message"] == "boom" and R[2]["pid"] == 77 and R[2]["level"] == "ERROR"
	assert R[2]["exception"].splitlines()[-1] == "ValueError: x", R[2]
	assert R[3]["message"] == "bytes \ufffd\0 and\nlines", R[3]
	assert R[3]["module"] == "tool", R[3]
	assert R[4]["format"] == "raw" and R[4]["message"] == "PATH=/bin is not set", R[4]
	END
}

@test "and as text" {
	receive text
	[ "$(head -n 3 out)" = "simple
a warning
boom" ]
}
