#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SVG and HTML of layouts of all kinds; nothing in a layout breaks out of them.
. "$(dirname "$0")/lib.sh"

# One file is written over and over, by pictures of all lengths.
for file in "$cases"/vmallocinfo-* "$cases"/crash-*; do
	status 0 --svg="$tmp/x.svg" --html="$tmp/x.html" "$file"
	! command -v xmllint >/dev/null || xmllint --noout "$tmp/x.svg"
	[ "$(stat -c %s "$tmp/x.svg")" -lt 2097152 ] || fail "a large picture of $file"
	grep -q '</html>' "$tmp/x.html"
	grep -q '<svg' "$tmp/x.html"
done

ppc=$cases/vmallocinfo-ppc32-6.14-kasan-outline.txt
status 0 --svg="$tmp/x.svg" "$ppc"
grep -q __ioremap_caller "$tmp/x.svg"
grep -q 0xf1000000 "$tmp/x.svg"

# A name from a file is text, wherever it stands.
printf '0xf1000000-0xf1002000 8192 <script>alert(1)</script>&"+0x1/0x2 pages=1 vmalloc\n' >"$tmp/evil"
printf '0xf1002000-0xf1004000 8192 \377\376x+0x1/0x2 pages=1 vmalloc\n' >>"$tmp/evil"
status 0 --svg="$tmp/x.svg" --html="$tmp/x.html" "$tmp/evil"
! grep -q '<script>alert' "$tmp/x.html" "$tmp/x.svg" || fail "a name became markup"
! command -v xmllint >/dev/null || xmllint --noout "$tmp/x.svg"
iconv -f UTF-8 -t UTF-8 "$tmp/x.html" >/dev/null
if command -v jq >/dev/null; then
	"$info" --json "$tmp/evil" 2>/dev/null | jq -e '.groups|length == 2' >/dev/null
fi
"$info" --csv "$tmp/evil" 2>/dev/null | has '^"<script>'
