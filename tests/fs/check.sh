#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check says ok, or has a line for each thing that is wrong; once that is mended, it says
# ok again.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

is "$(knob check)" ok
truncate -s 40K a b vmalloc_user/u
ln a vmap/x
exec 7<vmalloc_user/u
is "$(knob check)" ok
exec 7<&-

# wrong COUNT [PATTERN]: check has so many lines, and one of them matches.
wrong() {
	knob check >"$tmp/check"
	is "$(wc -l <"$tmp/check")" "$1"
	grep -q "$2" "$tmp/check" || fail "no line with '$2': $(cat "$tmp/check")"
}

# A page that is mapped elsewhere, not at all, or where no area is.
at=$(pte_addr "$(addr a)")
entry=$(phys_word "$at")
set_word "$at" $((entry + 4096))
wrong 1 "page 0 of the area at $(printf %016x "$(addr a)") is mapped to frame"
set_word "$at" 0
wrong 1 "page 0 of the area at $(printf %016x "$(addr a)") is not mapped"
set_word "$at" "$entry"
is "$(knob check)" ok
guard=$(pte_addr "$(printf 0x%x $(($(addr a) + 40960)))")
set_word "$guard" "$entry"
knob check >"$tmp/check"
grep -q guard "$tmp/check" || fail "a mapped guard: $(cat "$tmp/check")"
set_word "$guard" 0
is "$(knob check)" ok

# A text like others: in pieces, from anywhere.
set_word "$at" 0
is "$("$sys" pread sys/kernel/mm/vmalloc/check 0 10)" 10
is "$(dd if=sys/kernel/mm/vmalloc/check bs=3 status=none)" "$(knob check)"
set_word "$at" "$entry"

# One entry of a table is wrong for many pages; that is no long text.
truncate -s 16M large
at=$(entry_addr pud "$(addr large)")
entry=$(phys_word "$at")
set_word "$at" 0
wrong 1001 '^and [0-9]* more$'
set_word "$at" "$entry"
is "$(knob check)" ok
rm large

rm a b vmap/x vmalloc_user/u
is "$(knob check)" ok

# While frames are gathered from several files, only the gatherer has references to them.
truncate -s 8M many
for ((i = 0; i < 300; i++)); do
	echo "vmap vmap/all many many many many many many many many"
	echo "vfree vmap/all"
done >"$tmp/gather"
cat "$tmp/gather" >ctl &
gatherer=$!
while kill -0 $gatherer 2>/dev/null; do
	is "$(knob check)" ok
done
wait $gatherer
is "$(cat ctl)" ok
rm many

cd /
stop_fs
