#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line, what cannot be read or written, and the exit status.
. "$(dirname "$0")/lib.sh"

"$info" --help | has -- --enough
"$info" --version | has '^vmallocfs-info [0-9]'

area 0xf1000000 1 >"$tmp/x"
area 0xf1002000 3 >>"$tmp/x"

refused 2
refused 2 --no-such-option "$tmp/x"
refused 2 --vmalloc=x "$tmp/x"
refused 2 --vmalloc=0xf1000000 "$tmp/x"
refused 2 --vmalloc=0xf1000000-0xf0000000 "$tmp/x"
refused 2 --vmalloc=0xf1000800-0xf5110000 "$tmp/x"
refused 2 --vmalloc=100 "$tmp/x"
refused 2 --modules=64M "$tmp/x"
refused 2 --by=colour "$tmp/x"
refused 2 --by= "$tmp/x"
refused 2 --top=-1 "$tmp/x"
refused 2 --top=many "$tmp/x"
refused 2 --enough=0 "$tmp/x"
refused 2 --enough= "$tmp/x"
refused 2 --enough=1Q "$tmp/x"
refused 2 --enough=1M:3 "$tmp/x"
refused 2 --enough=1M:4K:heap "$tmp/x"
refused 2 --next=1M:4K:modules:x "$tmp/x"
refused 2 --csv --json "$tmp/x"
refused 2 --svg= "$tmp/x"
refused 2 - -

# Not readable, not a listing, not sound.
refused 1 /no/such/file
refused 1 "$tmp"
refused 1 /dev/null
refused 1 "$cases/failure-messages.txt"
grep -q 839680 "$tmp/err"
refused 1 "$cases/trace-perf-trace.txt"
grep -q vmallocfs-replay "$tmp/err"
{ echo hello; cat "$tmp/x"; } >"$tmp/hello"
refused 1 --strict "$tmp/hello"
status 0 "$tmp/hello"
status 0 --strict "$tmp/x"
status 1 "$tmp/x" /no/such/file

# One summary line for each file, on stderr.
status 0 "$tmp/x" "$tmp/hello"
expect 2 "$(wc -l <"$tmp/err")"
grep -q "1 line passed over (line 1: 'hello')" "$tmp/err"

# Standard input, packed.
gzip -c "$tmp/x" | "$info" --csv - 2>/dev/null | has '^f,24576,2,4,16384,24576,2$'

# The exit status says whether the request fits.
status 0 --enough=8K "$tmp/x"
status 3 --enough=3G "$tmp/x"
status 3 --enough=3G --json "$tmp/x"
status 3 --enough=1M --vmalloc=0xf1000000-0xf1010000 "$tmp/x"
status 1 --enough=8K "$cases/vmallocinfo-arm64-zeros.txt"
grep -q hidden "$tmp/err"
status 1 --enough=8K:0:modules "$tmp/x"
status 3 --enough=8K "$tmp/x" --vmalloc=0xf1000000-0xf1007000
status 3 --enough=16777215T "$cases/vmallocinfo-x86_64-2.6.25-mm.txt"

# Reports go out before pictures, which may fail.
status 1 --svg=/no/such/dir/x.svg "$tmp/x"
[ -s "$tmp/out" ] || fail "no report"
if [ -c /dev/full ]; then
	code=0
	"$info" "$tmp/x" >/dev/full 2>"$tmp/err" || code=$?
	expect 1 "$code"
fi

# A pipe gets no colours, nor does a terminal that is told to have none.
! "$info" "$tmp/x" 2>/dev/null | has $'\033' || fail "colours in a pipe"
if command -v script >/dev/null; then
	script -qec "TERM=xterm '$info' '$tmp/x'" /dev/null </dev/null | has $'\033'
	! script -qec "TERM=xterm NO_COLOR=1 '$info' '$tmp/x'" /dev/null </dev/null |
		has $'\033' || fail "colours in a file"
fi
