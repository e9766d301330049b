#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doc/notebook/fragmentation.py as a plain script: it mounts, plots, and unmounts.
. "$(dirname "$0")/lib.sh"
# Packages of the system are seen by its own Python alone.
python=
for candidate in python3 /usr/bin/python3; do
	"$candidate" -c 'import matplotlib' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || skip "this needs matplotlib"
[ -c /dev/fuse ] && [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip "this needs /dev/fuse"
export MPLCONFIGDIR=$tmp PYTHONDONTWRITEBYTECODE=1
mkdir "$tmp/out"
STEPS=150 PATH=$top_builddir:$PATH TMPDIR=$tmp timeout 300 "$python" \
	"$top_srcdir/doc/notebook/fragmentation.py" "$tmp/out" >"$tmp/log" 2>&1 || fail "$(cat "$tmp/log")"
grep -qx "the mount and the replay agree" "$tmp/log" || fail "$(cat "$tmp/log")"
grep -qE '^worst-fit +[1-9][0-9]* failed' "$tmp/log" || fail "$(cat "$tmp/log")"
for picture in fragmentation policies; do
	[ "$(head -c 4 "$tmp/out/$picture.png" | tail -c 3)" = PNG ] || fail "$picture.png is no picture"
done
! grep -q " $tmp" /proc/self/mounts || fail "it is still mounted"
