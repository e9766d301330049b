#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A real kernel's recorded placement, kept in the middle and gone on with in another
# mount: it ends as the kernel's did.  gdb, drgn and libkdumpfile see the same machine
# before and after.
. "$(dirname "$0")/lib.sh"
ops=$data/placement-window-seed1.ops
grep -v '^#' "$ops" >"$tmp/ops"
steps=$(wc -l <"$tmp/ops")
[ "$steps" -gt 600 ] || fail "only $steps steps"

# to STEP: does the recording's steps up to that one, 120 at a time, and looks after each
# lot whether all that is there lies where the kernel had it.
at=0
to() {
	local last
	while [ $at -lt "$1" ]; do
		last=$((at + 120 < $1 ? at + 120 : $1))
		sed -n "$((at + 1)),${last}p" "$tmp/ops" |
			awk '$1 == "alloc" { print "vmalloc", $2, $3 } $1 == "free" { print "vfree", $2 }' \
				>"$mnt/ctl"
		at=$last
		head -n "$at" "$tmp/ops" | awk '
			$1 == "alloc" { at[$2] = $4 } $1 == "free" { delete at[$2] }
			END { for (name in at) printf "0xffffc9%010x %s\n", at[name], name }' |
			sort >"$tmp/want"
		awk '/^0x/ { sub(/-.*/, "", $1); print $1, $5 }' "$mnt/status" | sort >"$tmp/got"
		same "$tmp/want" "$tmp/got"
	done
}

# clients CORE: what debuggers read of the largest file.
clients() {
	if command -v gdb >/dev/null; then
		gdb -q -batch -nx -ex "x/8gx $addr" -c "$1" 2>/dev/null | tail -4
	fi
	if command -v drgn >/dev/null; then
		drgn -q -c "$1" "$tmp/ask.py" "$addr" 2>/dev/null || fail "drgn cannot read $1"
	fi
	if [ -x "$top_builddir/tests/fs/kdump_read" ]; then
		"$top_builddir/tests/fs/kdump_read" "$1" "$addr" 4096 | cksum
	fi
}
cat >"$tmp/ask.py" <<'EOT'
import sys
print(prog.read(int(sys.argv[1], 16), 4096).hex())
EOT

start_fs -o memory=256M
to $((steps / 2))
read -r addr name < <(awk '/^0x/ { sub(/-.*/, "", $1); print $2, $1, $5 }' "$mnt/status" |
	sort -n | tail -1 | cut -d' ' -f2-)
random_file "$tmp/bytes" 4096
dd if="$tmp/bytes" of="$mnt/$name" conv=notrunc status=none
cp "$mnt/proc/vmcore" "$tmp/m.core"
clients "$tmp/m.core" >"$tmp/before"
to "$steps"
cat "$mnt/proc/vmallocinfo" "$mnt/proc/buddyinfo" >"$tmp/end"
stop_fs

start_fs -o restore="$tmp/m.core"
cp "$mnt/proc/vmcore" "$tmp/again.core"
clients "$tmp/again.core" >"$tmp/after"
[ -s "$tmp/before" ] || say "no debugger is there"
same "$tmp/before" "$tmp/after"
at=$((steps / 2))
to "$steps"
cat "$mnt/proc/vmallocinfo" "$mnt/proc/buddyinfo" >"$tmp/got"
same "$tmp/end" "$tmp/got"
is "$(cat "$mnt/sys/kernel/mm/vmalloc/check")" ok
stop_fs
