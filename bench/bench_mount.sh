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
rounds=${1:-7}
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
finish() {
	cd /
	for name in vmallocfs null_fs tmpfs; do
		umount "$tmp/$name" 2>/dev/null || umount -l "$tmp/$name" 2>/dev/null || true
	done
	for pid in $pids; do
		wait "$pid" || true
	done
	rm -rf --one-file-system "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM
mkdir "$tmp/vmallocfs" "$tmp/null_fs" "$tmp/tmpfs"

mount -t tmpfs -o size=512M none "$tmp/tmpfs"
taskset -c "$server_cpu" "$top/vmallocfs" -f -o memory=1G "$tmp/vmallocfs" &
pids="$pids $!"
taskset -c "$server_cpu" "$top/bench/null_fs" "$tmp/null_fs" &
pids="$pids $!"
for name in vmallocfs null_fs; do
	until grep -q " $tmp/$name fuse" /proc/self/mounts; do
		for pid in $pids; do
			kill -0 "$pid" || exit 1
		done
		sleep 0.05
	done
done

# Ten areas, the file of the measurement and nine more.
for i in 1 2 3 4 5 6 7 8 9; do
	truncate -s 64K "$tmp/vmallocfs/area$i"
done
cp "$tmp/vmallocfs/status" "$tmp/tmpfs/status"

echo "server on CPU $server_cpu, client on CPU $client_cpu, $rounds rounds, $(uname -r)," \
	"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
taskset -c "$client_cpu" "$top/bench/bench_mount" -r "$rounds" \
	"vmallocfs=$tmp/vmallocfs" "null_fs=$tmp/null_fs" "tmpfs=$tmp/tmpfs"
