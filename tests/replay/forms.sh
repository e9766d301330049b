#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traces that no trace event of the kernel made: kprobes, bpftrace, perf trace; and
# trace-cmd's raw form.
. "$(dirname "$0")/lib.sh"

cases=$data/cases

# outcomes ARG...: "events placements same" of the first run.
outcomes() {
	echo "$(figure events "$@") $(figure placements "$@") $(figure same "$@")"
}
expect "2 1 1" "$(outcomes "$cases/trace-kretprobe-alloc_vmap_area-5.10.txt")"
expect "4 3 3" "$(outcomes "$cases/trace-bpftrace-printf.txt")"
expect "2 1 1" "$(outcomes "$cases/trace-perf-trace.txt")"

# A real recording.  The kernel placed one of its 429 areas, an aligned one, elsewhere
# than first fit does, and all of them where linux-6.1 does.
kprobe=(--load="$data/kprobe-6.1-start.txt" "$data/kprobe-6.1.txt.zst")
expect "1162 429 428" "$(outcomes "${kprobe[@]}" 2>/dev/null)"
expect "1162 429 429" "$(outcomes --policy=linux-6.1 "${kprobe[@]}" 2>/dev/null)"

# Two tasks in alloc_vmap_area() at once, and one for which there was no place.
cat >"$tmp/tasks" <<-'EOF'
	 a-1 [000] ..... 1.0: in: (alloc_vmap_area+0x0/0x5b0) size=20480 align=1 vstart=0xffffc90000000000 vend=0xffffc90000100000
	 b-2 [001] ..... 1.1: in: (alloc_vmap_area.isra.0+0x0/0x5b0) size=8192 align=1 vstart=0xffffc90000000000 vend=0xffffc90000100000
	 a-1 [000] ..... 1.2: out: (__get_vm_area_node+0xb4/0x140 <- alloc_vmap_area) va_start=0xffffc90000000000
	 b-2 [001] ..... 1.3: out: (__get_vm_area_node+0xb4/0x140 <- alloc_vmap_area.isra.0) va_start=0xffffc90000005000
	 b-2 [001] ..... 1.4: in: (alloc_vmap_area+0x0/0x5b0) size=1048576 align=1 vstart=0xffffc90000000000 vend=0xffffc90000100000
	 b-2 [001] ..... 1.5: out: (__get_vm_area_node+0xb4/0x140 <- alloc_vmap_area) va_start=(fault)
EOF
expect "3 2 3" "$(outcomes "$tmp/tasks")"
expect 1 "$(figure failures "$tmp/tasks")"
# A return without its entry is not an event.
sed -n 3p "$tmp/tasks" >"$tmp/cut"
refused 1 "$tmp/cut"

cat >"$tmp/raw" <<-'EOF'
	 a-1 [000] 1.0: alloc_vmap_area: addr=0xffffc90000000000 size=0x5000 align=0x1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0
	 a-1 [000] 1.1: free_vmap_area_noflush: va_start=0xffffc90000000000 nr_lazy=0x5 nr_lazy_max=0x8000
	 a-1 [000] 1.2: purge_vmap_area_lazy: start=0xffffc90000000000 end=0xffffc90000005000 npurged=0x1
EOF
expect "3 1 1" "$(outcomes "$tmp/raw")"

# Without a window of its own, a trace has that of the layout, or of the option.
echo 'alloc 0xffffd26e00000000 8192' >"$tmp/bpf"
expect "1 1 0" "$(outcomes "$tmp/bpf")"
expect "1 1 1" "$(outcomes --vmalloc=0xffffd26e00000000-0xffffd26e00100000 "$tmp/bpf")"
expect 1 "$(figure failures --vmalloc=0xffffd26e00000000-0xffffd26e00001000 "$tmp/bpf")"

# A kernel's trace of other events, and what is not a trace.
echo ' a-1 [000] 1.0: sched_switch: prev_comm=a' >"$tmp/other"
refused 1 "$tmp/other"
refused 1 "$data/vmallocinfo-linux-6.1.txt"

# Layouts of 32-bit kernels, of any processor: what the phone's own meminfo had as its largest
# hole; and the request that failed there, and one that is a page smaller.
cases=$data/cases
chunk=$(sed -n 's/VmallocChunk: *\([0-9]*\) kB/\1/p' "$cases/meminfo-arm32-3.4-mt6589.txt")
printf 'vmalloc a 4K\nvfree a\n' >"$tmp/t"
expect $((chunk * 1024)) "$(figure largest_hole --load="$cases/vmallocinfo-arm32-3.4-mt6589.txt" "$tmp/t")"
for size in 832096 827392; do
	echo "vmalloc swap $size" >"$tmp/t"
	figure failures --load="$cases/vmallocinfo-ppc32-6.14-kasan-outline.txt" "$tmp/t"
done >"$tmp/out"
expect "1 0" "$(paste -sd ' ' "$tmp/out")"
