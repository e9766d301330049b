#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random things written over 1 % of all frames, page tables and page arrays
# among them, while files are made, read, written, mapped and removed and every
# window is looked through.  The daemon lives, and all can be removed.
. "$(dirname "$0")/lib.sh"
seeds=${DAMAGE_SEEDS:-"1 2 3 $RANDOM"}

# Commands and knobs, which the damage may make fail.
turn() {
	local vm=$mnt/sys/kernel/mm/vmalloc
	local policies=(first-fit next-fit best-fit worst-fit top-down)
	local line

	for line in 'vmalloc c 30K' 'resize c 50K' 'get_vm_area r 8K 64K' 'ioremap d 20K' \
		'vmap m big0:3-9 c' 'vfree c' purge; do
		echo "$line" >"$mnt/ctl"
	done
	echo $((RANDOM % 3 * 50)) >"$vm/lazy_max_pages"
	echo "${policies[RANDOM % 5]}" >"$vm/policy"
	echo 1 >"$vm/purge"
	echo 1 >"$mnt/sys/kernel/tracing/events/vmalloc/enable"
}

# Every file that is always there, to its end or for a megabyte.
look() {
	local file rounds=0
	trap - ERR
	set +e
	while [ ! -e "$tmp/enough" ]; do
		for file in $(cd / && find "$mnt/proc" "$mnt/dev" "$mnt/sys" -type f -perm -400) \
			"$mnt"/status* "$mnt"/map.*; do
			case $file in
			*/trace_pipe) ;;
			*/kcore) dd if="$file" bs=1M skip=$((0x490000000000 >> 20)) count=8 of=/dev/null ;;
			*/kmem) dd if="$file" bs=1M skip=$((0x490000000000 >> 20)) count=8 of=/dev/null ;;
			*) timeout 60 head -c 40M "$file" >/dev/null ;;
			esac
		done
		getfattr -d "$mnt"/* "$mnt"/vmalloc_*/*
		turn
		echo $((++rounds)) >"$tmp/rounds"
	done >/dev/null 2>&1
}

for seed in $seeds; do
	say "seed $seed"
	start_fs -o "memory=$((16 + seed % 3 * 28))M,nodes=$((1 + seed % 2))"
	for ((i = 0; i < 3; i++)); do
		truncate -s 3M "$mnt/big$i"
		truncate -s 10K "$mnt/ioremap/i$i"
	done
	rm -f "$tmp/enough" "$tmp/rounds"
	look &
	looking=$!
	timeout 300 "$top_builddir/tests/fs/stress" -d "$seed" "$mnt" "${DAMAGE_SECONDS:-4}" >"$tmp/did" ||
		fail "seed $seed: status $?"
	grep -q 'frames damaged' "$tmp/did" || fail "no damage"
	: >"$tmp/enough"
	wait $looking || true
	[ "$(cat "$tmp/rounds")" -gt 0 ] || fail "no round was made"

	# Everything can still be removed, and the machine runs on.
	kill -0 "$pid" || fail "seed $seed: the daemon is gone"
	is "$(logged 'kernel BUG')" 0 "seed $seed"
	knob check >"$tmp/report"
	for dir in . vmalloc_user vmalloc_32 vmalloc_32_user vmalloc_exec vmap ioremap; do
		find "$mnt/$dir" -maxdepth 1 -type f ! -name status ! -name status.json \
			! -name 'map.*' ! -name ctl -delete
	done
	# The ranges that commands reserved belong to no file.
	[ ! -e "$mnt/ctl" ] || echo reset >"$mnt/ctl"
	is "$(grep -c '^0x' "$mnt/status")" "$(grep -c '\[' "$mnt/status")" "seed $seed: areas of files"
	cat "$mnt/proc/vmallocinfo" "$mnt/proc/kmsg" >/dev/null
	knob check >"$tmp/report"
	stop_fs
done
