#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The drawings of placement.md: bash doc/placement.sh hole|again|pools
. "$(dirname "$0")/experiments/lab.sh"

vm=sys/kernel/mm/vmalloc

# start POLICY CPUS: a machine with 32 pages of address space.
start() {
	boot memory=16M,cpus="$2",vmalloc=132K
	echo 46 >$vm/map_width
	echo "$1" >$vm/policy
	printf '%s\n' "$1"
}

# do_ctl LINE...: commands of ctl.
do_ctl() {
	printf '%s\n' "$@" >ctl
}

# draw WORD...: the 32 pages as map.txt has them, and what was done.
draw() {
	printf '  %s  %s\n' "$(awk '/c90000000000 / { print substr($0, index($0, " ") + 1); exit }' map.txt)" "$*"
}

# at NAME: the page where it begins.
at() {
	echo $((($(addr "$1") - 0xffffc90000000000) / 4096))
}

case ${1-} in
hole) # one processor: a stack of 16 KiB, aligned to its size, and a hole that just fits
	for policy in first-fit linux-6.1 linux-6.12; do
		start $policy 1
		do_ctl 'vmalloc a 12K' 'vmalloc b 16K' 'vmalloc c 12K' 'vmalloc d 4K' \
			'vmalloc e 4K' 'vfree d' purge 'vfree b' purge
		draw 'holes of five pages and of two'
		do_ctl 'get_vm_area s 16K 16K'
		draw 's: four pages and a guard, aligned to four'
		case $policy in
		first-fit) claim "$(at s)" = 4 ;;
		*) claim "$(at s)" = 20 ;;
		esac
	done
	;;
again) # two: the same file again, before and after a purge
	for policy in first-fit linux-6.1 linux-6.12; do
		start $policy 2
		do_ctl 'vmalloc a 12K' 'vmalloc b 12K' 'vfree a' 'vmalloc c 12K'
		draw 'a is freed, and c has its size'
		case $policy in
		first-fit) claim "$(at c)" = 0 ;;
		*) claim "$(at c)" = 8 ;;
		esac
		do_ctl purge 'vmalloc d 8K'
		draw 'after a purge, d is smaller'
		case $policy in
		first-fit) claim "$(at d)" = 8 ;;
		linux-6.1) claim "$(at d)" = 0 ;;
		linux-6.12) claim "$(at d)" = 12 ;;
		esac
	done
	;;
pools) # two: what one processor frees and another allocates
	for policy in first-fit linux-6.1 linux-6.12; do
		start $policy 2
		do_ctl 'vmalloc a 12K' 'vmalloc b 12K' 'vfree a' purge
		draw 'a is freed on processor 0, and purged'
		do_ctl 'on 1' 'vmalloc c 12K'
		draw 'c is made on processor 1'
		do_ctl 'on 0' 'vmalloc d 12K'
		draw 'd is made on processor 0'
		case $policy in
		linux-6.12) claim "$(at c) $(at d)" = '8 0' ;;
		*) claim "$(at c) $(at d)" = '0 8' ;;
		esac
	done
	;;
*)
	echo "usage: $0 hole|again|pools" >&2
	exit 2
	;;
esac
