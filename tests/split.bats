#!/usr/bin/env bats
# A big file alone is read by several threads in chunks; a pipe is read by one. What comes out
# must be the same, whatever lies at the ends of the chunks.

setup() {
	root=$BATS_TEST_DIRNAME/..
	mplog=${MPLOG:-$root/build/mplog}
	export TZ=UTC
	cd "$BATS_TEST_TMPDIR"
}

# same FILE OPTION...: the file and the same bytes through a pipe give the same
same() {
	local file=$1
	shift
	[ "$(stat -c %s "$file")" -gt 8388608 ]
	"$mplog" filter "$@" "log=$file" >whole 2>whole.err
	cat "$file" | "$mplog" filter "$@" log=- >piped 2>piped.err
	cmp whole piped
	[ -s whole ]
}

@test "tracebacks, long records and wide lines across the ends of chunks" {
	python3 - <<'PYTHON'
import random
chance = random.Random(11)
out, t = [], 0
size = 0
while size < 14_000_000:
    t += chance.randrange(900)
    stamp = f"2026-11-20 16:{t // 60000000 % 60:02}:{t // 1000000 % 60:02}.{t % 1000000:06}"
    level = chance.choice(["INFO    ", "DEBUG   ", "WARNING ", "ERROR   "])
    text = f"{stamp} | {level} | app.m{chance.randrange(9)}:f:1 - record {t}\n"
    kind = chance.random()
    if kind < 0.1:
        text += "Traceback (most recent call last):\n\n> File \"x.py\", line 1\n" + \
            "".join(f"    line {i}\n" for i in range(chance.randrange(60))) + "ValueError: x\n"
    elif kind < 0.101:
        text += "y" * chance.randrange(1_500_000) + "\n"
    elif kind < 0.102:
        text += "\n".join("z" * 70 for _ in range(chance.randrange(30_000))) + "\n"
    out.append(text)
    size += len(text)
open("a.log", "w").write("".join(out).rstrip("\n"))
PYTHON
	same a.log
	same a.log -l warning
	same a.log -m 'm[123]' -g 'line 7|z{60}'
	same a.log -e 'level == error and message ~ /record \d*7$/'
	"$mplog" filter --max-record 2M a.log | cmp - <(cat a.log; echo)
}

@test "records without a time, and lines that no format knows" {
	seq -f "INFO:app.db:record %.0f" 1 500000 >plain.log
	same plain.log
	same plain.log -g '99'
	seq -f "just line %.0f" 1 700000 >raw.log
	same raw.log
	{ seq -f "just line %.0f" 1 200000; cat plain.log; } >late-heads.log
	same late-heads.log -o json -g '777'
	awk 'BEGIN { for (i = 0; i < 150000; i++) {
		printf "2026-11-20 16:%02d:%02d,%03d - app.x - INFO - timed %d\n", i / 60000, i / 1000 % 60, i % 1000, i
		print "WARNING:app.y:untimed " i } }' >mixed.log
	same mixed.log -l warning
	same mixed.log -o '{time} {message}' --head 100000
}

@test "JSON, and what is out of order" {
	awk 'BEGIN { srand(5); for (i = 0; i < 120000; i++) {
		t = i + int(rand() * 500)
		printf "{\"ts\":\"2026-11-20T16:%02d:%02d.%03dZ\",\"level\":\"%s\",\"logger\":\"a.b\",\"msg\":\"n %d %0*d\"}\n",
			t / 60000, t / 1000 % 60, t % 1000, rand() < 0.2 ? "ERROR" : "INFO", i, 40, 0 } }' >j.log
	same j.log
	same j.log -l error -o json
	[ ! -s whole.err ]
}
