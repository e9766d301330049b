#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad options and mountpoints: one clear line, exit status 2 for usage and 1
# for the rest, nothing mounted.
. "$(dirname "$0")/lib.sh"

for bad in nonsense memory=0 memory= memory=x memory=12Q memory=-1 memory=1.5G memory=99999999T \
	memory=17179869185G nr_inodes=0 \
	memory=1 nodes=0 nodes=x nodes=-1 nodes=1000000 vmalloc=0 vmalloc=x vmalloc=33T \
	vmalloc=1 init_on_alloc=2 init_on_alloc=yes memory=18446744073709551617 load=; do
	refuses 2 -o "$bad" "$mnt"
done
refuses 2 -o memory=8M,nodes=64 "$mnt"
refuses 2 --nonsense "$mnt"
refuses 2 -Z "$mnt"
refuses 2
refuses 2 source "$mnt" more

refuses 1 "$tmp/missing"
: >"$tmp/file"
refuses 1 "$tmp/file"
mkdir "$tmp/full"
: >"$tmp/full/file"
refuses 1 "$tmp/full"
is "$(ls "$tmp/full")" file

# Mounted already, by us.
start_fs -o memory=64M
refuses_mounted() {
	local status=0
	timeout 60 "$vmallocfs" -o memory=64M "$mnt" >"$tmp/out" 2>"$tmp/err" || status=$?
	is $status 1 "mounted twice"
	is "$(wc -l <"$tmp/err")" 1
}
refuses_mounted
is "$(grep -c " $mnt fuse" /proc/self/mounts)" 1
stop_fs

# nonempty overrides.
"$vmallocfs" -o memory=64M,nonempty "$tmp/full"
cleanup_fn umount -l "$tmp/full"
[ -e "$tmp/full/status" ] || fail "nonempty does not mount"
umount "$tmp/full" 2>/dev/null || fusermount3 -u "$tmp/full"
is "$(ls "$tmp/full")" file
cleanup_fns=()

"$vmallocfs" --help >"$tmp/out" 2>"$tmp/err" || fail "--help"
grep -q memory= "$tmp/out" && [ ! -s "$tmp/err" ] || fail "--help goes to stdout"
"$vmallocfs" --version >"$tmp/out" 2>"$tmp/err" || fail "--version"
grep -q '^vmallocfs ' "$tmp/out" || fail "--version"

# Good values in their various writings.
for good in memory=64m memory=65536K memory=67108864 vmalloc=1M vmalloc=32T \
	init_on_alloc=0 init_on_alloc=1 nodes=4; do
	start_fs -o "$good"
	stop_fs
done
start_fs -s -o memory=64M
printf single >"$mnt/a"
is "$(cat "$mnt/a")" single
stop_fs
start_fs -o memory=16T
is "$(key frames)" 4294967296
printf huge >"$mnt/a"
is "$(cat "$mnt/a")" huge
stop_fs

# Without -f it is there when the command returns, and leaves the terminal.
"$vmallocfs" -o memory=64M "$mnt" </dev/null
is_mounted || fail "not mounted when the command returned"
printf daemon >"$mnt/a"
is "$(cat "$mnt/a")" daemon
unmount "$mnt"
