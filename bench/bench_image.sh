#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_image.sh [ROUNDS [MIB]]: what it takes to keep a machine and to restore it.
# A file of MIB (1024) MiB of random bytes: cp of it out of the mount and cp of
# proc/vmcore, by turns; memcpy of that image into untouched memory and restore= of it, by
# turns; how long a client of short requests waits while it is saved, against a run without
# a save.  Then 100,000 files of a page: restore=, and gdb that opens the image.  Run it in
# the build directory, as a user who may mount; it takes five times MIB in TMPDIR (which
# should be in memory) and in RAM.
set -eu
rounds=${1:-5}
mib=${2:-1024}
tmp=$(mktemp -d -p "${TMPDIR:-/dev/shm}")
mkdir "$tmp/mnt"
leave() {
	umount "$tmp/mnt" 2>/dev/null || fusermount3 -u "$tmp/mnt" 2>/dev/null || true
}
trap 'leave; rm -rf --one-file-system "$tmp"' EXIT

# ms COMMAND...: how many milliseconds it takes; what it says goes.
ms() {
	local t
	t=$(date +%s%N)
	"$@" >/dev/null 2>&1
	echo $((($(date +%s%N) - t) / 1000000))
}

# pairs WHAT BASE COMMAND...: the function BASE, and then the command, in each round; the
# median of how many times as fast the command is.
pairs() {
	local what=$1 base=$2 i a b
	shift 2
	for ((i = 0; i < rounds; i++)); do
		a=$("$base")
		b=$("$@")
		echo "$a $b"
	done | awk '{ printf "%f %d/%d\n", $1 / ($2 ? $2 : 1), $1, $2 }' | sort -n |
		awk -v what="$what" '{ r[NR] = $1; all = all " " $2 }
		END { printf "%-44s %.2f  (ms:%s)\n", what, r[int((NR + 1) / 2)], all }'
}

copy_out() { ms cp "$tmp/mnt/file" "$tmp/copy"; }
save() { ms cp "$tmp/mnt/proc/vmcore" "$tmp/m.core"; }
copy_in() { bench/bench_image copy "$tmp/m.core"; }
restore() {
	ms ./vmallocfs -o restore="$1" "$tmp/mnt"
	leave
}
nothing() { echo 1000; }

./vmallocfs -o memory=$((2 * mib))M "$tmp/mnt"
head -c "${mib}M" /dev/urandom >"$tmp/mnt/file"
echo x >"$tmp/mnt/small"
pairs "save, against cp of as much out of the mount" copy_out save

# waits COMMAND...: the longest wait of a client meanwhile, in milliseconds.
waits() {
	bench/bench_image wait "$tmp/mnt/small" >"$tmp/waits" &
	local pid=$!
	"$@" >/dev/null
	kill $pid
	wait $pid
	cut -d' ' -f2 "$tmp/waits"
}
for ((i = 0; i < rounds; i++)); do
	echo "$(waits sleep 1) $(waits save)"
done | awk '{ all = all " " $1 "/" $2 } END { print "longest wait without a save / during one, ms:" all }'
leave
pairs "restore=, against memcpy of the image" copy_in restore "$tmp/m.core"

./vmallocfs -o memory=1G "$tmp/mnt"
seq -f 'vmalloc f%.0f 4096' 100000 >"$tmp/mnt/ctl"
cp "$tmp/mnt/proc/vmcore" "$tmp/files.core"
[ ! -e "$tmp/mnt/proc/vmlinux" ] || cp "$tmp/mnt/proc/vmlinux" "$tmp/vmlinux"
leave
pairs "restore= of 100,000 files, against 1 s" nothing restore "$tmp/files.core"
if command -v gdb >/dev/null; then
	pairs "gdb opens them, against 1 s" nothing \
		ms gdb -nx -batch -ex 'x/gx 0xffffc90000000000' -c "$tmp/files.core"
	[ ! -e "$tmp/vmlinux" ] || pairs "gdb with proc/vmlinux" nothing \
		ms gdb -nx -batch -ex 'x/gx 0xffffc90000000000' "$tmp/vmlinux" "$tmp/files.core"
fi
