#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# map.svg as other programs see it: xmllint reads it, rsvg-convert draws it, and the
# pixels are where status says that an area is.
. "$(dirname "$0")/lib.sh"
requires xmllint --version
requires rsvg-convert --version
python=/usr/bin/python3 # the system's own: others have no PIL
requires $python -c 'from PIL import Image'

# picture NAME LEAST: keeps a copy of map.svg, which must show at least so many things.
picture() {
	local looked
	cp "$mnt/map.svg" "$tmp/$1.svg"
	cp "$mnt/status" "$tmp/$1.status"
	cp "$mnt/proc/vmallocinfo" "$tmp/$1.vmallocinfo"
	[ "$(stat -c %s "$tmp/$1.svg")" -lt $((1 << 20)) ] || fail "$1 is large"
	is "$(stat -c %s "$mnt/map.svg")" "$(stat -c %s "$tmp/$1.svg")" "its size"
	xmllint --noout --nonet "$tmp/$1.svg" || fail "$1 is no XML"
	rsvg-convert "$tmp/$1.svg" -o "$tmp/$1.png" || fail "$1 cannot be drawn"
	looked=$($python "$top_srcdir/tests/fs/pixels.py" "$tmp/$1.status" \
		"$tmp/$1.vmallocinfo" "$tmp/$1.svg" "$tmp/$1.png") || fail "the pixels of $1"
	[ "$looked" -ge "$2" ] || fail "only $looked places of $1"
}

start_fs -o memory=64M,vmalloc=1M
picture empty 10
cd "$mnt"
truncate -s 64K a
truncate -s 40000 buffer
truncate -s 50000 vmalloc_user/ring
ln buffer vmap/twin
truncate -s 100000 x
truncate -s 32K ioremap/uart
truncate -s 4K 1 $'<b>&\x01\xff"\n' vmalloc_exec/jit
rm x
truncate -s 30000 firmware
cd /
picture kinds 30

# Half of many areas is freed: most of what is left is holes.
cd "$mnt"
rm -- * 2>/dev/null || :
rm -f vmalloc_user/ring vmap/twin ioremap/uart vmalloc_exec/jit
for i in {1..80}; do truncate -s $(((RANDOM % 4 + 1) * 4))K "f$i" 2>/dev/null || break; done
for ((i = 1; i <= 80; i += 2)); do rm -f "f$i"; done
cd /
picture fragmented 80

# What is freed and waits is no hole.
knob lazy_max_pages 10000
rm "$mnt/f2" "$mnt/f4" "$mnt/f8" "$mnt/f10"
[ "$(knob nr_lazy)" -gt 0 ] || fail "nothing waits"
picture lazy 80
stop_fs

# A recorded layout, with its clusters far from each other.
start_fs -o "load=$data/vmallocinfo-linux-6.1.txt"
picture linux 150
stop_fs

# Areas that are less than a pixel wide.
start_fs -o memory=256M
cd "$mnt"
truncate -s 8M large
for i in {1..300}; do : >"f$i"; done
truncate -s 4K f*
rm f?5 f??0
truncate -s 40M larger
cd /
picture narrow 200
stop_fs
