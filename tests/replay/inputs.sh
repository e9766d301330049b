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
cp "$tmp/t" "$tmp/t.crlf"
gzip -k "$tmp/t"
zstd -q "$tmp/t" -o "$tmp/t.zst"
without_time "$tmp/t" >"$tmp/want"
without_time - <"$tmp/t" >"$tmp/got" && cmp "$tmp/want" "$tmp/got"
without_time "$tmp/t.gz" | cmp "$tmp/want" -
without_time "$tmp/t.zst" | cmp "$tmp/want" -
# shellcheck disable=SC2002 # a pipe is the point
cat "$tmp/t.gz" | without_time - | cmp "$tmp/want" -
cat "$tmp/t.zst" | without_time - | cmp "$tmp/want" -
# The name of a file does not matter.
mv "$tmp/t.gz" "$tmp/t.txt"
without_time "$tmp/t.txt" | cmp "$tmp/want" -

# Half a file: what there is of it counts.
for f in t.txt t.zst; do
	head -c "$(($(stat -c %s "$tmp/$f") / 2))" "$tmp/$f" >"$tmp/half"
	expect 1 "$(problem truncated_input "$tmp/half")"
	[ "$(figure events "$tmp/half")" -gt 2000 ] || fail "nothing of $f was read"
	refused 1 --strict "$tmp/half"
done

# Line ends and the mark of other systems; a last line without an end.
{
	printf '\357\273\277'
	sed 's/$/\r/' "$tmp/t.crlf"
} >"$tmp/crlf"
without_time "$tmp/crlf" | cmp "$tmp/want" -

# What packs well passes in the memory that a short trace takes: lines
# without an end, and empty ones.
if ! sanitized; then
	for byte in '\000' '\n'; do
		{
			head -c 300000000 /dev/zero | tr '\000' "$byte"
			printf '\npurge\n'
		} | zstd -q -1 >"$tmp/bomb.zst"
		(ulimit -v 262144 && "$replay" --json "$tmp/bomb.zst") >"$tmp/json"
		grep -q "\"placements\": 0" "$tmp/json" || fail "$(cat "$tmp/json")"
	done
	expect 300000002 "$(sed -n 's/.*"lines": \([0-9]*\).*/\1/p' "$tmp/json")"
	{
		head -c 300000000 /dev/zero
		printf '\npurge\n'
	} | gzip -1 >"$tmp/bomb.gz"
	expect 1 "$(problem too_long_lines "$tmp/bomb.gz")"
fi

# A packed trace whose zstd window is two gigabytes is refused.
if head -c 300000000 /dev/zero | zstd -q --long=31 >"$tmp/window.zst" 2>/dev/null; then
	refused 1 "$tmp/window.zst"
	grep -q window "$tmp/refused.err" || fail "$(cat "$tmp/refused.err")"
fi

# What people take for a trace.
for magic in PERFILE2 '\027\010\104tracing' '\3757zXZ\000' BZh91AY; do
	printf '%b and more' "$magic" >"$tmp/other"
	refused 1 "$tmp/other"
	refused 1 - <"$tmp/other"
done

# An empty input is no trace.
refused 1 /dev/null
refused 1 "$tmp/nothing"
refused 1 "$tmp"
