#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_windows.sh [AREAS]: the listings, kcore, kmem and mem of a machine with
# many areas, and how long they hold up others.  Run it in the build directory,
# after `make bench-programs`; gdb is tried where it is installed.
#
# Client and servers are pinned to one CPU, the last one, as in bench_mount.sh.
# What waits for a lock is measured on one CPU and on two.
set -eu
areas=${1:-100000}
cpu=$(($(nproc --all) - 1))
top=$(pwd)

for program in vmallocfs bench/null_fs bench/bench_windows; do
	[ -x "$top/$program" ] || {
		echo "bench_windows.sh: there is no $program; run make bench-programs" >&2
		exit 1
	}
done

tmp=$(mktemp -d)
pids=
unmount_all() {
	for name in vmallocfs null_fs; do
		umount "$tmp/$name" 2>/dev/null || fusermount3 -uz "$tmp/$name" 2>/dev/null || true
	done
	for pid in $pids; do
		wait "$pid" || true
	done
	pids=
}
finish() {
	cd /
	unmount_all
	rm -rf --one-file-system "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM
mkdir "$tmp/vmallocfs" "$tmp/null_fs"
mnt=$tmp/vmallocfs

# serve CPUS NAME COMMAND...
serve() {
	taskset -c "$1" "${@:3}" "$tmp/$2" &
	pids="$pids $!"
	until grep -q " $tmp/$2 fuse" /proc/self/mounts; do
		kill -0 "$!" || exit 1
		sleep 0.05
	done
}
bench() { taskset -c "${cpus:-$cpu}" "$top/bench/bench_windows" "$@"; }

echo "$(uname -r), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
echo
echo "without a mount, on one CPU:"
bench hold "$areas"
both=
if [ "$cpu" -gt 0 ]; then
	both=$((cpu - 1)),$cpu
	echo "on two:"
	cpus=$both bench hold "$areas"
fi

serve "$cpu" vmallocfs "$top/vmallocfs" -f -o memory=2G
echo
echo "mounted, with $areas areas:"
bench fill "$mnt" "$areas"
bench text "$mnt" proc/vmallocinfo status sys/kernel/debug/page_tables/kernel
# While a program reads without end; and beside two loops, which take as much of
# the CPUs as a reader and the thread that serves it, and hold no lock.
beside() {
	local hogs=() hog
	for ((hog = 0; hog < $1; hog++)); do
		taskset -c "$cpus" bash -c "while :; do ${*:2}; done" >/dev/null &
		hogs+=($!)
	done
	printf 'on CPU %-4s beside %s x %-18s ' "$cpus" "$1" "${*:2}:"
	bench wait . 3
	kill "${hogs[@]}"
	wait "${hogs[@]}" || true
}
server=${pids##* }
cd "$mnt"
for cpus in $both $cpu; do
	taskset -a -p -c "$cpus" "$server" >/dev/null
	beside 2 :
	beside 1 cat proc/vmallocinfo
	beside 1 cat status
done
cd "$top"
cpus=
if command -v gdb >/dev/null; then
	for core in "" "-c $mnt/proc/kcore"; do
		for i in 1 2 3 4 5; do
			start=$(date +%s%N)
			# shellcheck disable=SC2086 # two words or none
			taskset -c "$cpu" gdb -nx -batch $core >/dev/null 2>&1
			echo "gdb $core: $((($(date +%s%N) - start) / 1000000)) ms"
		done
	done | sed "s,$mnt/,," | sort -k1,3 -k4n | awk '{ print "  " $0 }'
fi
unmount_all

# The same frames four ways, and what a server can do at best.  The frames lie
# in a row, since the machine is new.  The one that is started first gets other memory
# from the host, so both orders are measured.
start() {
	case $1 in
	vmallocfs) serve "$cpu" vmallocfs "$top/vmallocfs" -f -o memory=1G ;;
	null_fs) serve "$cpu" null_fs "$top/bench/null_fs" ;;
	esac
	truncate -s 256M "$tmp/$1/a"
	head -c 256M /dev/zero | tr '\0' x |
		dd of="$tmp/$1/a" bs=1M conv=notrunc status=none iflag=fullblock
}
reading() {
	local addr phys
	start "$1"
	start "$2"
	addr=$(awk '$5 == "a" { print substr($1, 1, 18) }' "$mnt/status")
	phys=$(getfattr --only-values -n user.vmalloc.phys "$mnt/a" 2>/dev/null)
	echo
	echo "reading 256 MiB, 1 MiB at a time, $1 started first:"
	bench read null_fs="$tmp/null_fs/a@0" mem="$mnt/dev/mem@$phys"
	bench read mem="$mnt/dev/mem@$phys" \
		kmem="$mnt/dev/kmem@$((addr & 0x7fffffffffff))" \
		kcore="$mnt/proc/kcore@$(((addr & 0x7fffffffffff) + 4096))" \
		file="$mnt/a@0"
	unmount_all
}
reading vmallocfs null_fs
reading null_fs vmallocfs
