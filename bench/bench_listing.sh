#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_listing.sh [ROUNDS]: what it takes to read a list of 100,000 areas and one of a
# million: vmallocfs-info with all its tables, and vmallocfs -o load= until it is mounted, in
# milliseconds of processor time and on the clock, the least and the median, and in KiB of
# memory; then 100 MB of a log with a short list at its end.  Run it in the build directory,
# as a user who may mount.
set -eu
rounds=${1:-5}
top=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
mkdir "$tmp/mnt"
leave() {
	umount "$tmp/mnt" 2>/dev/null || fusermount3 -u "$tmp/mnt" 2>/dev/null || true
}
trap 'leave; rm -rf --one-file-system "$tmp"' EXIT

# areas NUMBER: lines of areas of 1 to 16 pages, of 300 callers in 20 modules.
areas() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			p = i % 16 + 1
			a = i * 69632
			b = a + (p + 1) * 4096
			printf "0xffffc9%04x%06x-0xffffc9%04x%06x %7d f%d+0x10/0x100 [mod%d] pages=%d vmalloc N0=%d\n",
				int(a / 16777216), a % 16777216, int(b / 16777216), b % 16777216,
				(p + 1) * 4096, i % 300, i % 20, p, p
		}
	}'
}

# Each prints "MS-OF-PROCESSOR-TIME MS KIB".
info() {
	spent ./vmallocfs-info --holes --top=1000 "$1"
}
# The time of the program that mounts, and of the daemon that it leaves behind.
load() {
	local pid own
	own=$(spent ./vmallocfs -o load="$1" "$tmp/mnt")
	pid=$(pgrep -n -f -- "-o load=$1 $tmp/mnt")
	# In stat the fields of time come after the name, which ends in ")".
	sed 's/.*) //' "/proc/$pid/stat" | awk -v hz="$(getconf CLK_TCK)" -v own="$own" \
		-v kib="$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")" \
		'{ split(own, o, " "); print o[1] + 1e3 * ($12 + $13) / hz, o[2], kib }'
	leave
}
spent() {
	python3 -c 'import resource, subprocess, sys, time
t = time.monotonic()
subprocess.run(sys.argv[1:], stdout=-3, stderr=-3, check=True)
t = time.monotonic() - t
r = resource.getrusage(resource.RUSAGE_CHILDREN)
print(1e3 * (r.ru_utime + r.ru_stime), 1e3 * t, r.ru_maxrss)' "$@"
}

# measure WHAT COMMAND...
measure() {
	local what=$1 i
	shift
	for ((i = 0; i < rounds; i++)); do
		"$@"
	done >"$tmp/rounds"
	printf '%-24s' "$what"
	for i in 1 2; do
		sort -n -k "$i,$i" "$tmp/rounds" | awk -v i="$i" '{ t[NR] = $i }
			END { printf "%7.0f %7.0f ms%s", t[1], t[int((NR + 1) / 2)], i == 1 ? " of a processor, " : "" }'
	done
	awk '$3 > kib { kib = $3 } END { printf ", %7d KiB\n", kib }' "$tmp/rounds"
}

areas 100000 >"$tmp/list"
measure "info, 100,000 areas" info "$tmp/list"
measure "load=, 100,000 areas" load "$tmp/list"
areas 1000000 >"$tmp/list"
measure "info, a million areas" info "$tmp/list"
measure "load=, a million areas" load "$tmp/list"
{
	yes '[   12.345678] eth0: link becomes ready, 1000 Mbps, full duplex' | head -c 100M || true
	echo
	cat "$top/tests/data/vmallocinfo-linux-6.1.txt"
} >"$tmp/list"
measure "info, a log of 100 MB" info "$tmp/list"
