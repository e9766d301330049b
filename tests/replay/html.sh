#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --html: the page in a browser; what it draws of a moment is what --at says of it.
. "$(dirname "$0")/lib.sh"
refused 2 --html=x.svg "$placement"
refused 2 --html= "$placement"
echo vmalloc a 4K | "$replay" --html="$tmp/none/x.html" - >/dev/null 2>"$tmp/error" && fail "it wrote into nothing"
grep -q x.html "$tmp/error" || fail "$(cat "$tmp/error")"

# Short: there is a moment for each event.  Long, and followed: there are some.
fence=$top_srcdir/doc/scenarios/picket-fence.ctl
"$replay" --vmalloc=1M --policy=first-fit,worst-fit --html="$tmp/short.html" "$fence" >/dev/null
{
	for i in {1..1500}; do
		echo "vmalloc a$i $((i % 7 * 4 + 4))K"
		[ "$i" -le 40 ] || echo "vfree a$((i - 40 + i % 3))"
	done
} >"$tmp/long"
"$replay" --vmalloc=800K --lazy=60 --html="$tmp/long.html" "$tmp/long" >/dev/null
"$replay" --lazy=$high --follow --policy=first-fit,top-down --html="$tmp/followed.html" "$lazy" >/dev/null
"$replay" --html="$tmp/empty.html" --at=0 "$fence" >/dev/null
grep -q '^\[0,null,0,0,0,0,0,0,0,0,""\]\]' "$tmp/empty.html" || fail "the moment before the first event"
for page in short long followed empty; do
	[ "$(wc -c <"$tmp/$page.html")" -lt $((10 << 20)) ] || fail "$page.html is too large"
	grep -q 'https\?://' <(grep -v 'http://www.w3.org' "$tmp/$page.html") && fail "$page.html needs something else"
done

export PYTHONDONTWRITEBYTECODE=1
requires python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))'
requires python3 -c "import sys; sys.path.insert(0, '$top_srcdir/tests/fs'); import browser
sys.exit(not browser.find())"
mkdir "$tmp/browser"
timeout -k 10 300 python3 "$top_srcdir/tests/replay/html.py" "$replay" "$tmp" "$fence" "$lazy" ||
	fail "html.py"
