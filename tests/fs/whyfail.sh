#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Beside the kernel's line about a failure the log says why: how much was asked
# for, how large the largest hole is, and whose areas are on either side.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=404K # a hundred pages, and the one that is never used
cd "$mnt"
message='allocation failed: out of vmalloc space - use vmalloc=<size> to increase size.'

# why WORD...: the line below the kernel's has all of these; the last one says what
# would be enough.
why() {
	local line
	tail -n 3 proc/kmsg | head -n 1 | has -F "$message" || fail "not the kernel's line: $(tail -n 3 proc/kmsg)"
	line=$(tail -n 2 proc/kmsg | head -n 1)
	for word; do
		[[ $line == *"$word"* ]] || fail "no '$word' in: $line"
	done
}

: >x
expect_errno ENOSPC truncate x 1000000
why '1000000 bytes' '246 pages' '100 pages' 'start of the window' 'end of the window'

# One is one page.
truncate -s $((98 * 4096)) most
expect_errno ENOSPC truncate x 1
why '1 byte (2 pages' 'has 1 page,'
rm most

# Holes of 20 and 30 pages.
for name in a:9 h1:19 "b c":9 h2:29 vmalloc_user/d:29; do
	truncate -s $((${name#*:} * 4096)) "${name%:*}"
done
rm h1 h2
expect_errno ENOSPC truncate x 122880
why '122880 bytes' '31 pages' '30 pages' 'between b\040c and vmalloc_user/d'
rm 'b c'
expect_errno ENOSPC truncate x 245760
why '60 pages' 'between a and vmalloc_user/d'
rm vmalloc_user/d
expect_errno ENOSPC truncate x 368640
why '90 pages' 'between a and the end of the window'

# A name of 255 bytes, a quarter of which would be enough for a line of its own.
long=$(printf 'y%.0s' {1..255})
mv a "$long"
expect_errno ENOSPC truncate x 368640
why '90 pages' yyyyyyyyyy 'end of the window'
is "$(tail -n 2 proc/kmsg | head -n 1 | grep -c "$long")" 0
strange=$'\n<0>[ 0.0] Kernel panic\n'
mv "$long" "$strange"
expect_errno ENOSPC truncate x 368640
why '90 pages' '\012<0>' 'end of the window'
is "$(grep -c '^<0>' proc/kmsg)" 0

cd /
stop_fs

# Frames: how many were asked for, of which zone and node, and what is free there.
start_fs -o memory=32M,nodes=2
cd "$mnt"
total=$(key frames)
frames() { # ASKED WORD...: the last line of the log
	local line
	line=$(tail -n 1 proc/kmsg)
	[[ $line =~ "out of frames: "$1" w"(as|ere)" asked for, of zone "(.*)"; free on that node: "(.*)"; on all nodes: "([0-9]+)" of "([0-9]+)$ ]] ||
		fail "not $1 frames: $line"
	is "${BASH_REMATCH[5]}" $((total - 1)) # frame 0 is reserved
	free=${BASH_REMATCH[4]}
	for word in "${@:2}"; do
		[[ $line == *"$word"* ]] || fail "no '$word' in: $line"
	done
}
: >a
expect_errno ENOMEM truncate a $((40 << 40))
frames 10737418240 'Normal or a lower one' 'node 0 first' 'DMA '
expect_errno ENOMEM fallocate a 0 0 $((48 << 20))
frames 12288
truncate -s 4K vmalloc_32/grows
expect_errno ENOMEM truncate vmalloc_32/grows $((36 << 20))
frames 9215 DMA32
: >vmalloc_node/1/b
expect_errno ENOMEM truncate vmalloc_node/1/b $((33 << 20))
frames 8448 'node 1 first' 'DMA32 '
random_file "$tmp/big" 36000000
LC_ALL=C cp "$tmp/big" full 2>"$tmp/err" && fail "36 MB fit into 32 MiB"
has 'Cannot allocate memory' <"$tmp/err"
frames '[0-9]+' 'node 0'
[ "$free" -lt 256 ] || fail "$free frames are free"
i=0
while sys_call append full 4096 x && [ "$got" = 4096 ]; do
	i=$((i + 1))
	[ $i -lt 500 ] || fail "no end"
done
frames 1
[ "$free" = 0 ] || fail "$free frames are free"
: >ioremap/far # more than one page table has entries for
expect_errno ENOMEM truncate ioremap/far $((8 << 20))
frames '[0-9]+' 'Normal or a lower one'
is "$(logged 'out of frames')" 7
is "$(knob check)" ok
cd /
stop_fs
