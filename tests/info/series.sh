#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Several files: a row for each, and what changed from the first to the last.
. "$(dirname "$0")/lib.sh"
requires jq --version

# leak grows by 3 areas, gone goes, fresh comes, same stays.
area 0xf1000000 3 same >"$tmp/1"
area 0xf1004000 1 gone >>"$tmp/1"
area 0xf1006000 1 leak >>"$tmp/1"
area 0xf1000000 3 same >"$tmp/2"
for i in 0 1 2 3; do area "0xf1006000 + $i * 0x2000" 1 leak; done >>"$tmp/2"
cp "$tmp/2" "$tmp/3"
area 0xf1100000 1 fresh >>"$tmp/3"

changes='.changes[]|"\(.name) \(.change) \(.to_bytes - .from_bytes) \(.to_areas - .from_areas)"'
query "$changes" "$tmp/1" "$tmp/2" "$tmp/3" >"$tmp/got"
cat >"$tmp/want" <<-'X'
	leak grown 24576 3
	fresh new 8192 1
	gone gone -8192 -1
X
diff "$tmp/want" "$tmp/got"
expect 0 "$(query '.changes|length' "$tmp/2" "$tmp/2")"
expect 3 "$(query '.files|length' "$tmp/1" "$tmp/2" "$tmp/3")"

# As text, the leak is the first line of the table.
"$info" "$tmp/1" "$tmp/2" "$tmp/3" 2>/dev/null >"$tmp/text"
expect leak "$(awk '/by caller/ { getline; print $NF }' "$tmp/text")"
expect 3 "$(grep -c "$tmp/[123]\$" "$tmp/text")"

# As CSV, a row a file.
"$info" --csv "$tmp/1" "$tmp/2" "$tmp/3" 2>/dev/null >"$tmp/csv"
expect 4 "$(wc -l <"$tmp/csv")"
expect 40960 "$(awk -F, -v f="$tmp/3" '$1 == f { print $3 - 16384 }' "$tmp/csv")"

# A question goes to each of them.
expect 3 "$(query '[.files[].enough.fits]|length' --enough=1M "$tmp/1" "$tmp/2" "$tmp/3")"
status 3 --enough=3G "$tmp/1" "$tmp/2"
status 0 --enough=1M "$tmp/1" "$tmp/2"
