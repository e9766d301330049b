#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each message, WARN and BUG of doc/vmalloc.md that a command reaches, by that
# command; and what hardware and kernel would make of bytes in page tables.
. "$(dirname "$0")/lib.sh"

# reaches PATTERN COMMAND...: with the command the log gets lines that match.
reaches() {
	local pattern=$1 before
	before=$(logged "$pattern")
	"${@:2}"
	[ "$(logged "$pattern")" -gt "$before" ] || fail "not reached: $pattern"
}

# Where things stand: a file's page table entries, its page array's.
pte_of() { pte_addr "$(printf 0x%x $(($(addr "$1") + ${2-0})))"; }
array_of() { addr "[pages:$1]"; }
# edit PHYS MASK: clears these bits.
edit() { set_word "$1" $(($(phys_word "$1") & ~$2)); }
# poke ADDRESS VALUE: a word of kernel memory, through dev/kmem.
poke() {
	head -c 8 /dev/zero | tr '\0' "$2" | dd of=dev/kmem bs=8 count=1 conv=notrunc status=none \
		oflag=seek_bytes seek="$(kmem_offset "$1")"
}
fails() { expect_errno "$@"; }
make() { truncate -s "$2" "$1"; }
junk=$((0x1234500)) # no Present

# --- a machine that only looks --------------------------------------------

start_fs -o memory=64M,vmalloc=1M
cd "$mnt"
is "$(logged '^<6>.*vmallocfs: simulated x86-64 machine$')" 1
is "$(logged 'Zone ranges:$')" 1
: >big
reaches '^<4>.*allocation failed: out of vmalloc space - use vmalloc=<size> to increase size\.$' \
	fails ENOSPC truncate big 2097152
for ((i = 0; i < 12; i++)); do fails ENOSPC truncate big 2097152; done
echo 100 >sys/kernel/debug/fail_page_alloc/probability
reaches '^<5>.*FAULT_INJECTION: forcing a failure\.$' fails ENOMEM truncate big 4096
is "$(logged '^<5>.*name fail_page_alloc, interval 1, probability 100, space 0, times 1$')" 1
echo 100 >sys/kernel/debug/failslab/probability
reaches '^<5>.*name failslab, interval 1, ' fails ENOMEM truncate big 4096
# What was left out is counted by the first line after five seconds.
says_how_many() {
	fails ENOSPC truncate big 2097152
	[ "$(logged '^<4>.*printk: [0-9]* messages suppressed\.$')" -gt 0 ]
}
is "$(logged '^<4>.*printk: [0-9]* messages suppressed\.$')" 0
eventually says_how_many
cd /
stop_fs
start_fs -o memory=64M,load="$data/vmallocinfo-linux-6.1.txt"
is "$(logged '^<6>.*load: [0-9]* areas with [0-9]* pages')" 1
stop_fs

# --- page faults ------------------------------------------------------------

start_fs -o memory=64M
cd "$mnt"
oops='^<1>.*BUG: unable to handle page fault for address: '
random_file "$tmp/a" 8192
cp "$tmp/a" a
random_file "$tmp/b" 8192
cp "$tmp/b" b
at=$(pte_of a)
entry=$(phys_word "$at")

edit "$at" 2
reaches "$oops$(addr a | cut -c3-)\$" fails EIO pwrite a 0 10 x
is "$(logged '#PF: supervisor write access in kernel mode$')" 1
is "$(logged '#PF: error_code(0x0003) - permissions violation$')" 1
same a "$tmp/a"
edit "$at" 1
reaches "$oops" fails EIO pread a 0 10
is "$(logged '#PF: error_code(0x0000) - not-present page$')" 1
reaches "$oops" kmem "$(addr a)" 10 >/dev/null
set_word "$at" $((entry | 0x1000000000000))
reaches 'reserved bit violation$' fails EIO pread a 0 10
set_word "$at" $((entry | 0x200000000000))
reaches 'no such memory$' fails EIO pread a 0 10
sys_is 4096 pread a 4096 4096
set_word "$at" "$entry"
same a "$tmp/a"

# A file that is mapped when it is opened.
cp "$tmp/a" vmalloc_user/u
user_at=$(pte_of vmalloc_user/u 4096)
user_entry=$(phys_word "$user_at")
edit "$user_at" 1
reaches "$oops$(printf %x $(($(addr vmalloc_user/u) + 4096)))\$" fails EIO open vmalloc_user/u O_RDONLY
set_word "$user_at" "$user_entry"
same vmalloc_user/u "$tmp/a"
rm vmalloc_user/u

# Two PTEs swapped: those pages change places, and no others.
other=$(pte_of b)
set_word "$at" "$(phys_word "$other")"
set_word "$other" "$entry"
same <(head -c 4096 a) <(head -c 4096 "$tmp/b")
same <(head -c 4096 b) <(head -c 4096 "$tmp/a")
same <(tail -c 4096 a) <(tail -c 4096 "$tmp/a")
set_word "$other" "$(phys_word "$at")"
set_word "$at" "$entry"
same a "$tmp/a"
same b "$tmp/b"

# --- entries that are wrong when an area goes or comes ----------------------

edit "$at" 1
reaches '^<4>.*WARNING: at machine/pgmap\.c:[0-9]* clear_ptes()$' rm a
is "$(knob check)" ok

: >a
set_word "$(pte_addr "$(printf 0x%x $((($(addr b) - 12288))))")" "$entry"
reaches '^<4>.*WARNING: at machine/pgmap\.c:[0-9]* survey_ptes()$' fails EIO truncate a 8192
set_word "$at" 0
ok truncate a 8192
is "$(knob check)" ok
rm a

# Junk in an upper entry: all other areas and the books stay right.  What hung
# below it is not followed, so that table is lost.
make far 4M
make wide 4M
frames=$(key free_frames)
held=$(($(pages far) + $(pages '[pages:far]')))
set_word "$(entry_addr pmd "$(printf 0x%x $(($(addr far) + 0x200000)))")" $junk
fails EIO pread far $((0x200000)) 10
reaches '^<3>.*machine/pgmap\.c:[0-9]*: bad pmd ffff8880[0-9a-f]*(0*1234500)\.$' rm far
is "$(key free_frames)" $((frames + held))
same b "$tmp/b"
head -c 4M wide >"$tmp/wide"
all_bytes "$tmp/wide" '\0'
is "$(knob check | grep -vc ' page tables\{0,1\} \| in use, and ')" 0
make again 4M
printf still >again
is "$(head -c 5 again)" still
rm again wide
cd /
stop_fs

# --- the same for the levels above, where it takes everything with it --------

for level in pud pgd; do
	start_fs -o memory=64M
	cd "$mnt"
	cp "$tmp/b" b
	make a 1M
	idle=$(idle_frames)
	set_word "$(entry_addr $level "$(addr a)")" $junk
	fails EIO pread b 0 10
	reaches "bad $level ffff8880[0-9a-f]*(0*1234500)\\.\$" rm a
	# The next area that is mapped there gets a new table.
	make c 4K
	printf still >c
	is "$(head -c 5 c)" still
	rm b c
	is "$(key areas)" 0
	is "$(idle_frames)" $((idle + 258))
	cd /
	stop_fs
done

# --- page arrays, frames, and vfree -----------------------------------------

start_fs -o memory=64M
cd "$mnt"
bad='^<1>.*Bad page state: [0-9a-f]* is no frame in use here$'
cp "$tmp/b" b
for byte in '\377' '\0'; do # NULL is a BUG in historic kernels
	make a 4M
	array=$(array_of a)
	frames=$(key free_frames)
	poke "$((array + 80))" "$byte"
	reaches "$bad" rm a
	is "$(key free_frames)" $((frames + 1024 + 2 - 1)) "all but the frame that leaked"
	same b "$tmp/b"
done

# A user table with an entry that leads to no user table.
make vmalloc_user/u 4K
exec 7<vmalloc_user/u
read -rn 1 -u 7 || true
# The one entry of its PGD is that for 0x7f0000000000.
user=$(dd if=dev/mem bs=4096 skip=4096 count=400 status=none | od -An -v -t x8 -w4096 |
	awk '$255 ~ /067$/ { at = (4096 + NR - 1) * 4096 + 254 * 8 } END { print at }')
[ -n "$user" ] || fail "no user PGD"
set_word "$user" $((0x1067))
last_close() { exec 7<&-; eventually eval '[ "$(logged "$bad")" -gt "$count" ]'; }
count=$(logged "$bad")
reaches "$bad" last_close
rm vmalloc_user/u

# An array that cannot be read. Its entries are bad pages too, ten of them logged.
make a 4M
array=$(array_of a)
edit "$(pte_addr "$array")" 1
reaches "$oops${array#0x}\$" rm a

warn='^<4>.*WARNING: at vmalloc/vmalloc\.c:[0-9]* '
reaches "${warn}__vunmap()\$" knob vfree 0xffffc90000000001
is "$(logged '^<3>.*Trying to vfree() bad address (ffffc90000000001)$')" 1
reaches "${warn}__vunmap()\$" knob vfree 0xffffc9000dead000
is "$(logged '^<3>.*Trying to vfree() nonexistent vm area (ffffc9000dead000)$')" 1
# The page array of a file, freed by its address while the file has it.
make a 4M
array=$(array_of a)
knob vfree "$array"
reaches "${warn}vunmap_area()\$" rm a
is "$(logged "Trying to vfree() nonexistent vm area (${array#0x})\$")" 1
same b "$tmp/b"
cd /
stop_fs

# --- BUG: it crashes the machine, and nothing else ---------------------------

# crashes COMMAND...: a BUG; then data gives EIO, and the rest works.
crashes() {
	start_fs -o memory=64M
	cd "$mnt"
	cp "$tmp/b" b
	ln b vmap/x
	make c 4K
	: >empty
	knob in_interrupt 1
	reaches '^<2>.*kernel BUG at vmalloc/vmalloc\.c:[0-9]*!$' "$@"
	knob in_interrupt 0
	is "$(grep -c '^machine:.*crashed' status)" 1
	fails EIO pread c 0 10
	fails EIO truncate empty 4096
	fails EIO pread dev/mem 0 8
	cat status proc/vmallocinfo proc/kmsg >/dev/null
	rm -f vmap/x b c empty
	is "$(ls vmap)" ""
	cd /
	stop_fs
}
crashes rm b
crashes rm vmap/x
vfree_b() { expect_errno EIO put sys/kernel/mm/vmalloc/vfree "$(addr b)"; }
crashes vfree_b

# --- no BUG at boot: an area of one page has no guard ---------------------------

echo '0xffffc90000000000-0xffffc90000001000 4096 dev+0x0/0x1 phys=0x100000000 ioremap
0xffffc90000001000-0xffffc90000003000 8192 a+0x0/0x1 pages=1 vmalloc' >"$tmp/layout"
start_fs -o memory=64M,load="$tmp/layout"
cd "$mnt"
is "$(logged 'BUG')" 0
is "$(grep -c '^machine:.*crashed' status)" 0
is "$(key areas)" 2
is "$(key guards | cut -d' ' -f1)" 4096
truncate -s 4096 next
is "$(addr next)" 0xffffc90000003000
cd /
stop_fs
