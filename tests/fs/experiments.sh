#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doc/experiments.md and doc/placement.md: each script's claims hold, and it prints what
# the page shows.
. "$(dirname "$0")/lib.sh"
export VMALLOCFS=$vmallocfs VMALLOCFS_REPLAY=$top_builddir/vmallocfs-replay TMPDIR=$tmp

# shown PAGE COMMAND: the lines that follow the command in the page, to the end of the
# indented text.
shown() {
	awk -v command="    \$ bash doc/$2" '
		$0 == command { on = 1; next }
		/^[^ ]/ { on = 0 }
		on { print substr($0, 5) }' "$top_srcdir/doc/$1" | sed '$d'
}

# compare PAGE NAME SCRIPT [WORD]
compare() {
	local page=$1 name=$2
	shift 2
	bash "$top_srcdir/doc/$1" "${@:2}" >"$tmp/$name" 2>"$tmp/$name.stderr" || {
		cat "$tmp/$name" "$tmp/$name.stderr" >&2
		fail "$* left with status $?"
	}
	[ ! -s "$tmp/$name.stderr" ] || fail "$*: $(cat "$tmp/$name.stderr")"
	diff -u <(shown "$page" "$*") "$tmp/$name" >&2 || fail "$page (-) shows something else for $*"
}

n=0
for script in "$top_srcdir"/doc/experiments/*.sh; do
	name=$(basename "$script" .sh)
	[ "$name" != lab ] || continue
	compare experiments.md "$name" "experiments/$name.sh"
	n=$((n + 1))
done
is $n 7 "experiments"
for drawing in hole again pools; do
	compare placement.md "drawing-$drawing" placement.sh $drawing
done
[ -z "$(ls -d "$tmp"/vmallocfs-lab.* 2>/dev/null)" ] || fail "a directory of a machine is left"
