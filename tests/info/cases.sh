#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What must come of layouts that people published: windows, holes, callers, and
# what would have been enough.
. "$(dirname "$0")/lib.sh"
requires jq --version

ppc=$cases/vmallocinfo-ppc32-6.14-kasan-outline.txt
space='.spaces[0]|"\(.areas) \(.free) \(.purged.free) \(.purged.holes) \(.largest_hole) \(.largest_at)"'
expect "387 7069696 7561216 201 831488 0xf3b3d000" "$(query "$space" "$ppc")"
expect "428 24" "$(query '"\(.areas) \(.unpurged)"' "$ppc")"
group='.groups[]|select(.name == $n)|"\(.bytes) \(.areas) \(.vmalloc_bytes) \(.vmalloc_areas)"'
of() { "$info" --json "$2" 2>/dev/null | jq -r --arg n "$1" "$group"; }
expect "35938304 38 35938304 38" "$(of __ioremap_caller "$ppc")"
expect "7200768 150 3133440 110" "$(of load_module "$ppc")"

# It fails as the kernel said.  A window of 67 MiB is enough, and so is one of exactly the
# size that the answer gives.
status 3 --enough=832096 "$ppc"
grep -q 839680 "$tmp/out"
status 0 --enough=832096 --vmalloc=67M "$ppc"
lower=$(query .enough.wider_below --enough=832096 "$ppc")
exact=$(printf '0x%x-0xf5110000' $((0xf1000000 - lower)))
less=$(printf '0x%x-0xf5110000' $((0xf1000000 - lower + 4096)))
status 0 --enough=832096 --vmalloc="$exact" "$ppc"
status 3 --enough=832096 --vmalloc="$less" "$ppc"
expect null "$(query '.enough.places["top-down"]' --enough=832096 "$ppc")"

# With the log beside the layout, what failed is answered without being asked.
{ cat "$ppc"; sed -n 2p "$cases/failure-messages.txt"; } >"$tmp/both"
status 0 "$tmp/both"
grep -q 'failed for 839680 bytes' "$tmp/out"
grep -q 'It does not fit' "$tmp/out"

# VmallocChunk and VmallocUsed of that kernel.
expect "141316 148132" "$(query '.spaces[0]|"\(.largest_hole / 1024) \(.used / 1024)"' \
	"$cases/vmallocinfo-arm32-3.4-mt6589.txt")"

# Where kernels placed what came next.
expect 0xf1000000 "$(query '.enough.places["first-fit"]' --enough=64M:16M \
	"$cases/vmallocinfo-arm32-4.x-unpurged-vm_map_ram.txt")"
expect 0xffffb3c1c0065000 "$(query '.next.places["first-fit"]' --next=8192 \
	"$cases/vmallocinfo-x86_64-5.4-jc.txt")"
expect 0xffffc90017834000 "$(query '.next.places_purged["linux-6.1"]' --next=36864 \
	--vmalloc=0xffffc900177fe000-0xffffc9001effe000 \
	"$top_srcdir/tests/data/kernels/trace-i386-6.1-start.txt")"

# A full module space fails alone.
full=$cases/synthetic-x86_64-5.10-bpf_jit-full.txt
modules=--modules=0xffffffffc003e000-0xffffffffff000000
status 3 "$modules" --enough=8192:0:modules "$full"
grep -q 'in modules' "$tmp/out"
status 0 "$modules" --enough=8192 "$full"
expect 18296832 "$("$info" --csv "$full" 2>/dev/null | awk -F, '$1 == "bpf_jit_binary_alloc" { print $2 }')"

# Hidden addresses: the report says who uses the space, and how to get the rest.
status 0 "$cases/vmallocinfo-ppc32-ptrval.txt"
grep -q start_kernel "$tmp/out"
grep -q no_hash_pointers "$tmp/err"
expect true "$(query .hidden "$cases/vmallocinfo-x86_64-5.x-hashed-numa.txt")"
expect 1297 "$(query '[.groups[].pages]|add' "$cases/vmallocinfo-x86_64-5.x-hashed-numa.txt")"

# Any architecture; each is valid JSON.
for file in "$cases"/vmallocinfo-* "$cases"/crash-*; do
	expect true "$(query '.areas > 0' --holes "$file")"
	sum=$(query '[.groups[].bytes]|add' "$file")
	expect "$sum" "$(query '[.groups[].bytes]|add' --by=module "$file")"
	expect "$sum" "$(query '[.groups[].bytes]|add' --by=kind "$file")"
	expect "$sum" "$(query '[.groups[].bytes]|add' --by=size "$file")"
	# What is in a window is used, waits, or is free.
	query '.spaces[].hole_list|length' --holes "$file" >"$tmp/holes"
	query '.spaces[].holes' "$file" | cmp - "$tmp/holes"
	case $(query '[.spaces[].size]|map(type)|unique|join(" ")' "$file") in
	number) # larger ones are strings, which jq cannot add
		query '.spaces[]|[.hole_list[].size]|add // 0' --holes "$file" >"$tmp/holes"
		query '.spaces[].free' "$file" | cmp - "$tmp/holes"
		;;
	esac
done
expect 3 "$(query .areas "$cases/vmallocinfo-s390-ppc64-mips64-synthetic.txt")"
