#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings of real kernels, replayed and followed: what share of their placements
# the policies of Linux say.
. "$(dirname "$0")/lib.sh"
kernels=$data/kernels

# agrees WANT LEAST ARG...: at least LEAST percent of WANT outcomes are the same, both
# when the policy goes its own way and when it follows.
agrees() {
	local want=$1 least=$2
	shift 2
	expect "$want" "$(figure compared "$@")"
	expect "$want" "$(figure followed_compared --follow "$@")"
	at_least "$least" "$(figure same_percent "$@")"
	at_least "$least" "$(figure followed_same_percent --follow "$@")"
}

at_least() {
	awk -v least="$1" -v got="$2" 'BEGIN { exit !(got >= least) }' || fail "$2 percent, not $1"
}

# In private windows single pages alone were placed: it makes no difference what is said
# of lazy freeing.
for policy in linux-6.1 linux-6.12; do
	n=$(grep -c ^alloc "$placement")
	agrees "$n" 100 --policy=$policy "$placement"
	agrees "$n" 100 --policy=$policy --lazy=0 "$placement"
	n=$(grep -c ^alloc "$lazy")
	agrees "$n" 100 --policy=$policy "$lazy"
	agrees "$n" 100 --policy=$policy --lazy=$high "$lazy"
done

# 32 bits, 120 MiB: 427 requests, of which 43 fail.
i386=(--load="$kernels/trace-i386-6.1-start.txt" "$kernels/trace-i386-6.1.txt.zst")
agrees 427 100 --policy=linux-6.1 "${i386[@]}" 2>"$tmp/summary"
expect 43 "$(figure failures --policy=linux-6.1 "${i386[@]}" 2>>"$tmp/summary")"
expect 0 "$(figure followed_failed_in_one --follow --policy=linux-6.1 "${i386[@]}" 2>>"$tmp/summary")"

# First fit differs where the kernel aligns to more than pages, and nowhere else.
expect 419 "$(figure followed_same --follow --policy=first-fit "${i386[@]}" 2>>"$tmp/summary")"
expect 8 "$(figure followed_aligned --follow --policy=first-fit "${i386[@]}" 2>>"$tmp/summary")"

# Probes of 6.1, read as they were recorded.
kprobes=(--load="$data/kprobe-6.1-start.txt" "$data/kprobe-6.1.txt.zst")
agrees 429 99.8 --policy=linux-6.1 "${kprobes[@]}" 2>>"$tmp/summary"

# 6.12 from boot on.  The processors are those of the trace: with one it is another kernel.
one=$kernels/trace-6.12-boot-1cpu.txt.zst
two=$kernels/trace-6.12-boot-2cpu.txt.zst
agrees 601 99.5 --policy=linux-6.12 "$one"
agrees 626 99.5 --policy=linux-6.12 "$two"
agrees 626 99.5 --policy=linux-6.12 --cpus=2 "$two"
for other in --policy=first-fit --policy=linux-6.1 '--policy=linux-6.12 --cpus=1'; do
	# shellcheck disable=SC2086 # two words
	[ "$(figure followed_same --follow $other "$two")" -lt 600 ] ||
		fail "$other makes no difference to a kernel with pools"
done

# Operations that show how 6.1 aligns: the addresses that it gave, as a trace.
as_trace() {
	awk -v start=0xffffc98000000000 -v end=0xffffc98000400000 '
	function num(s,  i, n) {
		n = 0
		for (i = 1; i <= length(s); i++)
			n = n * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return n
	}
	function value(word) { return num(substr(word, index(word, "0x") + 2)) }
	# Device memory, which flag 1 says, is aligned to its size.
	function align(size, flags,  a) {
		for (a = 4096; flags == "0x1" && a < size; a *= 2)
			;
		return a
	}
	function event(text) { printf "vmops-1 [000] ..... 1.%06d: %s\n", ++clock, text }
	$2 == "w" {
		event(sprintf("alloc_vmap_area: va_start: %s size=%d align=%d vstart=%s vend=%s failed=0",
			      $7, value($8), align(value($4), $5), start, end))
	}
	$2 == "f" {
		event("free_vmap_area_noflush: va_start=" substr($5, 1, 18) " nr_lazy=1 nr_lazy_max=8192")
	}
	$2 == "p" { event("purge_vmap_area_lazy: start=" start " end=" end " num_purged=1") }'
}
as_trace <"$kernels/align-6.1.txt" >"$tmp/align"
expect 11 "$(figure followed_compared --follow --policy=linux-6.1 "$tmp/align")"
[ "$(figure followed_same --follow --policy=linux-6.1 "$tmp/align")" -ge 9 ] ||
	fail "aligned areas go elsewhere"
# The other two, d and d2, do not fit into the hole that the walk begins at for the sake
# of another one: that between the areas of the boot and the window, which is outside of
# the recording.  With a single area far below, all are the same.
echo "0xffffc90000000000-0xffffc90000005000 20480 irq_init_percpu_irqstack+0xf0/0x120 vmap" \
	>"$tmp/boot"
expect 11 "$(figure followed_same --follow --policy=linux-6.1 --load="$tmp/boot" "$tmp/align" \
	2>>"$tmp/summary")"
