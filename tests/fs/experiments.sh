#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doc/experiments.md: each script's claims hold, and it prints what the page
# shows.
. "$(dirname "$0")/lib.sh"
page=$top_srcdir/doc/experiments.md
export VMALLOCFS=$vmallocfs VMALLOCFS_REPLAY=$top_builddir/vmallocfs-replay TMPDIR=$tmp

# shown NAME: the lines that follow the command in the page, to the end of the
# indented text.
shown() {
	awk -v command="    \$ bash doc/experiments/$1.sh" '
		$0 == command { on = 1; next }
		/^[^ ]/ { on = 0 }
		on { print substr($0, 5) }' "$page" | sed '$d'
}

n=0
for script in "$top_srcdir"/doc/experiments/*.sh; do
	name=$(basename "$script" .sh)
	[ "$name" != lab ] || continue
	bash "$script" >"$tmp/$name" 2>"$tmp/$name.stderr" || {
		cat "$tmp/$name" "$tmp/$name.stderr" >&2
		fail "$name.sh left with status $?"
	}
	[ ! -s "$tmp/$name.stderr" ] || fail "$name.sh: $(cat "$tmp/$name.stderr")"
	diff -u <(shown "$name") "$tmp/$name" >&2 || fail "the page (-) has other figures for $name"
	n=$((n + 1))
done
is $n 5 "experiments"
[ -z "$(ls -d "$tmp"/vmallocfs-lab.* 2>/dev/null)" ] || fail "a directory of a machine is left"
