#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sys/kernel/mm/vmalloc/callers adds areas up by their callers, most bytes first.
. "$(dirname "$0")/lib.sh"
cat >"$tmp/layout" <<-'EOF'
	0xffffc90000000000-0xffffc90000005000   20480 load_module+0x10/0x99 pages=4 vmalloc
	0xffffc90000005000-0xffffc90000007000    8192 load_module+0x20/0x99 [kvm] pages=1 vmalloc
	0xffffc90000007000-0xffffc90000009000    8192 unpurged vm_area
	0xffffc90000009000-0xffffc9000000b000    8192 vm_map_ram
	0xffffc90000100000-0xffffc90000121000  135168 pcpu_get_vm_areas+0x0/0x900 vmalloc
EOF
start_fs -o memory=64M,load="$tmp/layout"
callers=$mnt/sys/kernel/mm/vmalloc/callers
cd "$mnt"

is "$(cat "$callers")" "135168 1 0 135168 pcpu_get_vm_areas
28672 2 5 20480 load_module
8192 1 0 8192 [none]"

# A file counts under its directory, a page array with its file; size and guard count.
truncate -s 8K a
truncate -s 4M b
truncate -s 4K vmalloc_user/u
grep -qx "$((3 * 4096 + 1025 * 4096 + 3 * 4096)) 3 $((2 + 1024 + 2)) $((1025 * 4096)) vmalloc" "$callers" ||
	fail "$(cat "$callers")"
is "$(head -n 1 "$callers" | cut -d' ' -f5)" vmalloc
grep -qx "8192 1 1 8192 vmalloc_user" "$callers" || fail "$(cat "$callers")"
is "$(awk '{ n += $2 } END { print n }' "$callers")" "$(key areas)"

rm a b
is "$(grep -c ' vmalloc$' "$callers")" 0
cd /
stop_fs
