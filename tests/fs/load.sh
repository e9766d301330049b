#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# -o load= boots with the layout of a saved /proc/vmallocinfo.
. "$(dirname "$0")/lib.sh"
recording=$data/vmallocinfo-linux-6.1.txt
start_fs -o "load=$recording"
cd "$mnt"

diff <(cut -d' ' -f1 "$recording") <(cut -d' ' -f1 proc/vmallocinfo) || fail "the addresses"
is "$(key areas)" "$(wc -l <"$recording")"
grep -q '\[' status || fail "callers stand in brackets"

# The lowest hole of the recording that takes SIZE bytes and a guard.
lowest() {
	local need=$((($1 + 4095) / 4096 * 4096 + 4096)) at=$((0xffffc90000000000)) range start
	while read -r range _; do
		start=$((${range%-*}))
		[ $((start - at)) -ge $need ] && break
		at=$((${range#*-}))
	done <"$recording"
	printf '0x%016x' $at
}
for size in 4096 8000 40000 100000 1000000 5000000; do
	truncate -s $size next
	is "$(addr next)" "$(lowest $size)" "vmalloc($size)"
	rm next
done

# A restored layout in any order is the same layout.
cd /
cut -d' ' -f1 "$mnt/proc/vmallocinfo" >"$tmp/sorted"
stop_fs
shuf "$recording" >"$tmp/shuffled" || sort -r "$recording" >"$tmp/shuffled"
start_fs -o "load=$tmp/shuffled"
diff "$tmp/sorted" <(cut -d' ' -f1 "$mnt/proc/vmallocinfo") || fail "shuffled"

# What we write ourselves can be loaded again.
truncate -s 100000 "$mnt/mine"
cp "$mnt/proc/vmallocinfo" "$tmp/ours"
stop_fs
start_fs -o "load=$tmp/ours"
diff <(cut -d' ' -f1 "$tmp/ours") <(cut -d' ' -f1 "$mnt/proc/vmallocinfo") || fail "our own"
stop_fs
