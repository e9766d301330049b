#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plain, gzip, zstd, through a pipe: all the same.  What is cut is told.
. "$(dirname "$0")/lib.sh"
requires gzip --version
requires zstd --version

without_time() {
	"$replay" "$@" | grep -v '^ns an event'
}

"$gen" ftrace 20000 1000 >"$tmp/t"
gzip -k "$tmp/t"
zstd -q "$tmp/t" -o "$tmp/t.zst"
without_time "$tmp/t" >"$tmp/want"
without_time - <"$tmp/t" >"$tmp/got" && cmp "$tmp/want" "$tmp/got"
without_time "$tmp/t.gz" | cmp "$tmp/want" -
without_time "$tmp/t.zst" | cmp "$tmp/want" -
# shellcheck disable=SC2002 # a pipe is the point
cat "$tmp/t.gz" | without_time - | cmp "$tmp/want" -
cat "$tmp/t.zst" | without_time - | cmp "$tmp/want" -
# The name says nothing.
mv "$tmp/t.gz" "$tmp/t.txt"
without_time "$tmp/t.txt" | cmp "$tmp/want" -

# Half a file: what there is of it counts.
for f in t.txt t.zst; do
	head -c "$(($(stat -c %s "$tmp/$f") / 2))" "$tmp/$f" >"$tmp/half"
	expect 1 "$(problem truncated_input "$tmp/half")"
	[ "$(figure events "$tmp/half")" -gt 2000 ] || fail "nothing of $f was read"
	refused 1 --strict "$tmp/half"
done

# An empty input is a trace without events.
expect 0 "$(figure events /dev/null)"
refused 1 "$tmp/nothing"
refused 1 "$tmp"
