#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A copy of proc/vmcore as a layout: for vmallocfs-info, vmallocfs-replay and load=, as
# proc/vmallocinfo of the same moment is.
. "$(dirname "$0")/lib.sh"
requires jq --version
info=$top_builddir/vmallocfs-info
replay=$top_builddir/vmallocfs-replay
start_fs -o memory=64M,nodes=2,cpus=2,policy=linux-6.12,vmalloc=64M
cd "$mnt"
"$info" --json proc/vmcore >"$tmp/empty.json" 2>/dev/null
random_file "$tmp/a" 100000
for name in a b+c 'with blank' vmalloc_user/u vmalloc_node/1/n module_alloc/m s0 s1; do
	cp "$tmp/a" "$name"
done
truncate -s 3M large # its page array is an area
truncate -s 70000 ioremap/io
ln a vmap/twin
: >empty
rm s0 # it waits
cp proc/vmcore "$tmp/m.core"
cat proc/vmallocinfo >"$tmp/list"
areas=$(sed -n 's/^areas: //p' status)
cd /
stop_fs

# The same areas, windows and holes; where a list has to guess the windows it is told them.
common='{areas, kinds, vm_map_ram, unpurged, without_guard, hidden, page_size, groups,
	spaces: [.spaces[] | del(.from)]}'
"$info" --json --holes --vmalloc=64M "$tmp/list" 2>/dev/null | jq "$common" >"$tmp/want"
"$info" --json --holes "$tmp/m.core" 2>"$tmp/err" >"$tmp/json"
jq "$common" "$tmp/json" >"$tmp/have"
same "$tmp/want" "$tmp/have"
is "$(jq .areas "$tmp/json")" "$areas"
is "$(jq -r '.spaces[].from' "$tmp/json" | sort -u)" 'the image'
is "$(wc -l <"$tmp/err")" 1
gzip -1 <"$tmp/m.core" >"$tmp/m.gz"
"$info" --json --holes "$tmp/m.gz" 2>/dev/null | jq "$common" >"$tmp/have"
same "$tmp/want" "$tmp/have"
if command -v zstd >/dev/null; then
	zstd -q <"$tmp/m.core" >"$tmp/m.zst"
	"$info" --json --holes - <"$tmp/m.zst" 2>/dev/null | jq "$common" >"$tmp/have"
	same "$tmp/want" "$tmp/have"
fi
# Also one without an area has windows; so has a file that is not a copy.
is "$(jq -c '[.areas, [.spaces[].used]]' "$tmp/empty.json")" '[0,[0,0]]'
status=0
"$info" --enough=65M "$tmp/m.core" >/dev/null 2>&1 || status=$?
is "$status" 3

# A replay begins with it.
printf 'vmalloc x 64K\nvmalloc y 1M\nvfree x\n' >"$tmp/trace"
for from in list m.core m.gz; do
	"$replay" --json --policy=first-fit,linux-6.12 --load="$tmp/$from" "$tmp/trace" \
		2>"$tmp/err" | jq 'del(.runs[].ns_per_event)' >"$tmp/replay-$from"
	has "$areas areas" <"$tmp/err" || fail "$from: $(cat "$tmp/err")"
done
same "$tmp/replay-list" "$tmp/replay-m.core"
same "$tmp/replay-m.core" "$tmp/replay-m.gz"

# load= makes areas of them, with the bytes if dumps are read at all.
start_fs -o load="$tmp/m.core"
is "$(ls "$mnt/loaded" | wc -l)" "$areas"
is "$(cat "$mnt/sys/kernel/mm/vmalloc/check")" ok
sed 's/^\(0x[^ ]*\) .*/\1/' "$tmp/list" | sort >"$tmp/want"
sed 's/^\(0x[^ ]*\) .*/\1/' "$mnt/proc/vmallocinfo" | sort >"$tmp/have"
same "$tmp/want" "$tmp/have"
"$vmallocfs" --version >"$tmp/version"
if has '^crash dumps: read, ' <"$tmp/version"; then
	cmp -n 100000 "$tmp/a" "$mnt"/loaded/0x*-vmap_twin
	printf x | dd of="$(ls "$mnt"/loaded/0x*-a)" conv=notrunc status=none
	is "$(head -c 1 "$mnt"/loaded/0x*-vmap_twin)" x
fi
has 'restore=' <"$tmp/stderr" || fail "how to get the machine: $(cat "$tmp/stderr")"
stop_fs

# Damage in a part: one line with its place, from each of the three.
cp "$tmp/m.core" "$tmp/bad"
printf x | dd of="$tmp/bad" bs=1 seek=$(($(stat -c %s "$tmp/bad") - 3000)) conv=notrunc status=none
for command in "$info" "$replay --load=$tmp/bad" ; do
	status=0
	$command "$tmp/bad" >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status" 1
	is "$(wc -l <"$tmp/err")" 1
	[ ! -s "$tmp/out" ] || fail "it says something: $(cat "$tmp/out")"
	has 'damaged.*byte' <"$tmp/err" || fail "the place: $(cat "$tmp/err")"
done
refuses 1 -o load="$tmp/bad" "$mnt"
has 'damaged.*byte' <"$tmp/err" || fail "the place: $(cat "$tmp/err")"
