#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line, and what cannot be read or written.
. "$(dirname "$0")/lib.sh"

"$replay" --help | has -- --policy
"$replay" --version | has '^vmallocfs-replay [0-9]'

refused 2
refused 2 one two
refused 2 --no-such-option x
refused 2 --policy=worst x
refused 2 --policy= x
refused 2 --policy=first-fit,, x
refused 2 --lazy=-1 x
refused 2 --lazy=99999999999999999999 x
refused 2 --lazy=many x
refused 2 --vmalloc=64Q x
refused 2 --vmalloc=1 x
refused 2 --vmalloc=0xffffc90000000000-0xffffc90000000000 x
refused 2 --vmalloc=64T x
refused 2 --csv --json x
refused 2 --load= x
refused 2 --svg= x
refused 2 --timeline= x
refused 1 --load=/no/such/file "$placement"
refused 1 --load="$placement" "$placement"

# Reports go out before pictures, which may fail.
status=0
"$replay" --svg=/no/such/dir/x.svg "$placement" >"$tmp/out" 2>"$tmp/err" || status=$?
expect 1 "$status"
[ -s "$tmp/out" ] || fail "no report"
expect 1 "$(wc -l <"$tmp/err")"
# full OUT ARG...: it ends with 1 and a line, as OUT or a picture goes to a full disk.
full() {
	local out=$1 status=0
	shift
	"$replay" "$@" >"$out" 2>"$tmp/err" || status=$?
	expect 1 "$status"
	expect 1 "$(wc -l <"$tmp/err")"
}
if [ -w /dev/full ]; then
	full /dev/full "$placement"
	full /dev/full --version
	full "$tmp/out" --svg=/dev/full "$placement"
	full "$tmp/out" --timeline=/dev/full "$placement"
fi
refused 1 "$tmp"
refused 1 - <"$tmp"
refused 1 --load="$tmp" "$placement"

# A window to choose: 333 areas do not fit into a megabyte.
[ "$(figure failures --vmalloc=1M "$placement")" -gt 0 ] || fail "all fits into 1M"
expect 0 "$(figure failures --vmalloc=64M "$placement")"

# Each policy runs once, however often it is named.
expect 8 "$("$replay" --csv --policy=best-fit,all,first-fit "$placement" | wc -l)"
expect best-fit "$("$replay" --csv --policy=best-fit,all "$placement" | sed -n '2s/,.*//p')"

# Commands of the trace switch the policy, unless the command line names policies.
printf 'alloc a 4096\nalloc b 4096\nfree a\npolicy top-down\nalloc c 4096\n' >"$tmp/t"
[ "$(figure peak_span "$tmp/t")" -gt 1000000000 ] || fail "the policy stayed"
expect mixed "$("$replay" --csv "$tmp/t" | sed -n '2s/,.*//p')"
expect top-down "$(echo policy top-down | "$replay" --csv - | sed -n '2s/,.*//p')"
[ "$(figure peak_span --policy=first-fit "$tmp/t")" -lt 100000 ] || fail "the policy changed"
