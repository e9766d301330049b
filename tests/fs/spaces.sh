#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each space has its own holes, figures, failures and line in the log: the modules'
# beside vmalloc's.
. "$(dirname "$0")/lib.sh"
modules=0xffffffffc0000000
start_fs -o memory=64M,vmalloc=16M,modules=$modules-0xffffffffc0010000 # sixteen pages
cd "$mnt"
holes=sys/kernel/mm/vmalloc/holes

is "$(key modules)" "$modules-0xffffffffc0010000"
is "$(key modules_areas) $(key modules_free) $(key modules_failures)" '0 65536 0'
vmalloc_free=$(key free)

# module_alloc() places there, with frames, executable, readable by every view.
printf hello >module_alloc/a
truncate -s 12K module_alloc/b
is "$(addr module_alloc/a) $(addr module_alloc/b)" "$modules 0xffffffffc0002000"
is "$(cat module_alloc/a)" hello
is "$("$sys" pread dev/kmem $((modules & 0x7fffffffffff)) 5)" 5
is "$(printf %x "$(($(pte "$(addr module_alloc/a)") & ~0xffffffffff000))")" 163
is "$(flags module_alloc/a)" vmalloc

# Figures of one space are not the other's.
is "$(key areas) $(key modules_areas)" '2 2'
is "$(key free)" "$vmalloc_free"
is "$(key mapped) $(key modules_mapped) $(key modules_guards)" '0 16384 8192'
is "$(key modules_largest_hole)" $((10 * 4096))
is "$(awk '$4 == "modules" { print $1, $3 }' $holes)" "0xffffffffc0006000 40960"
is "$(awk '$4 == "vmalloc" { n += $3 } END { print n }' $holes)" "$(key free)"

# A file grows in its space, and moves in it.
truncate -s 8K module_alloc/a
is "$(addr module_alloc/a)" 0xffffffffc0006000
is "$(cat module_alloc/a | tr -d '\0')" hello
truncate -s 1 module_alloc/c
is "$(addr module_alloc/c)" "$modules"

# A failure: Linux's line names the range, and the count is that space's.
: >module_alloc/x
expect_errno ENOSPC truncate module_alloc/x 32768
tail -n 3 proc/kmsg >"$tmp/log"
grep -q "vmalloc_node_range for size 36864 failed: Address range restricted to $modules - 0xffffffffc0010000" \
	"$tmp/log" || fail "$(cat "$tmp/log")"
grep -q 'do not fit in modules' "$tmp/log" || fail "$(cat "$tmp/log")"
is "$(key failures) $(key modules_failures)" '0 1'
echo 32K >sys/kernel/mm/vmalloc/enough
grep -q 'It fits' sys/kernel/mm/vmalloc/enough || fail "not in vmalloc"
echo 32K modules >sys/kernel/mm/vmalloc/enough
grep -q 'does not fit' sys/kernel/mm/vmalloc/enough || fail "not in modules"
expect_errno ENOSPC truncate module_alloc/x 1048576
truncate -s 64K a
: >x
expect_errno ENOSPC truncate x 16777216
is "$(key failures) $(key modules_failures)" '1 2'

# The pictures have a block for each.
grep -q '^vmalloc 0x' map.txt && grep -q "^modules $modules-0xffffffffc0010000" map.txt || fail "map.txt"
grep -q '>modules 0xffffffffc0000000' map.svg || fail "map.svg"
if command -v jq >/dev/null; then
	is "$(jq -c '[.spaces[] | [.name, .areas, .failures, .free]]' status.json)" \
		"[[\"vmalloc\",1,1,$(key free)],[\"modules\",3,2,$(key modules_free)]]"
fi
rm module_alloc/* a

# Next fit goes on in each space from where it was in that space.
echo next-fit >sys/kernel/mm/vmalloc/policy
truncate -s 4K a b module_alloc/a module_alloc/b
rm a module_alloc/a
truncate -s 4K c module_alloc/c d
is "$(($(addr c) - $(addr b))) $(($(addr d) - $(addr c)))" '8192 8192'
is $(($(addr module_alloc/c) - $(addr module_alloc/b))) 8192
rm b c d module_alloc/*
is "$(key modules_areas) $(key modules_free)" '0 65536'
is "$(cat sys/kernel/mm/vmalloc/check)" ok
cd /
stop_fs

# A full space of modules, after public reports: the log names it.
start_fs -o "modules=0xffffffffc003e000-0xffffffffff000000,load=$data/cases/synthetic-x86_64-5.10-bpf_jit-full.txt"
: >"$mnt/module_alloc/x"
expect_errno ENOSPC truncate "$mnt/module_alloc/x" 8192
grep -q 'vmalloc_node_range for size 12288 failed: Address range restricted to 0xffffffffc003e000' "$mnt/proc/kmsg" ||
	fail "$(tail -n 3 "$mnt/proc/kmsg")"
is "$(awk '/^modules_areas/ { print $2 }' "$mnt/status")" 1901
is "$(awk '/^areas/ { print $2 }' "$mnt/status")" 1902
stop_fs

# Windows that leave no room for the memory are left out, and the log says so; with
# strict they are an error.
layout=$data/cases/vmallocinfo-arm64-6.5-gdb-lx.txt
start_fs -o "memory=8T,load=$layout"
grep -q 'load: .*windows are not taken: the memory' "$mnt/proc/kmsg" || fail "$(grep load: "$mnt/proc/kmsg")"
stop_fs
if "$vmallocfs" -o "strict,memory=8T,load=$layout" "$mnt" 2>"$tmp/err"; then
	fail "it was mounted"
fi
grep -q 'do not fit' "$tmp/err" || fail "$(cat "$tmp/err")"
