#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/vmlinux: gdb and drgn see the kernel's structures, and an area by its name.
. "$(dirname "$0")/lib.sh"
requires gdb --version
requires drgn --version
requires python3 --version
requires readelf --version
"$vmallocfs" --version | grep -q proc/vmlinux || skip "this build had no compiler for x86-64"
# Where kernels have been, and five levels, the structures are the same.  With 32 bits they are
# narrower.
archs='x86-64 x86-64-5'
if "$vmallocfs" --version | has 'proc/vmlinux.* x86-pae$'; then
	archs+=' x86-pae'
fi
for arch in $archs; do
	callers=0xffffffff9f000000 sizes='64 64 72 '
	[ $arch != x86-pae ] || callers=0x1f000000 sizes='32 40 36 '
	start_fs -o memory=64M,arch=$arch
	cd "$mnt"
	random_file "$tmp/a" 10000
	printf 'an area' | cat - "$tmp/a" >b
	cp "$tmp/a" vmalloc_exec/c-1
	truncate -s 9M big
	truncate -s 1M ioremap/io
	touch vmap/twin 2>/dev/null || ln b vmap/twin
	for ((i = 0; i < 30; i++)); do
		head -c $((i * 700 + 1)) /dev/zero >"f$i"
	done
	rm f3 f4 f17
	truncate -s 100K 'a name; int'

	readelf -SlsnW proc/vmlinux >"$tmp/elf" 2>"$tmp/warnings"
	[ ! -s "$tmp/warnings" ] || fail "readelf: $(cat "$tmp/warnings")"
	id=$(sed -n 's/.*Build ID: //p' "$tmp/elf")
	[ ${#id} = 40 ] || fail "build ID: $id"
	head -c 4096 proc/kcore | tr '\0' '\n' >"$tmp/notes"
	grep -q -x "BUILD-ID=$id" "$tmp/notes" || fail "the note names another build"
	! grep -q phys_base "$tmp/notes" || fail "the note has a phys_base"
	is "$(sed -n 's/^SYMBOL(init_top_pgt)=//p' "$tmp/notes")" \
		"$(sed -n 's/^SYMBOL(swapper_pg_dir)=//p' "$tmp/notes")"

	# debugger COMMAND...: what gdb prints, one -ex a command.
	debugger() {
		local command args=()
		for command in "$@"; do
			args+=(-ex "$command")
		done
		timeout 60 gdb -nx -batch "${args[@]}" proc/vmlinux proc/kcore 2>"$tmp/gdb.err" |
			sed '/^\[New process\|^Core was\|^#0/d'
	}
	b=$(addr b)
	debugger 'printf "%#lx %lu %u\n", vmlist->addr, vmlist->size, vmlist->nr_pages' \
		'p vmlist->pages[0]->_refcount.counter' 'p vmlist->next->caller' 'x/s &b' \
		'printf "%s", linux_banner' "info symbol $((b + 5))" "info symbol $(addr vmalloc_exec/c-1)" \
		'p sizeof(struct page)' 'p sizeof(struct vm_struct)' 'p sizeof(struct vmap_area)' >"$tmp/out"
	is "$(sed -n 1,3p "$tmp/out")" "$b 16384 3
\$1 = 2
\$2 = (const void *) $(printf '%#x' $((callers + 16))) <vmalloc_exec>"
	is "$(sed -n '4s/.*\t"\(an area\).*/\1/p' "$tmp/out")" "an area"
	is "$(sed -n 5,7p "$tmp/out")" "Linux version 6.1.0-vmallocfs (vmallocfs) #1
b + 5 in section .vmalloc
vmalloc_exec_c_1 in section .vmalloc"
	is "$(sed -n 's/^\$[0-9]* = //p' "$tmp/out" | tail -n 3 | tr '\n' ' ')" "$sizes"
	grep -q 'a_name__int$' "$tmp/elf" || fail "a name that is no identifier"

	# Our own commands.
	debugger "source $top_srcdir/src/show/kernel/vmallocfs-gdb.py" vmlist \
		vmwalk 'vmwalk (char *)&b + 5000' 'vmwho (char *)&b + 12288 + 7' 'vmwho 4096' >"$tmp/out"
	same <(awk '/^0x[0-9a-f]*-/ { print $1, $2 }' "$tmp/out" | head -n "$(grep -c . proc/vmallocinfo)") \
		<(awk '{ print $1, $2 }' proc/vmallocinfo)
	phys=$(sed -n 's/.* is at physical address //p' "$tmp/out")
	same <(dd if=dev/mem bs=1 skip=$((phys)) count=64 status=none) <(dd if=b bs=1 skip=5000 count=64 status=none)
	grep -q ' is the guard page of b, 7 bytes past its end$' "$tmp/out" || fail "vmwho: $(cat "$tmp/out")"
	grep -q '^0x1000 is in no area: nothing lies before it, b after it$' "$tmp/out" ||
		fail "vmwho: $(cat "$tmp/out")"
	grep -q 'An address is missing' "$tmp/gdb.err" || fail "vmwalk without an address"

	# drgn: the list, the tree and the list of holes as its helpers walk them.  vmalloc_to_page
	# and the others that look up areas are of later versions, so the walk is made here.
	# On i386 drgn knows neither page tables nor mem_map.
	cat >"$tmp/ask.py" <<'EOT'
import sys

from _drgn import _linux_helper_read_vm
from drgn import sizeof
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.mm import decode_page_flags, for_each_page, page_to_pfn, page_to_virt, pfn_to_page
from drgn.helpers.linux.mm import virt_to_page
from drgn.helpers.linux.rbtree import rb_find, rbtree_inorder_for_each_entry

AREA = "struct vmap_area"
areas = list(list_for_each_entry(AREA, prog["vmap_area_list"].address_of_(), "list"))
root = prog["vmap_area_root"].address_of_()
tree = list(rbtree_inorder_for_each_entry(AREA, root, "rb_node"))
assert [int(va) for va in areas] == [int(va) for va in tree]
vm = prog["vmlist"]
for va in areas:
    assert va.vm == vm and va.va_start == vm.addr.value_() and va.va_end - va.va_start == vm.size
    caller = prog.symbol(vm.caller.value_()).name if vm.caller else "-"
    print(f"{va.va_start.value_():#x}-{va.va_end.value_():#x} {vm.nr_pages.value_()} {caller}")
    vm = vm.next
assert not vm


def compare(addr, va):
    return -1 if addr < va.va_start else int(addr >= va.va_end)


# Each area is found by an address in it; a red node has black children, and each way down
# has as many black nodes.
for va in areas:
    assert rb_find(AREA, root, "rb_node", va.va_start.value_() + 1, compare) == va


def black_height(node, red):
    if not node:
        return 1
    color = node.__rb_parent_color.value_() & 1
    assert color or not red
    left, right = black_height(node.rb_left, not color), black_height(node.rb_right, not color)
    assert left == right
    return left + color


black_height(root.rb_node, True)
for hole in list_for_each_entry(AREA, prog["free_vmap_area_list"].address_of_(), "list"):
    print(f"hole {hole.va_start.value_():#x} {hole.va_end.value_():#x}")

# What contrib/vmallocinfo.py prints of an area, and what sym and rd look up.
io = [va.vm for va in areas if va.vm.flags & 1]
assert len(io) == 1 and io[0].phys_addr == int(sys.argv[1], 0) and not io[0].pages
assert all(vm.pages and not vm.phys_addr for vm in (va.vm for va in areas) if vm.nr_pages)
b = prog.symbol("b")
assert (b.address, b.size) == (prog["vmlist"].addr.value_(), 12288)
assert prog.read(b.address, 7) == b"an area"

page = prog["vmlist"].pages[0]
if sizeof(prog.type("long")) == 4:
    pfn = (page - prog["mem_map"]).value_()
    assert prog.read(prog["vmlist"].addr, 7) == b"an area"
    assert prog.read(prog["page_offset_base"] + (pfn << 12), 7) == b"an area"
    assert decode_page_flags(prog["mem_map"]) == "PG_reserved"
    last = [va.vm.pages[va.vm.nr_pages - 1] for va in areas if va.vm.nr_pages]
    assert len(last) > 30 and all(page._refcount.counter in (1, 2) for page in last)
    raise SystemExit
virt = page_to_virt(page)
assert prog.read(virt, 7) == prog.read(prog["vmlist"].addr, 7) == b"an area"
assert virt_to_page(virt) == page and pfn_to_page(page_to_pfn(page)) == page
assert _linux_helper_read_vm(prog, prog["init_mm"].pgd.value_(), prog["vmlist"].addr.value_(), 7) == b"an area"
assert decode_page_flags(pfn_to_page(prog, 0)) == "PG_reserved"
assert sum(1 for _ in for_each_page(prog)) == 16384 == prog["max_pfn"].value_()
EOT
	phys=$(getfattr --only-values -n user.vmalloc.phys ioremap/io)
	timeout 120 drgn -q -c proc/kcore -s proc/vmlinux "$tmp/ask.py" "$phys" >"$tmp/out" 2>"$tmp/err" ||
		fail "drgn: $(cat "$tmp/out" "$tmp/err")"
	same <(grep -v ^hole "$tmp/out" | cut -d' ' -f1) <(cut -d' ' -f1 proc/vmallocinfo)
	same <(sed -n 's/^hole //p' "$tmp/out") <(sed -n 's/ [0-9]* vmalloc$//p' sys/kernel/mm/vmalloc/holes)
	is "$(grep -c ' vmalloc_exec$' "$tmp/out")" 1

	# Without the segment of the areas a debugger must walk the tables, whose top it finds by
	# the notes: libkdumpfile by one of the two names, drgn by the other.
	cat >"$tmp/cut.py" <<'EOT'
import struct
import sys

with open("proc/kcore", "rb") as core, open(sys.argv[1], "wb") as out:
    head = bytearray(core.read(4096))
    wide = head[4] == 2
    end = 8192
    for i in range(struct.unpack_from("<H", head, 56 if wide else 44)[0]):
        at = 64 + 56 * i if wide else 52 + 32 * i
        kind = struct.unpack_from("<I", head, at)[0]
        form, fields = ("<QQQQQ", at + 8) if wide else ("<IIIII", at + 4)
        offset, virt, phys, size, _ = struct.unpack_from(form, head, fields)
        if kind == 1 and virt == int(sys.argv[2], 0):
            struct.pack_into("<I", head, at, 0)
        elif kind == 1:
            core.seek(offset)
            some = core.read(min(size, 64 << 20))
            struct.pack_into(form, head, fields, end, virt, phys, len(some), len(some))
            out.seek(end)
            out.write(some)
            end += len(some) + -len(some) % 4096
    out.seek(0)
    out.write(head)
EOT
	python3 "$tmp/cut.py" "$tmp/core" "$(sed -n 's/^NUMBER(VMALLOC_START)=//p' "$tmp/notes")"
	cat >"$tmp/read.py" <<'EOT'
from _drgn import _linux_helper_read_vm

assert _linux_helper_read_vm(prog, prog["init_mm"].pgd.value_(), prog["vmlist"].addr.value_(), 7) == b"an area"
EOT
	[ $arch = x86-pae ] ||
		timeout 60 drgn -q -c "$tmp/core" -s proc/vmlinux "$tmp/read.py" 2>"$tmp/err" ||
		fail "drgn without the segment: $(cat "$tmp/err")"
	if [ -x "$top_builddir/tests/fs/kdump_read" ]; then
		is "$("$top_builddir/tests/fs/kdump_read" "$tmp/core" "$b" 7)" "an area"
		is "$("$top_builddir/tests/fs/kdump_read" proc/kcore "$b" 7)" "an area"
	fi
	rm "$tmp/core"
	cd /
	stop_fs
done

# A window where the image would lie leaves no room for it.
start_fs -o memory=64M,modules=0xffffffff90000000-0xffffffff98000000
cd "$mnt"
truncate -s 4K b
is "$(readelf -lW proc/kcore | grep -c LOAD)" 3
! head -c 4096 proc/kcore | grep -q -a BUILD-ID || fail "there is a build ID"
cd /
stop_fs
