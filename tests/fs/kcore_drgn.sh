#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# drgn on proc/kcore: memory by virtual and by physical address, and its own
# walk through our page tables.
. "$(dirname "$0")/lib.sh"
requires drgn --version
# One area lies where no segment of the file is: drgn reads it by the tables.
cat >"$tmp/layout" <<EOT
0xffffffffc0000000-0xffffffffc0005000   20480 load_module+0x0/0x0 pages=4 vmalloc N0=4
EOT
start_fs -o memory=64M,load="$tmp/layout"
cd "$mnt"

random_file "$tmp/a" 3000000
cp "$tmp/a" a
cp "$tmp/a" b
truncate -s 3 ioremap/io
for ((i = 0; i < 20; i++)); do
	head -c 2000 "$tmp/a" >small-$i
done
rm small-3
module=0xffffffffc0000000
head -c 16384 /dev/urandom >"$tmp/module"
dd if="$tmp/module" of=dev/kmem bs=16384 count=1 seek="$(kmem_offset $module)" oflag=seek_bytes \
	conv=notrunc status=none

# Questions to drgn: each line is WORD ADDRESS SIZE FILE.  It compares the
# bytes at the address with those of the file.
#	read	by virtual address
#	phys	by physical address
#	walk	through the tables that it finds by VMCOREINFO alone
#	none	the walk finds nothing there
cat >"$tmp/ask.py" <<'EOT'
import re
import sys

from _drgn import FaultError, _linux_helper_read_vm
from drgn import ProgramFlags

assert prog.flags & ProgramFlags.IS_LINUX_KERNEL, prog.flags
with open("proc/kcore", "rb") as core:
    root = int(re.search(rb"\nSYMBOL\(swapper_pg_dir\)=([0-9a-f]+)\n", core.read(4096))[1], 16)


def ask(word, addr, size):
    if word == "read":
        return prog.read(addr, size)
    if word == "phys":
        return prog.read(addr, size, physical=True)
    return _linux_helper_read_vm(prog, root, addr, size)


bad = 0
for line in open(sys.argv[1]):
    word, addr, size, name = line.split()
    addr, size = int(addr, 0), int(size)
    try:
        got = ask(word, addr, size)
        ok = word != "none" and got == open(name, "rb").read(size)
    except FaultError as fault:
        got = fault
        ok = word == "none" and "not mapped" in str(fault)
    if not ok:
        print(f"{line.rstrip()}: {got!r:.200}")
        bad += 1
print(f"{bad} wrong")
EOT

# answers: drgn agrees with every line of "$tmp/questions".
answers() {
	timeout 120 drgn -q -c proc/kcore "$tmp/ask.py" "$tmp/questions" >"$tmp/out" 2>"$tmp/err" ||
		fail "drgn: $(cat "$tmp/out" "$tmp/err")"
	is "$(cat "$tmp/out")" "0 wrong" "$1"
}

{
	for name in a b small-{0,1,2} small-{4..19}; do
		where=$(addr $name) size=$(stat -c %s $name)
		guard=$((where + (size + 4095) / 4096 * 4096))
		echo "read $where $size $name"
		echo "walk $where $size $name"
		echo "none $(printf 0x%x $guard) 1 -"
	done
	for name in a b small-0; do
		phys=$(("$("$sys" getxattr $name user.vmalloc.phys)"))
		size=$(stat -c %s $name)
		[ "$size" -lt 4096 ] || size=4096
		echo "phys $phys $size $name"
		echo "read $(printf 0x%x $((0xffff888000000000 + phys))) $size $name"
		# Large leaves, and small ones: the first and the last frame of System RAM.
		echo "walk $(printf 0x%x $((0xffff888000000000 + phys))) $size $name"
	done
	dd if=dev/mem bs=4096 skip=1 count=1 status=none >"$tmp/first"
	tail -c 4096 dev/mem >"$tmp/last"
	echo "walk 0xffff888000001000 4096 $tmp/first"
	echo "phys $(((64 << 20) - 4096)) 4096 $tmp/last"
	echo "walk 0xffff888003fff000 4096 $tmp/last"
	echo "none 0xffff888004000000 1 -"
	echo "read $module 16384 $tmp/module"
	echo "walk $module 16384 $tmp/module"
	echo "none 0xffffffffc0004000 1 -"
	echo "none 0xffffea0000000000 1 -"
	echo "none 0xffffffff81000000 1 -"
	head -c 65536 /dev/zero >"$tmp/zeros"
	echo "read 0xffffd00000000000 65536 $tmp/zeros"
	echo "read $(addr ioremap/io) 3 $tmp/zeros"
} >"$tmp/questions"
[ "$(wc -l <"$tmp/questions")" -gt 70 ] || fail "too few questions"
answers "every address that status names"

# The walk is through our tables, not through what the file shows at the
# address: two PTEs swapped are two pages swapped, for drgn as well.
pa=$(pte_addr "$(addr small-0)") pb=$(pte_addr "$(addr a)")
dd if=dev/mem of="$tmp/pa" bs=8 count=1 iflag=skip_bytes skip="$pa" status=none
dd if=dev/mem of="$tmp/pb" bs=8 count=1 iflag=skip_bytes skip="$pb" status=none
head -c 4096 b >"$tmp/page-of-a"
dd if="$tmp/pb" of=dev/mem bs=8 seek="$pa" oflag=seek_bytes conv=notrunc status=none
dd if="$tmp/pa" of=dev/mem bs=8 seek="$pb" oflag=seek_bytes conv=notrunc status=none
{
	echo "walk $(addr small-0) 4096 $tmp/page-of-a"
	echo "read $(addr small-0) 4096 $tmp/page-of-a"
	echo "walk $(addr a) 2000 small-1"
} >"$tmp/questions"
answers "two pages swapped"
dd if="$tmp/pa" of=dev/mem bs=8 seek="$pa" oflag=seek_bytes conv=notrunc status=none
# A cleared PTE is no page to drgn.
head -c 8 /dev/zero | dd of=dev/mem bs=8 seek="$pb" oflag=seek_bytes conv=notrunc status=none
echo "none $(addr a) 1 -" >"$tmp/questions"
answers "a cleared PTE"
dd if="$tmp/pb" of=dev/mem bs=8 seek="$pb" oflag=seek_bytes conv=notrunc status=none
echo "walk $(addr a) 3000000 a" >"$tmp/questions"
answers "as it was"

cd /
stop_fs
