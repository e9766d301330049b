#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Is a fragmented address space the same as fragmented memory?  Each of the two
# without the other.
. "$(dirname "$0")/lab.sh"

# How a table of the figures below begins.
header() {
	printf '%-32s %18s %11s %8s %10s\n' '' span_fragmentation free_frames blocks unusable
}

# figures LABEL: fragmentation of the address space; free frames, how many
# blocks of 1024 there are among them, and what part of them cannot serve
# a request for such a block.
figures() {
	frag=$(key span_fragmentation)
	free=$(key free_frames)
	blocks=$(awk '{ n += $NF } END { print n }' proc/buddyinfo)
	unusable=$(awk '{ print $NF }' sys/kernel/debug/extfrag/unusable_index)
	printf '%-32s %18s %11s %8s %10s\n' "$1" "$frag" "$free" "$blocks" "$unusable"
}

# above A B: true if the decimal fraction A is above B.
above() {
	awk "BEGIN { exit !($1 > $2) }"
}

boot memory=16M,vmalloc=32M
header
figures 'a new machine'
before=$blocks

# A window onto device memory takes address space, and no frames but for tables.
truncate -s 60K $(seq -f 'ioremap/d%03g' 200)
figures '200 windows onto devices'
rm ioremap/d??[13579]
figures 'every other one gone'
claim "$(above "$frag" 0.98 && echo yes)" = yes
claim "$blocks" = "$before"

echo
boot memory=16M,vmalloc=32M
header
figures 'a new machine'
for ((i = 0; i < 1900; i++)); do
	printf '%4096s' '' >>a
	printf '%4096s' '' >>b
done
figures 'two files, grown in turns'
rm a
figures 'one of them gone'
claim "$frag" = 0.0000
claim "$blocks" = 0
claim "$free" -gt $((2 * 1024))

truncate -s 8M c
printf '\nAnd still a file of 8 MiB, %d frames, has room: vmalloc() takes single frames.\n' \
	"$(awk '$5 == "c" { print $3 }' status)"
