#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_ctl.sh [ROUNDS]: commands a second through one `cat ops >mnt/ctl`, a
# million of them: vmalloc of one page and vfree by name, by turns; in an empty
# machine, then beside 10,000 files that stay.  Run it in the build directory,
# as a user who may mount.  Client and server are pinned to the last CPU.
# Then what a file of one page takes of the host's memory, a million of them.
set -eu
rounds=${1:-7}
cpu=$(($(nproc --all) - 1))
tmp=$(mktemp -d)
mkdir "$tmp/mnt"
finish() {
	umount "$tmp/mnt" 2>/dev/null || fusermount3 -u "$tmp/mnt" || true
	rm -rf --one-file-system "$tmp"
}
trap finish EXIT

awk 'BEGIN { for (i = 0; i < 500000; i++) print "vmalloc a 4096\nvfree a" }' >"$tmp/ops"
awk 'BEGIN { for (i = 0; i < 10000; i++) print "vmalloc live" i " 4096" }' >"$tmp/live"
taskset -c $cpu ./vmallocfs -o memory=256M "$tmp/mnt"

measure() {
	local i t
	for ((i = 0; i < rounds; i++)); do
		t=$(date +%s%N)
		taskset -c $cpu cat "$tmp/ops" >"$tmp/mnt/ctl"
		echo $((($(date +%s%N) - t) / 1000))
	done | sort -n | awk -v what="$1" '{ t[NR] = $1 } END {
		printf "%-28s %.2f million commands/s, best %.2f\n", what,
			1e6 / t[int((NR + 1) / 2)], 1e6 / t[1] }'
}
measure "no other files"
cat "$tmp/live" >"$tmp/mnt/ctl"
measure "10,000 files"

umount "$tmp/mnt" 2>/dev/null || fusermount3 -u "$tmp/mnt"
awk 'BEGIN { for (i = 0; i < 1000000; i++) print "vmalloc f" i " 4096" }' >"$tmp/many"
./vmallocfs -f -o memory=8G,nr_inodes=1M "$tmp/mnt" &
server=$!
until [ -e "$tmp/mnt/ctl" ]; do :; done
resident() { awk '/RssAnon/ { print $2 * 1024 }' /proc/$server/status; }
before=$(resident)
cat "$tmp/many" >"$tmp/mnt/ctl"
echo "$((($(resident) - before) / 1000000)) bytes of host memory for a file of one page"
