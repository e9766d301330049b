#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_mount.sh [ROUNDS]: file operations through the mount, beside null_fs
# (the least a FUSE server can do) and tmpfs in the same run.  Run it as root in
# the build directory, after `make bench-programs`.
#
# Client and servers are pinned to one CPU, the last one; SERVER_CPU and
# CLIENT_CPU name others.  On two CPUs a round trip takes twenty times as long
# and says more about the machine's idle states than about a filesystem.
set -eu
rounds=${1:-9}
cpu=$(($(nproc --all) - 1))
server_cpu=${SERVER_CPU:-$cpu}
client_cpu=${CLIENT_CPU:-$cpu}
top=$(pwd)

for program in vmallocfs bench/null_fs bench/bench_mount; do
	[ -x "$top/$program" ] || {
		echo "bench_mount.sh: there is no $program; run make bench-programs" >&2
		exit 1
	}
done
[ "$(id -u)" = 0 ] || {
	echo "bench_mount.sh: mounting a tmpfs takes root" >&2
	exit 1
}

tmp=$(mktemp -d)
pids=
unmount_all() {
	for name in vmallocfs null_fs tmpfs; do
		umount "$tmp/$name" 2>/dev/null || umount -l "$tmp/$name" 2>/dev/null || true
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
mkdir "$tmp/vmallocfs" "$tmp/null_fs" "$tmp/tmpfs"

serve() {
	case $1 in
	vmallocfs) taskset -c "$server_cpu" "$top/vmallocfs" -f -o memory=1G "$tmp/vmallocfs" & ;;
	null_fs) taskset -c "$server_cpu" "$top/bench/null_fs" "$tmp/null_fs" & ;;
	esac
	pids="$pids $!"
	until grep -q " $tmp/$1 fuse" /proc/self/mounts; do
		kill -0 "$!" || exit 1
		sleep 0.05
	done
}

# pass FIRST SECOND: one measurement, the servers started and filled in that order.
pass() {
	mount -t tmpfs -o size=512M none "$tmp/tmpfs"
	serve "$1"
	serve "$2"
	# Ten areas, the file of the measurement and nine more.
	for i in 1 2 3 4 5 6 7 8 9; do
		truncate -s 64K "$tmp/vmallocfs/area$i"
	done
	cp "$tmp/vmallocfs/status" "$tmp/tmpfs/status"
	echo
	echo "$1 first:"
	taskset -c "$client_cpu" "$top/bench/bench_mount" -r "$rounds" \
		"$1=$tmp/$1" "$2=$tmp/$2" "tmpfs=$tmp/tmpfs"
	unmount_all
}

echo "server on CPU $server_cpu, client on CPU $client_cpu, $rounds rounds, $(uname -r)," \
	"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
# The host gives the one that comes first other memory than the second, which
# is worth up to 20 % at the large sizes; so both orders are measured.
pass vmallocfs null_fs
pass null_fs vmallocfs
