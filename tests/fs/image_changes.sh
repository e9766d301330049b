#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vmallocfs-info of two images of one machine: files and areas that came, went, moved or
# grew, and the bytes that changed.
. "$(dirname "$0")/lib.sh"
requires jq --version
info=$top_builddir/vmallocfs-info
start_fs -o memory=64M
cd "$mnt"
random_file "$tmp/a" 100000
for name in gone renamed again patched shrunk smaller vmalloc_user/u; do
	cp "$tmp/a" "$name"
done
truncate -s 1M large
cp "$tmp/a" grown
cp "$tmp/a" wall
ln patched vmap/twin
truncate -s 70000 ioremap/io
: >empty
: >still
cp proc/vmcore "$tmp/a.core"

rm gone
mv renamed 'new name'
cp "$tmp/a" came
rm again
cp "$tmp/a" again
printf xyz | dd of=patched bs=1 seek=5000 conv=notrunc status=none
truncate -s 50000 shrunk
truncate -s 400000 grown # the wall is in its way
echo the bytes of a frame >empty
touch untouched
printf '\001' | dd of=large bs=1 seek=500000 conv=notrunc status=none
cp proc/vmcore "$tmp/b.core"
cd /
stop_fs

"$info" --json "$tmp/a.core" "$tmp/b.core" >"$tmp/json" 2>"$tmp/err"
is "$(wc -l <"$tmp/err")" 2
# fate NAME: what became of it, its bytes that differ, and the offset of the first one.
fate() {
	jq -r --arg n "$1" '.image_changes[] | select(.name == $n) |
		"\(.change | join(",")) \(.from_size) \(.to_size) \(.bytes) \(.first_byte) \(.was // "-")"' \
		"$tmp/json"
}
is "$(fate gone)" 'went 100000 0 0 0 -'
is "$(fate came)" 'came 0 100000 0 0 -'
is "$(fate 'new name')" 'renamed 100000 100000 0 0 renamed'
is "$(fate again)" 'anew 100000 100000 0 0 -'
is "$(fate shrunk)" 'shrank 100000 50000 0 0 -'
is "$(fate grown)" 'moved,grew 100000 400000 0 0 -'
is "$(fate empty)" 'anew 0 21 0 0 -'
is "$(fate untouched)" 'came 0 0 0 0 -'
is "$(fate large)" 'bytes 1048576 1048576 1 500000 -'
# One frame in two areas: both have the three bytes, unless one was an x, y or z before.
is "$(fate patched | cut -d' ' -f1)" bytes
is "$(fate vmap/twin | cut -d' ' -f1,4,5)" "$(fate patched | cut -d' ' -f1,4,5)"
[ "$(fate patched | cut -d' ' -f4)" -le 3 ] || fail "bytes of patched: $(fate patched)"
for name in smaller still wall vmalloc_user/u ioremap/io; do
	is "$(fate "$name")" ''
done
# As text, with as many lines as asked for; packed; and in a page.
"$info" --top=3 "$tmp/a.core" "$tmp/b.core" --html="$tmp/page.html" >"$tmp/out" 2>/dev/null
has '^files and areas.*2 came, 1 went, 2 anew, 1 renamed, 1 moved, 1 grew, 1 shrank, 3 with other' \
	<"$tmp/out" || fail "$(cat "$tmp/out")"
has 'more; --top=0 shows all' <"$tmp/out"
has 'with other bytes' <"$tmp/page.html"
gzip -1 <"$tmp/a.core" >"$tmp/a.gz"
"$info" --json "$tmp/a.gz" "$tmp/b.core" 2>/dev/null | jq .image_changes >"$tmp/packed"
jq .image_changes "$tmp/json" >"$tmp/plain"
same "$tmp/plain" "$tmp/packed"
"$info" "$tmp/b.core" "$tmp/b.core" 2>/dev/null | has 'last: nothing has changed'

# A frame of which a bit is wrong: the place, and the rest of the report all the same.
cp "$tmp/b.core" "$tmp/bad"
at=$(grep -abo 'the bytes of a frame' "$tmp/bad" | cut -d: -f1)
printf u | dd of="$tmp/bad" bs=1 seek="$at" conv=notrunc status=none
status=0
"$info" "$tmp/a.core" "$tmp/bad" >"$tmp/out" 2>"$tmp/err" || status=$?
is "$status" 1
has 'bad: the image is damaged: bytes' <"$tmp/err" || fail "the place: $(cat "$tmp/err")"
has 'from the first file to the last' <"$tmp/out"
has -v 'files and areas' <"$tmp/out"

# Two machines: only callers are compared, and it is said.
start_fs -o memory=32M
cp "$mnt/proc/vmcore" "$tmp/other.core"
stop_fs
"$info" --json "$tmp/other.core" "$tmp/a.core" >"$tmp/json" 2>"$tmp/err"
is "$(jq .image_changes "$tmp/json")" null
has 'not of one machine' <"$tmp/err"
