#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How map.html looks in narrow and wide windows, with no area and with very many.  With
# MAP_LOOKS=DIRECTORY it leaves pictures there, light and dark.
. "$(dirname "$0")/lib.sh"
export PYTHONDONTWRITEBYTECODE=1
requires python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'
requires python3 -c "import sys; sys.path.insert(0, '$top_srcdir/tests/fs'); import browser
sys.exit(not browser.find())"
start_fs -o memory=512M,vmalloc=1G

mkdir "$tmp/browser"
timeout -k 10 300 python3 "$top_srcdir/tests/fs/map_looks.py" "$mnt" "$tmp/browser" "${MAP_LOOKS-}" ||
	fail "map_looks.py"
stop_fs
