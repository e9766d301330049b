#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Requests that take long hold up no others, unless there is but one thread.
. "$(dirname "$0")/lib.sh"
beside=$top_builddir/tests/fs/beside

# Many areas, so that texts of them take long.
texts=(status status.json map.html proc/vmallocinfo sys/kernel/mm/vmalloc/holes)
fill() {
	awk 'BEGIN { for (i = 0; i < 100000; i++) print "vmalloc a" i " 4096" }' >"$mnt/ctl"
}

for options in '' '-o max_threads=2' '-o max_threads=3,max_idle_threads=1' '-o clone_fd'; do
	# shellcheck disable=SC2086
	start_fs -o memory=1G $options
	fill
	n=$("$beside" "$mnt" "${texts[@]}")
	[ "$n" -gt $((4 * ${#texts[@]})) ] || fail "${options:-no options}: $n lookups beside texts"
	stop_fs
done

# One thread serves one after the other, and serves all of them.
for options in -s '-o max_threads=1' '-o max_threads=0'; do
	# shellcheck disable=SC2086
	start_fs -o memory=1G $options
	fill
	"$beside" "$mnt" "${texts[@]}" >/dev/null
	stop_fs
done
