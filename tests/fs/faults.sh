#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fault injection: ENOMEM where it is asked for, a line in the log, and nothing
# lost.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
pages=sys/kernel/debug/fail_page_alloc
slab=sys/kernel/debug/failslab
idle=$(idle_frames)
line='name fail_page_alloc, interval 1, probability 100, space 0, times -1$'

# Two lines are enough to hit vmalloc.
echo 100 >$pages/probability
echo -1 >$pages/times
: >a
for i in 1 2 3; do
	expect_errno ENOMEM truncate a 4096
	is "$(logged 'FAULT_INJECTION: forcing a failure\.$')" $i
	is "$(logged "$line")" $i
done
expect_errno ENOMEM truncate a 8388608
expect_errno ENOMEM pwrite a 0 3 x
echo 0 >$pages/probability
ok truncate a 4096
is "$(idle_frames)" $((idle - 1))
# A resize that fails leaves the file as it is.
printf content >a
echo 100 >$pages/probability
expect_errno ENOMEM truncate a 100000
is "$(cat a)" content
# Tables are pages as well: a place without a table cannot be mapped.
: >ioremap/far
expect_errno ENOMEM truncate ioremap/far 4294967296
rm ioremap/far
echo 0 >$pages/probability
rm a

# Each of these lets it pass.
: >a
passes() {
	local before
	before=$(cat "$1")
	echo "$2" >"$1"
	echo 100 >$pages/probability
	ok truncate a 4096
	ok truncate a 0
	echo "$before" >"$1"
	expect_errno ENOMEM truncate a 4096
	echo 0 >$pages/probability
}
passes $pages/ignore-gfp-wait Y
passes $pages/ignore-gfp-highmem Y
passes $pages/min-order 1
passes $pages/task-filter Y
passes $pages/times 0
passes $pages/space 1000
passes $pages/interval 1000

# ignore-gfp-highmem does not spare a lowmem allocation.
echo Y >$pages/ignore-gfp-highmem
echo 100 >$pages/probability
: >vmalloc_32/a
expect_errno ENOMEM truncate vmalloc_32/a 4096
ok truncate a 4096
rm a vmalloc_32/a
echo N >$pages/ignore-gfp-highmem
echo 0 >$pages/probability

# times, and verbose 0.
: >a
echo 2 >$pages/times
echo 0 >$pages/verbose
echo 100 >$pages/probability
before=$(logged FAULT_INJECTION)
expect_errno ENOMEM truncate a 4096
is "$(cat $pages/times)" 1
expect_errno ENOMEM truncate a 4096
ok truncate a 4096
is "$(cat $pages/times)" 0
is "$(logged FAULT_INJECTION)" "$before"
echo 0 >$pages/probability
echo 2 >$pages/verbose
rm a

# fail-nth: the 700th page; what came before is given back.
: >a
echo 700 >$pages/fail-nth
expect_errno ENOMEM truncate a 40960000
is "$(cat $pages/fail-nth)" 0
is "$(key areas)" 0
is "$(idle_frames)" "$idle"
ok truncate a 40960000
rm a

# Each kmalloc of each operation in its turn: no trace is left.
for op in 'truncate a 8388608' 'truncate ioremap/a 4096' 'link b vmap/x'; do
	: >a
	: >ioremap/a
	truncate -s 40K b
	areas=$(key areas) frames=$(idle_frames)
	for ((nth = 1; nth < 100; nth++)); do
		echo $nth >$slab/fail-nth
		# shellcheck disable=SC2086
		sys_call $op
		result=$got
		left=$(cat $slab/fail-nth)
		echo 0 >$slab/fail-nth
		[ "$left" = 0 ] || break
		# The operation may succeed all the same: the index can do without some of its pages.
		[ "$result" = 0 ] && break
		is "$result" ENOMEM "$op, kmalloc $nth"
		is "$(key areas)" "$areas"
		is "$(idle_frames)" "$frames"
	done
	[ $nth -gt 1 ] || fail "$op: no kmalloc"
	rm -f a ioremap/a b vmap/x
done
is "$(logged 'name failslab, interval 1, probability 0, space 0, times [01]$' | sed 's/[1-9].*/some/')" some

# A storm: whatever fails, fails with ENOMEM, and the books stay right.
for dir in $pages $slab; do
	echo 0 >$dir/verbose
	echo -1 >$dir/times
	echo 20 >$dir/probability
done
for ((i = 0; i < 300; i++)); do
	: >f$((i % 20))
	case $("$sys" truncate f$((i % 20)) $((RANDOM * 40))) in
	0 | ENOMEM) ;;
	*) fail "neither success nor ENOMEM" ;;
	esac
done
for dir in $pages $slab; do
	echo 0 >$dir/probability
done
is "$(knob check)" ok
rm f*
is "$(knob check)" ok
is "$(idle_frames)" "$idle"

cd /
stop_fs
