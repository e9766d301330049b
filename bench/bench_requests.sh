#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_requests.sh [ROUNDS [SECONDS]]: what a request costs, beside null_fs (the
# least that a FUSE server can do).  Run it in the build directory, after `make
# bench-programs`, as a user who may mount.
#
#  1. One client, everything on the last CPU: null_fs with one thread, which is
#     its best form, null_fs with libfuse's loop, vmallocfs, and vmallocfs -s.
#     The times are CPU time of client and server.
#  2. Two clients on two CPUs, servers on any; time on the clock.
#  3. A client that asks for attributes, 20,000 times a second at most, alone and
#     beside one that reads a listing of a million areas again and again.
set -eu
rounds=${1:-9}
seconds=${2:-10}
cpu=$(($(nproc --all) - 1))
top=$(pwd)
bench=$top/bench/bench_requests

for program in vmallocfs bench/null_fs bench/bench_requests; do
	[ -x "$top/$program" ] || {
		echo "bench_requests.sh: there is no $program; run make bench-programs" >&2
		exit 1
	}
done

tmp=$(mktemp -d)
declare -A pids
unmount_all() {
	local name
	for name in "${!pids[@]}"; do
		umount "$tmp/$name" 2>/dev/null || fusermount3 -u "$tmp/$name" || true
		wait "${pids[$name]}" || true
	done
	pids=()
}
finish() {
	cd /
	unmount_all
	rm -rf --one-file-system "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM

# serve NAME COMMAND...: mounts on $tmp/NAME.
serve() {
	mkdir -p "$tmp/$1"
	"${@:2}" "$tmp/$1" &
	pids[$1]=$!
	until grep -q " $tmp/$1 fuse" /proc/self/mounts; do
		kill -0 "$!" || exit 1
		sleep 0.05
	done
}

serve_all() {
	serve null_fs "$@" "$top/bench/null_fs"
	serve null_fs-m "$@" "$top/bench/null_fs" -m
	serve vmallocfs "$@" "$top/vmallocfs" -f -o memory=1G
	serve vmallocfs-s "$@" "$top/vmallocfs" -f -s -o memory=1G
}

echo "$(uname -r), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)," \
	"$(nproc --all) CPUs; load average $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "one client, all on CPU $cpu, CPU time:"
serve_all taskset -c "$cpu"
targets=()
for name in null_fs null_fs-m vmallocfs vmallocfs-s; do
	targets+=("$name=$tmp/$name@${pids[$name]}")
done
taskset -c "$cpu" "$bench" -r "$rounds" "${targets[@]}"
unmount_all

if [ "$(nproc)" -gt 1 ]; then
	echo
	echo "two clients on two CPUs, time on the clock:"
	serve_all env
	targets=()
	for name in null_fs null_fs-m vmallocfs vmallocfs-s; do
		targets+=("$name=$tmp/$name")
	done
	"$bench" -c -r "$rounds" "${targets[@]}"
	unmount_all
fi

echo
echo "stat beside a listing of a million areas:"
awk 'BEGIN { for (i = 0; i < 1000000; i++) print "vmalloc vmalloc_32/" i " 4096" }' >"$tmp/ops"
serve vmallocfs "$top/vmallocfs" -f -o memory=8G
cat "$tmp/ops" >"$tmp/vmallocfs/ctl"
"$bench" -l '' -s "$seconds" "$tmp/vmallocfs"
for text in status proc/vmallocinfo map.txt; do
	"$bench" -l "$tmp/vmallocfs/$text" -s "$seconds" "$tmp/vmallocfs"
done
