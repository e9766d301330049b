#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --list=: every word that a program lists is one that it takes.
. "$(dirname "$0")/lib.sh"
trace=$top_srcdir/tests/data/placement-window-seed1.ops

policies=$("$top_builddir/vmallocfs-replay" --list=policies)
is "$("$top_builddir/vmallocfs" --list=policies)" "$policies"
is "$("$top_builddir/vmallocfs-info" --list=policies)" "$policies"
"$top_builddir/vmallocfs-replay" --csv --policy="$(echo "$policies" | paste -sd,)" "$trace" >"$tmp/csv"
is "$(($(wc -l <"$tmp/csv") - 1))" "$(echo "$policies" | wc -l)" "runs"

# A name of no machine ends the program before it looks for a directory.
for arch in $("$top_builddir/vmallocfs" --list=arch); do
	"$top_builddir/vmallocfs" -o "arch=$arch" 2>"$tmp/err" && fail "it mounts on nothing"
	has "where to" <"$tmp/err" || fail "arch=$arch: $(cat "$tmp/err")"
done
is "$("$top_builddir/vmallocfs" --list=arch)" "$("$top_builddir/vmallocfs-info" --list=arch)"

# Options of the mount: none is refused as unknown, and one that ends in = needs a value.
options=$("$top_builddir/vmallocfs" --list=options)
for option in $(echo "$options" | grep -v -e / -e tlb_); do
	"$top_builddir/vmallocfs" -o "${option%=}" 2>"$tmp/err" && fail "it mounts on nothing"
	! has "unknown option '${option%=}'" <"$tmp/err" || [[ $option = *= ]] || fail "$option is refused"
done
[ "$("$top_builddir/vmallocfs" --list=knobs | grep -cx -e policy -e lazy_max_pages)" = 2 ] ||
	fail "knobs: $("$top_builddir/vmallocfs" --list=knobs)"

# The knobs of a kind are alike: all of them in one go.
"$top_builddir/vmallocfs" -o "$(echo "$options" | grep -e / -e tlb_ | paste -sd,)" 2>"$tmp/err" &&
	fail "it mounts on nothing"
has "where to" <"$tmp/err" || fail "a knob is refused: $(cat "$tmp/err")"
has -x -e policy= <<<"$options" && has -x -e failslab/times= <<<"$options" ||
	fail "no knobs among the options"
twice=$(echo "$options" | sort | uniq -d)
[ -z "$twice" ] || fail "options that stand twice: $twice"

for program in vmallocfs vmallocfs-info vmallocfs-replay; do
	status=0
	"$top_builddir/$program" --list=none >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status $(wc -l <"$tmp/err") $(wc -c <"$tmp/out")" "2 1 0" "$program"
	for name in policies arch; do
		status=0
		"$top_builddir/$program" --list=$name >/dev/full 2>/dev/null || status=$?
		is "$status" 1 "$program --list=$name >/dev/full"
	done
done
