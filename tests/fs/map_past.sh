#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The time line of map.html in a browser.
. "$(dirname "$0")/lib.sh"
export PYTHONDONTWRITEBYTECODE=1
requires python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'
requires python3 -c "import sys; sys.path.insert(0, '$top_srcdir/tests/fs'); import browser
sys.exit(not browser.find())"
start_fs -o memory=64M,vmalloc=180K

picture=$top_builddir/map_past.png
rm -f "$picture"
mkdir "$tmp/browser"
timeout -k 10 300 python3 "$top_srcdir/tests/fs/map_past.py" "$mnt" "$tmp/browser" "$picture" ||
	fail "map_past.py"
[ -s "$picture" ] || fail "there is no screenshot"
stop_fs
