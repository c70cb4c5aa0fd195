#!/usr/bin/env bats
# Logs that are posted: Python's HTTPHandler, curl, urllib, OpenTelemetry, and bad clients.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
	begin tail --tz utc -o json tcp:127.0.0.1:0
	eventually said "listening on tcp:127.0.0.1:"
	port=$(sed -n "s/.*listening on tcp:127.0.0.1://p" err)
}

teardown() {
	end_all
}

http() {
	timeout 60 python3 "$lib/poster.py" "$1" "$port"
}

packed() {
	"$mplog" --version | grep -q 'built with:.*zlib' || skip "built without zlib"
}

# check PYTHON: asserts over the list R of the records that came out
check() {
	python3 - out <<-END
	import json, sys
	R = [json.loads(line) for line in open(sys.argv[1])]
	$1
	END
}

handler() {
	http "$1"
	eventually shows 1 "boom"
	end
	check "
assert len(R) == 5, len(R)
assert all(r['format'] == 'form' for r in R)
assert all(r['module'] == 'app.http.$2' for r in R)
assert [r['level'] for r in R] == ['WARNING', 'Level 33', 'INFO', 'INFO', 'ERROR']
assert R[0]['message'] == 'hi you Malm\u00f6 002.5%', R[0]
assert R[0]['fields'] == {'req_id': 'a&b=c'}, R[0]
assert R[0]['function'] == 'handler' and R[0]['file'].endswith('/poster.py')
assert R[0]['pid'] > 1 and R[0]['process'] == 'MainProcess'
assert R[1]['message'] == \"{'a': 1}\", R[1]
assert R[2]['message'] == 'nora & 7', R[2]
assert R[3]['message'] == 'an object: %s', R[3]
assert R[3]['fields']['args'].startswith('(<object object at 0x'), R[3]
assert R[4]['message'] == 'boom\nin two lines', R[4]
assert R[4]['exception'] == \"ZeroDivisionError('division by zero')\", R[4]
"
}

@test "HTTPHandler, GET" {
	handler get GET
}

@test "HTTPHandler, POST" {
	handler post POST
}

@test "HTTPHandler 1,000 times" {
	http rate
	eventually shows 1 "n 999"
	end
	check "assert [r['message'] for r in R] == ['n %d' % n for n in range(1000)]"
}

@test "curl" {
	command -v curl >/dev/null || skip "no curl"
	curl -sf -d '{"level":"error","msg":"from curl"}' "http://127.0.0.1:$port/"
	curl -sf -d 'level=error&message=a+form' "http://127.0.0.1:$port/"
	curl -sf -d 'just words' "http://127.0.0.1:$port/"
	printf '{"level":"info","msg":"file 1"}\n{"level":"info","msg":"file 2"}\n' >file
	curl -sf -H 'Content-Type: application/x-ndjson' --data-binary @file \
		"http://127.0.0.1:$port/"
	curl -sf -H 'Expect: 100-continue' -H 'Transfer-Encoding: chunked' -H \
		'Content-Type: text/plain' --data-binary 'in chunks' "http://127.0.0.1:$port/"
	eventually shows 1 "in chunks"
	end
	check "
assert [(r['level'], r['message']) for r in R] == [('ERROR', 'from curl'),
	('ERROR', 'a form'), (None, 'just words'), ('INFO', 'file 1'), ('INFO', 'file 2'),
	(None, 'in chunks')], R"
}

@test "bodies of every kind" {
	packed
	http bodies
	eventually shows 1 "bare deflate"
	end
	check "
assert sorted(r['message'] for r in R) == sorted(['one', 'two', 'three', 'four', 'five',
	'gour', 'give', 'plain\n  more', 'last line', 'bare deflate']), R
one = [r for r in R if r['message'] == 'one'][0]
assert one['module'] == 'a.b' and one['level'] == 'ERROR', one
plain = [r for r in R if r['message'].startswith('plain')][0]
assert plain['module'] == 'app' and plain['level'] == 'ERROR', plain"
}

@test "one connection for many requests" {
	http keep_alive
	eventually shows 1 "piped 49"
	end
	check "assert [r['message'] for r in R] == ['kept %d' % n for n in range(100)] + [
	'piped %02d' % n for n in range(50)]"
}

@test "OpenTelemetry's logs" {
	packed
	http otlp
	eventually shows 1 "again 499"
	eventually shows 1 "batch 499"
	end
	check "
first = sorted((r for r in R if r['message'].startswith('batch')), key=lambda r: r['line'])
assert len(R) == 1000 and len(first) == 500, len(R)
for n, r in enumerate(first):
	assert r['time'] == '2026-11-20T17:00:00.%09dZ' % (123456000 + n), r
	assert r['message'] == 'batch %d' % n and r['module'] == 'app.db', r
	assert r['level'] == ['INFO', 'WARNING', 'ERROR'][n % 3] and r['pid'] == 4321, r
	assert r['function'] == 'f' and r['fields']['user'] == 'nora', r
	assert r['fields']['trace_id'] == '5b8efff798038103d269b633813fc60c', r
	assert r['fields']['service.name'] == 'shop', r"
	grep -q 'OTEL_EXPORTER_OTLP_PROTOCOL=http/json' err
	grep -q 'took .* of traces or metrics' err
}

@test "a browser gets one line and makes no record" {
	http browser
	http mixed
	eventually shows 1 "by count"
	end
	[ "$(wc -l <out)" -eq 5 ]
}

@test "bad requests are answered, closed and said" {
	packed
	http bad
	http half
	eventually shows 1 "healthy"
	end
	grep -q 'closed: an HTTP POST without Content-Length' err
	grep -q 'closed: an HTTP body longer than --max-record allows' err
}

@test "half requests are counted" {
	http half
	eventually shows 1 "healthy"
	eventually said "of which only a part came (total 20)"
	end
	[ "$(wc -l <out)" -eq 1 ]
}

@test "clients that do not wait for the answer" {
	http gone
	eventually shows 1 "gone 49.9"
	end
	check "assert sorted(r['message'] for r in R) == sorted(
	'gone %d.%d' % (n, i) for n in range(50) for i in range(10)), len(R)"
}

@test "a form as a line, and back" {
	end
	rm err
	begin tail --tz utc -o text tcp:127.0.0.1:0
	eventually said "listening on tcp:127.0.0.1:"
	port=$(sed -n "s/.*listening on tcp:127.0.0.1://p" err)
	http post
	eventually shows 1 "division by zero"
	end
	head -n 1 out | grep -qE '^20[0-9-]{8} [0-9:.]{15} \| WARNING  \| app.http.POST:handler:[0-9]+ - hi you Malmö 002.5%$'
	[ "$("$mplog" filter --count -m '^app.http.POST$' out)" -eq 5 ]
}
