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

# Knobs at boot, under their names; each is what its file shows afterwards.
start_fs -o memory=64M,policy=best-fit,lazy_max_pages=7,map_width=100,failslab/times=5 \
	-o fail_page_alloc=2:10:0:-1,failslab=3\\,0\\,4\\,5,in_interrupt=0, \
	-o tracing_on=1,events/vmalloc/enable=1,fail_page_alloc/reject-start=$((0xffffffff81000000))
debug=$mnt/sys/kernel/debug
is "$(key policy) $(knob lazy_max_pages) $(knob map_width)" "best-fit 7 100"
is "$(cat $debug/fail_page_alloc/{interval,probability,space,times} | tr '\n' ' ')" "2 10 0 -1 "
is "$(cat $debug/failslab/{interval,probability,space,times} | tr '\n' ' ')" "3 0 4 5 "
is "$(cat $debug/fail_page_alloc/reject-start)" 0xffffffff81000000
is "$(cat "$mnt"/sys/kernel/tracing/{tracing_on,events/vmalloc/enable} | tr '\n' ' ')" "1 1 "
stop_fs
for bad in policy=fist-fit policy policy= lazy_max_pages=x failslab=1:2 failslab=1:2:3:x nr_lazy=1 \
	purge=1 vfree=1 check=1 failslab/nothing=1 failslab/times remount remount,ro; do
	refuses 2 -o "$bad" "$mnt"
done
refuses 2 -o policy=fist-fit "$mnt"
grep -q worst-fit "$tmp/err" || fail "the policies are not named"
refuses 2 -o remount,ro "$mnt"
grep -q unmount "$tmp/err" || fail "no reason"

# A size that no machine has is rounded, and that is said.
"$vmallocfs" -o memory=67108865,vmalloc=1000001, "$mnt" 2>"$tmp/err"
is "$(grep -c rounded "$tmp/err") $(wc -l <"$tmp/err")" "2 2"
grep -q 67108864 "$tmp/err" && grep -q 999424 "$tmp/err" || fail "$(cat "$tmp/err")"
is "$(key frames)" 16384
unmount "$mnt"

# A window as a shell prints it.
start_fs -o memory=64M,vmalloc=$((0xffffc90000000000))-$((0xffffc90004000000)),
is "$(awk '/^vmalloc:/ { print $2 }' "$mnt/status")" 0xffffc90000000000-0xffffc90004000000
stop_fs

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
