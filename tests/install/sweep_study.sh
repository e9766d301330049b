#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The study of doc/sweep.md, with a shorter trace: it runs, and finds what the page says.
. "$(dirname "$0")/lib.sh"
requires_tools parallel gnuplot
mkdir "$tmp/bin"
ln -s "$top_srcdir/src/sweep/vmallocfs-sweep" "$top_builddir/vmallocfs-replay" "$tmp/bin"
PATH=$tmp/bin:$PATH TRACES=1 EVENTS=600 sh "$top_srcdir/doc/sweep/study.sh" "$tmp/study" >"$tmp/out" 2>&1 ||
	fail "$(cat "$tmp/out")"
is "$(awk '{ print NF }' "$tmp/study/failures" | sort -u)" 6
is "$(wc -l <"$tmp/study/failures")" 9
# Worst fit fails most often, and in a narrow window more than in a wide one.
awk 'NR == 2 { narrow = $5 } NR > 1 && ($5 < $2 || $5 < $4) { exit 1 } END { exit !(narrow > $5) }' \
	"$tmp/study/failures" || fail "$(cat "$tmp/study/failures")"
grep -q '</svg>' "$tmp/study/failures.svg" || fail "there is no plot"
grep -q worst-fit "$tmp/study/failures.svg" || fail "the plot does not name the policies"
