#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random things written over 1 % of all frames, page tables and page arrays
# among them, while files are made, read, written, mapped and removed and every
# window is looked through.  The daemon lives, and all can be removed.
. "$(dirname "$0")/lib.sh"
seeds=${DAMAGE_SEEDS:-"1 2 3 $RANDOM"}

# Every file that is always there, to its end or for a megabyte.
look() {
	local file
	while [ ! -e "$tmp/enough" ]; do
		for file in $(cd / && find "$mnt/proc" "$mnt/dev" "$mnt/sys" -type f -perm -400) \
			"$mnt/status"; do
			case $file in
			*/trace_pipe) ;;
			*/kcore) dd if="$file" bs=1M skip=$((0x490000000000 >> 20)) count=8 of=/dev/null ;;
			*/kmem) dd if="$file" bs=1M skip=$((0x490000000000 >> 20)) count=8 of=/dev/null ;;
			*) timeout 60 head -c 40M "$file" >/dev/null ;;
			esac
		done
		getfattr -d "$mnt"/* "$mnt"/vmalloc_*/*
	done >/dev/null 2>&1
}

for seed in $seeds; do
	say "seed $seed"
	start_fs -o "memory=$((16 + seed % 3 * 28))M,nodes=$((1 + seed % 2))"
	for ((i = 0; i < 3; i++)); do
		truncate -s 3M "$mnt/big$i"
		truncate -s 10K "$mnt/ioremap/i$i"
	done
	rm -f "$tmp/enough"
	look &
	looking=$!
	timeout 300 "$top_builddir/tests/fs/stress" -d "$seed" "$mnt" "${DAMAGE_SECONDS:-4}" >"$tmp/did" ||
		fail "seed $seed: status $?"
	grep -q 'frames damaged' "$tmp/did" || fail "no damage"
	: >"$tmp/enough"
	wait $looking || true

	# A tree where everything can be removed, and a machine that runs on.
	kill -0 "$pid" || fail "seed $seed: the daemon is gone"
	is "$(logged 'kernel BUG')" 0 "seed $seed"
	knob check >"$tmp/report"
	for dir in . vmalloc_user vmalloc_32 vmalloc_32_user vmalloc_exec vmap ioremap; do
		find "$mnt/$dir" -maxdepth 1 -type f ! -name status ! -name status.json \
			! -name 'map.*' ! -name ctl -delete
	done
	is "$(grep -c '^0x' "$mnt/status")" "$(grep -c '\[' "$mnt/status")" "seed $seed: areas of files"
	cat "$mnt/proc/vmallocinfo" "$mnt/proc/kmsg" >/dev/null
	knob check >"$tmp/report"
	stop_fs
done
