#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two saved copies of map.html side by side, in a browser: ?with=FILE.
. "$(dirname "$0")/lib.sh"
export PYTHONDONTWRITEBYTECODE=1
requires python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'
requires python3 -c "import sys; sys.path.insert(0, '$top_srcdir/tests/fs'); import browser
sys.exit(not browser.find())"
start_fs -o memory=64M,vmalloc=260K # 64 pages, and the one that is never used

# A story under two policies: worst-fit has no place for the last area.
story=("vmalloc a 28K" "vmalloc b 60K" "vmalloc c 28K" "vfree a" "vfree c" "vmalloc d 20K" "vmalloc e 148K")
for policy in first-fit worst-fit; do
	echo reset >"$mnt/ctl"
	knob policy $policy
	knob history_events 0
	knob history_events 1000
	for line in "${story[@]}"; do
		echo "$line" >"$mnt/ctl" 2>/dev/null || :
		awk '/^areas:/ { print $2 }' "$mnt/status"
	done >"$tmp/$policy.areas"
	cp "$mnt/map.html" "$tmp/$policy.html"
done
is "$(tr '\n' ' ' <"$tmp/first-fit.areas")" "1 2 3 2 1 2 3 "
is "$(tr '\n' ' ' <"$tmp/worst-fit.areas")" "1 2 3 2 1 2 2 "

picture=$top_builddir/map_beside.png
rm -f "$picture"
mkdir "$tmp/browser"
timeout -k 10 300 python3 "$top_srcdir/tests/fs/map_beside.py" "$tmp" "$tmp/browser" "$picture" ||
	fail "map_beside.py"
[ -s "$picture" ] || fail "there is no screenshot"
stop_fs
