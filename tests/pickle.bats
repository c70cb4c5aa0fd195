#!/usr/bin/env bats
# Records that come as pickles, in every output and through every filter: they are no text,
# so that each must work on their fields or on the line that is written of them.

load lib/live.bash

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	end_all
}

# sent COUNT ARGUMENT...: mplog with the arguments has shown COUNT lines of the records
sent() {
	local count=$1
	shift
	rm -f out err
	begin tail --no-config --tz utc --color never --prefix never "$@" tcp:127.0.0.1:0
	eventually said "listening on tcp:127.0.0.1:"
	port=$(sed -n 's/.*listening on tcp:127.0.0.1://p' err)
	python3 "$lib/pickle_send.py" "$port"
	eventually lines "$count"
}

lines() {
	[ "$(wc -l <out)" -ge "$1" ]
}

@test "text is Loguru's layout, and is read back as what it was" {
	sent 8 -o text
	end
	diff - out <<-'END'
	2026-11-20 16:58:54.539123 | INFO     | app.db:load:7 - request done
	2026-11-20 16:58:55.539123 | WARNING  | app.web:load:7 - two
	lines
	2026-11-20 16:58:56.539123 | ERROR    | app.db:load:7 - failed
	Traceback (most recent call last):
	  File "x.py", line 1
	ValueError: v
	2026-11-20 16:58:57.539123 | AUDIT=33 | app.sec:load:7 - looked at
	END
	"$mplog" filter --tz utc out | cmp - out
	"$mplog" filter --tz utc -o '{time} {level} {module} {function} {line} {message}' \
		out >again
	sent 5 -o '{time} {level} {module} {function} {line} {message}'
	end
	cmp again out
}

@test "json" {
	sent 4 -o json
	end
	sed 's/"source":"[^"]*",//' out >plain
	diff - plain <<-'END'
	{"time":"2026-11-20T16:58:54.539123000Z","level":"INFO","format":"pickle","message":"request done","module":"app.db","function":"load","file":"/srv/x.py","line":7,"pid":4711,"process":"worker-1","thread":"MainThread","fields":{"status":200,"user":{"id":7,"name":"Malmö"}}}
	{"time":"2026-11-20T16:58:55.539123000Z","level":"WARNING","format":"pickle","message":"two\nlines","module":"app.web","function":"load","file":"/srv/x.py","line":7,"pid":4711,"process":"worker-1","thread":"MainThread"}
	{"time":"2026-11-20T16:58:56.539123000Z","level":"ERROR","format":"pickle","message":"failed","module":"app.db","function":"load","file":"/srv/x.py","line":7,"pid":4711,"process":"worker-1","thread":"MainThread","exception":"Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: v"}
	{"time":"2026-11-20T16:58:57.539123000Z","level":"Level 33","format":"pickle","message":"looked at","module":"app.sec","function":"load","file":"/srv/x.py","line":7,"pid":4711,"process":"worker-1","thread":"MainThread","fields":{"level":"AUDIT","path":"/etc"}}
	END
}

@test "pretty, logfmt, csv and a template" {
	sent 8 -o pretty
	end
	grep -q 'app.db .*request done.* status=200' out
	grep -q 'AUDIT .*looked at .*path=/etc' out
	sent 4 -o logfmt
	end
	grep -q 'msg="request done".* status=200' out
	sent 5 -o csv --show time,level,module,message,status
	end
	grep -q '^2026-11-20T16:58:54.539123.*,INFO,app.db,request done,200$' out
	sent 4 -o '{letter} {text}'
	end
	head -n 1 out | grep -qxF 'I 2026-11-20 16:58:54.539123 | INFO     | app.db:load:7 - request done'
}

@test "filters see the line and the fields" {
	sent 1 -o text -g 'INFO +\| app\.db:load:7 - request'
	end
	[ "$(wc -l <out)" -eq 1 ]
	sent 1 -o text -e 'status >= 200 and module ~ /^app/'
	end
	[ "$(cat out)" = "2026-11-20 16:58:54.539123 | INFO     | app.db:load:7 - request done" ]
	sent 5 -o text -l 'app.db=error,33'
	end
	[ "$(grep -c ' | ' out)" -eq 2 ]
	sent 4 -o text -m sec -B 1
	end
	head -n 1 out | grep -q 'app.db:load:7 - failed'
}

@test "one that is late is shown at once and counted" {
	sent 8 -o text
	python3 "$lib/pickle_send.py" "$port" late
	eventually shows 1 "app.old:load:7 - long ago"
	end
	grep -q '1 record.* late\|1 late' err
}

@test "a pickle that would run a command shows it and does not" {
	sent 4 -o json
	python3 - "$port" <<-'END'
	import os, pickle, socket, struct, sys
	class Bad:
	    def __reduce__(self):
	        return os.system, ("touch canary",)
	record = {"msg": "bad", "levelno": 30, "created": 1795193940.0, "x": Bad()}
	with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as s:
	    for protocol in range(6):
	        data = pickle.dumps(record, protocol)
	        s.sendall(struct.pack(">L", len(data)) + data)
	END
	eventually shows 6 '"x":"<posix.system>"'
	end
	[ ! -e canary ]
}
