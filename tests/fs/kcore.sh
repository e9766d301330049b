#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/kcore: each byte of kernel space after the head of an ELF core file.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

head=4096
end=$((0x7ffffffff000 + head))
direct=0xffff888000000000 vmalloc=0xffffc90000000000 vmemmap=0xffffea0000000000
hex() { printf '0x%x' "$1"; }
offset() { echo $((($1 & 0x7fffffffffff) + head)); }
# at OFFSET COUNT, kcore ADDRESS COUNT: bytes of the file, on stdout.
at() {
	dd if=proc/kcore bs=1M iflag=skip_bytes,count_bytes,fullblock skip="$1" count="$2" status=none
}
kcore() { at "$(offset "$1")" "$2"; }

sys_is $end stat proc/kcore size
is "$(stat -c %b proc/kcore)" 0
is "$(at 0 16 | od -An -v -t x1 | tr -d ' ')" 7f454c46020101000000000000000000

# Areas, through the page tables; guards, holes and what is after the last
# area are zeros and no end of the file.
random_file "$tmp/a" 10000
cp "$tmp/a" a
random_file "$tmp/b" 3000000
truncate -s 3000000 b
dd if="$tmp/b" of=b bs=1M conv=notrunc status=none
cp "$tmp/a" vmalloc_exec/c
rm a
cp "$tmp/a" a
for file in a b vmalloc_exec/c; do
	size=$(stat -c %s $file)
	same <(kcore "$(addr $file)" "$size") $file
	same <(kcore "$(hex $(($(addr $file) + 1)))" $((size - 1))) <(tail -c +2 $file)
done
last=$(row vmalloc_exec/c | cut -d' ' -f1 | cut -d- -f2)
count=$((last - $(addr a)))
kcore "$(addr a)" $count >"$tmp/all"
same <(kmem "$(addr a)" $((count - 4096))) <(head -c -4096 "$tmp/all")
all_bytes <(tail -c 4096 "$tmp/all") '\0'
sys_is 1048576 pread proc/kcore "$(offset "$last")" 1048576
all_bytes <(kcore "$last" 1048576) '\0'
sys_is 1048576 pread proc/kcore "$(offset "$(hex $((last - 5000)))")" 1048576
all_bytes <(kcore "$(hex $((last - 4096)))" 1048576) '\0'

# The direct map is RAM; the vmemmap is what kmem shows.
phys=$(($("$sys" getxattr b user.vmalloc.phys)))
same <(kcore $((direct + phys)) 4096) <(head -c 4096 b)
same <(kcore $direct $((64 << 20))) dev/mem
same <(kcore $vmemmap $((1 << 20))) <(kmem $vmemmap $((1 << 20)))
page=$(hex $((vmemmap + phys / 4096 * 64)))
is "$(kcore "$page" 64 | od -An -v -t u4 -j 52 -N 4 | tr -d ' ')" 1 "_refcount"

# A request gets all it asks for, across the ends of regions.
same <(at 0 $((head + 100))) <(at 0 $head; head -c 100 /dev/zero)
for where in $direct $((direct + (64 << 20))) $vmalloc $((vmalloc + (1 << 45))) \
	$vmemmap $((vmemmap + (1 << 20))) 0xffffffffa0000000; do
	off=$(($(offset "$(hex "$where")") - 3001))
	sys_is 8192 pread proc/kcore $off 8192
	same <(at $off 8192) <(at $off 3001; at $((off + 3001)) 5191)
done
same <(at $(($(offset $((direct + (64 << 20)))) - 100)) 200) \
	<(tail -c 100 dev/mem; head -c 100 /dev/zero)
# Elsewhere there are zeros as well.
all_bytes <(at $head 100000) '\0'
all_bytes <(kcore 0xffffffffa0000000 1048576) '\0'

# The end of the file.
sys_is 1 pread proc/kcore $((end - 1)) 1
sys_is 1 pread proc/kcore $((end - 1)) 4096
sys_is 4096 pread proc/kcore $((end - 4096)) 1048576
sys_is 0 pread proc/kcore $end 1
sys_is 0 pread proc/kcore $((end + 4096)) 4096
sys_is 0 pread proc/kcore $(((1 << 62))) 4096

# Holes and data.
sys_is 0 lseek proc/kcore 0 SEEK_DATA
sys_is $head lseek proc/kcore 0 SEEK_HOLE
# Of RAM the frames that were ever written are data, the page tables first of all.
cr3=$(awk '$1 == "cr3:" { print $2 }' status)
sys_is $(($(offset $direct) + cr3)) lseek proc/kcore $head SEEK_DATA
hole=$("$sys" lseek proc/kcore $(($(offset $direct) + cr3)) SEEK_HOLE)
((hole > $(offset $direct) + cr3 && hole < $(offset $direct) + (64 << 20))) ||
	fail "the hole after the first tables is at $hole"
sys_is "$(offset "$(addr a)")" lseek proc/kcore $(($(offset $direct) + (64 << 20))) SEEK_DATA
sys_is $(($(offset "$(addr a)") + 3 * 4096)) lseek proc/kcore "$(offset "$(addr a)")" SEEK_HOLE
sys_is "$(offset "$(addr b)")" lseek proc/kcore $(($(offset "$(addr a)") + 3 * 4096)) SEEK_DATA
# After the vmemmap come the kernel's data, if the build made an image of it.
image=0xffffffff81000000
if [ -e proc/vmlinux ]; then
	sys_is "$(offset $image)" lseek proc/kcore "$(offset 0xfffff00000000000)" SEEK_DATA
	sys_is "$(offset $image)" lseek proc/kcore "$(offset $image)" SEEK_DATA
	hole=$("$sys" lseek proc/kcore "$(offset $image)" SEEK_HOLE)
	[ "$hole" -gt "$(offset $image)" ] || fail "the kernel's data are a hole"
	expect_errno ENXIO lseek proc/kcore "$hole" SEEK_DATA
fi
expect_errno ENXIO lseek proc/kcore "$(offset 0xffffffffa0000000)" SEEK_DATA
expect_errno ENXIO lseek proc/kcore $end SEEK_DATA
expect_errno ENXIO lseek proc/kcore $end SEEK_HOLE
rm a
sys_is "$(offset "$(addr b)")" lseek proc/kcore $(($(offset $direct) + (64 << 20))) SEEK_DATA

# It is read only, and cannot be mapped shared.
for flags in O_WRONLY O_RDWR 'O_WRONLY|O_APPEND' 'O_WRONLY|O_TRUNC'; do
	expect_errno EACCES open proc/kcore "$flags"
done
expect_errno EACCES append proc/kcore 1 x
expect_errno EPERM truncate proc/kcore 0
expect_errno ENODEV mmap proc/kcore 4096 PROT_READ MAP_SHARED

# What is written elsewhere is here at once.
exec 7<proc/kcore
is "$(dd bs=6 count=1 iflag=skip_bytes skip="$(offset "$(addr b)")" status=none <&7 | checksum /dev/stdin)" \
	"$(head -c 6 b | checksum /dev/stdin)"
exec 7<&-
exec 7<proc/kcore
printf FRESH1 | dd of=dev/mem bs=6 count=1 seek="$phys" oflag=seek_bytes conv=notrunc status=none
is "$(dd bs=6 count=1 iflag=skip_bytes skip="$(offset "$(addr b)")" status=none <&7)" FRESH1
exec 7<&-

# A page that faults reads as zeros, is logged, and the rest is there.
pte_at=$(pte_addr "$(hex $(($(addr b) + 4096)))")
word=$(phys_word "$pte_at")
dd if=dev/mem of="$tmp/pte" bs=8 count=1 iflag=skip_bytes skip="$pte_at" status=none
printf '\2\0\0\0\0\0\0\0' | dd of=dev/mem bs=8 seek="$pte_at" oflag=seek_bytes conv=notrunc status=none
faults=$(logged 'unable to handle page fault')
same <(kcore "$(addr b)" 3000000) <(head -c 4096 b; head -c 4096 /dev/zero; tail -c +8193 "$tmp/b")
[ "$(logged 'unable to handle page fault')" -gt "$faults" ] || fail "the fault is not logged"
dd if="$tmp/pte" of=dev/mem bs=8 seek="$pte_at" oflag=seek_bytes conv=notrunc status=none
is "$(phys_word "$pte_at")" "$word"
same <(kcore "$(addr b)" 3000000) b

cd /
stop_fs

# The direct map ends with RAM, also where that is in the middle of a large page; a small
# window, and areas of a loaded layout that lie outside of it.
cat >"$tmp/layout" <<EOT
0xffffffffc0000000-0xffffffffc0005000   20480 load_module+0x0/0x0 pages=4 vmalloc N0=4
EOT
start_fs -o memory=5004K,vmalloc=1M,load="$tmp/layout"
cd "$mnt"
same <(kcore $direct $((5004 << 10))) dev/mem
off=$(($(offset "$(hex $((direct + (5004 << 10))))") - 10))
same <(at $off 20) <(tail -c 10 dev/mem; head -c 10 /dev/zero)
printf MODULE | dd of=dev/kmem bs=6 count=1 seek="$(kmem_offset 0xffffffffc0000000)" \
	oflag=seek_bytes conv=notrunc status=none
is "$(kcore 0xffffffffc0000000 6)" MODULE
all_bytes <(kcore 0xffffffffc0004000 8192) '\0'
sys_is "$(offset 0xffffffffc0000000)" lseek proc/kcore "$(offset 0xffffffffa0000000)" SEEK_DATA

# What a program stored through a shared mapping is seen.
truncate -s 64K vmalloc_user/u
coproc MAP { "$map" vmalloc_user/u 65536 shared; }
map_pid=$MAP_PID # bash forgets it as soon as the process ends
read -r -t 60 got <&"${MAP[0]}"
is "$got" ok "mmap"
store() {
	echo "put $1 $2" >&"${MAP[1]}"
	read -r -t 60 got <&"${MAP[0]}"
	is "$got" ok "put"
}
store 5 65
is "$(kcore "$(hex $(($(addr vmalloc_user/u) + 5)))" 1)" A
store 40000 66
is "$(kcore "$(addr vmalloc_user/u)" 65536 | tail -c +40001 | head -c 1)" B
store 6 67
phys=$(($(pte "$(addr vmalloc_user/u)") & 0xffffffffff000))
is "$(kcore $((direct + phys + 6)) 1)" C
# In a request that covers several regions.
store 7 68
off=$(($(offset "$(addr vmalloc_user/u)") - 4096))
at $off 1048576 >"$tmp/wide"
is "$(tail -c +$((4096 + 8)) "$tmp/wide" | head -c 1)" D
exec {MAP[1]}>&-
wait "$map_pid"
rm vmalloc_user/u

# Readers at random places and of random lengths while areas come and go, and
# while their page tables hold junk: every request gets all its bytes.
churn() {
	while [ ! -e "$tmp/stop" ]; do
		truncate -s 40K x y vmalloc_exec/z
		printf x | tee x y vmalloc_exec/z >/dev/null
		rm -f x y vmalloc_exec/z
	done
}
churn 2>/dev/null & # what the junk refuses
churner=$!
cleanup_fn touch "$tmp/stop"
wild_reads() {
	local i base off
	for ((i = 0; i < 150; i++)); do
		for base in $vmalloc $((vmalloc + (1 << 20))) $((direct + (5004 << 10))) \
			0xffffffffc0005000; do
			off=$(($(offset "$base") + RANDOM * 16 - 262144))
			count=$((RANDOM * 32 + 1))
			sys_is $count pread proc/kcore $off $count
		done
	done
}
wild_reads
truncate -s 8K junk
table=$(($(pte_addr "$(addr junk)") & ~0xfff))
for ((i = 0; i < 4; i++)); do
	head -c 256 /dev/urandom | dd of=dev/mem bs=256 seek=$table oflag=seek_bytes conv=notrunc status=none
	kcore $vmalloc 1048576 >"$tmp/wide"
	is "$(wc -c <"$tmp/wide")" 1048576 "junk in the tables"
done
: >"$tmp/stop"
wait "$churner" || true # its writes may have met the junk
[ "$(at 0 4 | tail -c 3)" = ELF ] || fail "the head"
cd /
stop_fs
