#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The policy is a knob that is read and written as sysfs does it, and says where the next
# area goes.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=404K # a hundred pages, and the one that is never used
cd "$mnt"
file=sys/kernel/mm/vmalloc/policy
base=0xffffc90000000000

# at NAME PAGE: where the area is.
at() {
	is "$(addr "$1")" "$(printf '0x%016x' $((base + $2 * 4096)))" "$1"
}

# make NAME PAGES
make() {
	truncate -s $(($2 * 4096)) "$1"
}

is "$(stat -c '%a %s' $file)" "644 0"
all="first-fit next-fit best-fit worst-fit top-down linux-6.1 linux-6.12"
is "$(cat $file)" "[first-fit] ${all#* }"
is "$(key policy)" first-fit
for policy in ${all#* } first-fit; do
	seen=$(cat status)
	echo $policy >$file
	is "$(grep -o '\[.*\]' $file)" "[$policy]"
	is "$(tr -d '[]' <$file)" "$all"
	is "$(key policy)" $policy
	[ "$(cat status)" != "$seen" ] || fail "status did not change"
done
printf top-down >$file
for word in "" first FIRST-FIT "first-fit " "[first-fit]" 0 "first-fit next-fit"; do
	expect_errno EINVAL put $file "$word"
	is "$(key policy)" top-down
done

# From the top.
make a 3
at a 96
make b 9
at b 86
# Best fit takes memory: where this fails, the policy stays.
knob_slab=sys/kernel/debug/failslab
echo 1 >$knob_slab/fail-nth
expect_errno ENOMEM put $file best-fit
is "$(key policy)" top-down
is "$(cat $knob_slab/fail-nth)" 0
rm a b

# Holes of 4, 8, 4 pages, and the rest.
echo first-fit >$file
for name in h1:3 a:1 h2:7 b:1 h3:3 c:1; do
	make ${name%:*} ${name#*:}
done
rm h1 h2 h3
echo best-fit >$file
make x 1
at x 0
make y 3
at y 16 # not 2: two pages are left there
make z 2
at z 6
rm x y z
echo worst-fit >$file
make x 1
at x 22
make y 60 # 24 to 84: now the rest is 15
make z 12
at z 85
make w 1
at w 6
rm x y z w
echo next-fit >$file # the last one was at 6 and 7
make x 3
at x 8
rm x
make y 3
at y 16
make z 3
at z 22
rm y
make w 66
at w 26
: >v
expect_errno ENOSPC truncate v 400000
make v 7 # from the start again
at v 6
is "$(knob check)" ok

# Linux's: what is freed waits, device memory is aligned to its own size, and a
# hole that just fits is found if the walk of the tree comes past it.
rm a b c v w z
echo linux-6.1 >$file
is "$(knob lazy_max_pages)" 8192
make a 3
at a 0
rm a
make a 3
at a 4
is "$(knob nr_lazy)" 4
echo 1 >sys/kernel/mm/vmalloc/purge
truncate -s 16K ioremap/i
at ioremap/i 8
is "$(knob check)" ok
rm a ioremap/i
echo first-fit >$file
is "$(knob lazy_max_pages)" 0

# What is in the tree stays where it is, and its content with it.
random_file "$tmp/data" 12288
cp "$tmp/data" a
make b 1
for policy in top-down best-fit worst-fit first-fit; do
	before=$(addr a)
	echo $policy >$file
	same a "$tmp/data"
	is "$(addr a)" "$before"
	is "$(knob check)" ok
done

# A file that must move goes where the policy says.
echo top-down >$file
make a 10
at a 89
cmp -n 12288 a "$tmp/data"

cd /
stop_fs
