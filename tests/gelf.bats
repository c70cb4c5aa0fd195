#!/usr/bin/env bats
# GELF as its senders send it: over UDP, plain, compressed and in chunks, and over TCP.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	end_all
}

# listen KIND: mplog on a free port, which is $port
listen() {
	begin tail --tz utc -o json "$1:127.0.0.1:0"
	eventually said "listening on $1:127.0.0.1:"
	port=$(sed -n "s/.*listening on $1:127.0.0.1://p" err)
}

gelf() {
	python3 "$lib/gelf.py" "$1" "$port"
}

packed() {
	"$mplog" --version | grep -q 'built with:.*zlib' || skip "built without zlib"
}

# value KEY LINE: what the output has there
value() {
	sed -n "$2p" out | python3 -c 'import json, sys
print(json.load(sys.stdin).get(sys.argv[1]))' "$1"
}

@test "a datagram" {
	listen udp
	gelf plain
	eventually shows 1 "hello plain"
	end
	[ "$(cat out)" = '{"time":"2026-11-20T17:08:23.407561000Z","level":"WARNING","source":"udp:127.0.0.1:'"$port"'","format":"gelf","message":"hello plain","module":"app.mod","pid":123,"host":"vm"}' ]
}

@test "compressed datagrams" {
	packed
	listen udp
	gelf packed
	eventually shows 1 "hello gzip"
	for level in 1 6 9; do
		eventually shows 1 "hello zlib $level"
	done
	end
	[ "$(wc -l <out)" -eq 4 ]
	[ "$(grep -c '"level":"WARNING"' out)" -eq 4 ]
}

@test "messages in chunks, in any order" {
	packed
	listen udp
	gelf chunked
	eventually shows 1 ' plain"'
	eventually shows 1 ' zlib"'
	end
	[ "$(wc -l <out)" -eq 2 ]
	python3 - out <<-'END'
	import json, random, sys
	noise = random.Random(1)
	text = "big " + "".join(chr(noise.randrange(97, 123)) for _ in range(60000))
	got = sorted(json.loads(line)["message"] for line in open(sys.argv[1]))
	assert got == [text + " plain", text + " zlib"]
	END
}

@test "half messages, nonsense and a bomb" {
	packed
	listen udp
	gelf torn
	eventually shows 1 "hello after"
	eventually said "skipped 1 chunks or compressed messages"
	eventually said "lost 1 messages of which not all chunks came (total 1)"
	end
	[ "$(wc -l <out)" -eq 1 ]
	grep -q "(total 3)" err
}

@test "an object laid out on several lines" {
	packed
	listen udp
	gelf laid_out
	eventually shows 1 "several lines"
	end
	[ "$(wc -l <out)" -eq 1 ]
	[ "$(value module 1)" = app.mod ]
}

@test "over TCP, with NULs" {
	listen tcp
	gelf tcp
	eventually shows 1 "tcp three"
	end
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(value message 2)" = "tcp two
lines" ]
	[ "$(value level 3)" = WARNING ]
}

@test "as a line, and back" {
	listen udp
	gelf plain
	eventually shows 1 "hello plain"
	end
	rm err
	begin tail --tz utc -o text udp:127.0.0.1:0
	eventually said "listening on udp:"
	port=$(sed -n 's/.*listening on udp:127.0.0.1://p' err)
	gelf plain
	eventually shows 1 "hello plain"
	end
	[ "$(cat out)" = "2026-11-20 17:08:23.407561 | WARNING  | app.mod:-:0 - hello plain" ]
	[ "$("$mplog" filter --tz utc -m '^app.mod$' -l warning out)" = "$(cat out)" ]
}
