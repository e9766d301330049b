#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# map.html in a browser, opened from the mount by file://, as a user would.
. "$(dirname "$0")/lib.sh"
export PYTHONDONTWRITEBYTECODE=1
requires python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'
requires python3 -c "import sys; sys.path.insert(0, '$top_srcdir/tests/fs'); import browser
sys.exit(not browser.find())"
options=memory=64M,vmalloc=16M
start_fs -o $options

picture=$top_builddir/map_html.png
rm -f "$picture"
mkdir "$tmp/browser"
mkfifo "$tmp/says" "$tmp/hears"
timeout -k 10 300 python3 "$top_srcdir/tests/fs/map_html.py" \
	"$mnt" "$tmp/browser" "$picture" >"$tmp/says" <"$tmp/hears" &
scenario=$!
cleanup_fn eval "kill $scenario 2>/dev/null"
exec 8<"$tmp/says" 9>"$tmp/hears"
while read -r word <&8; do
	case $word in
	unmount) stop_fs ;;
	mount) start_fs -o $options ;;
	mount-32) start_fs -o arch=x86-pae,memory=1G ;;
	*) fail "map_html.py says $word" ;;
	esac
	echo done >&9
done
status=0
wait "$scenario" || status=$?
is $status 0 "map_html.py"
[ -s "$picture" ] || fail "there is no screenshot"
stop_fs
