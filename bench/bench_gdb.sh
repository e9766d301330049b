#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_gdb.sh [ROUNDS]: how long gdb takes to open proc/vmlinux and proc/kcore and to print
# an area, with 1,000 and with 100,000 areas, beside gdb without a file.  Run it in the build
# directory.
#
# Client and server are pinned to one CPU, the last one.  On a machine that does other work,
# `chrt -f 10` before the command gives both that CPU for themselves.
set -eu
rounds=${1:-5}
cpu=$(($(nproc --all) - 1))
top=$(pwd)
tmp=$(mktemp -d)
mnt=$tmp/mnt
mkdir "$mnt"

unmount() {
	cd /
	umount "$mnt" 2>/dev/null || fusermount3 -uz "$mnt" 2>/dev/null || true
	wait
}
finish() {
	unmount
	rm -rf --one-file-system "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM

# timed NAME GDB-ARGUMENT...: the median and the range of the rounds.
timed() {
	local name=$1 i start
	shift
	for ((i = 0; i < rounds; i++)); do
		start=$(date +%s%N)
		taskset -c "$cpu" gdb -nx -batch "$@" >"$tmp/out" 2>&1
		echo $((($(date +%s%N) - start) / 1000000))
	done | sort -n >"$tmp/times"
	echo "$name: $(sed -n "$(((rounds + 1) / 2))p" "$tmp/times") ms" \
		"[$(head -n 1 "$tmp/times")-$(tail -n 1 "$tmp/times")]"
}

for areas in 1000 100000; do
	taskset -c "$cpu" "$top/vmallocfs" -f -o memory=2G "$mnt" &
	until grep -q " $mnt fuse" /proc/self/mounts; do
		kill -0 "$!" || exit 1
		sleep 0.05
	done
	seq "$areas" | sed 's/.*/vmalloc f& 4K/' >"$mnt/ctl"
	timed "$areas areas, gdb alone"
	timed "$areas areas, vmlinux and kcore" "$mnt/proc/vmlinux" "$mnt/proc/kcore" \
		-ex 'p *vmlist->next' -ex 'x/2gx vmlist->addr'
	grep -q 'nr_pages = 1' "$tmp/out" || {
		cat "$tmp/out"
		echo "bench_gdb.sh: gdb shows no area" >&2
		exit 1
	}
	unmount
done
