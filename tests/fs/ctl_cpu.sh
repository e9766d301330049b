#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands of ctl that let processors work, maps of users, and what ctl answers.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,cpus=2
cd "$mnt"
vm=sys/kernel/mm/vmalloc

# ctl LINE...: runs the lines, in one write; ctl_fails ERRNO LINE
ctl() {
	local IFS=$'\n'
	echo "$*" >"$tmp/lines"
	dd if="$tmp/lines" of=ctl bs=64K conv=notrunc status=none
}
ctl_fails() { expect_errno "$1" put ctl "$2"; }
answers() { is "$(<ctl)" "$1"; }
last_line() { tail -n 1 proc/kmsg | cut -d']' -f2-; }

printf '0123456789abcdefXYZ' >a
start=$(addr a)
phys=$("$sys" getxattr a user.vmalloc.phys)

# --- answers --------------------------------------------------------------------

ctl "cpu 0 load $start" "vmalloc b 4K" "cpu 1 load $((start + 16)) 3" "# nothing" \
	"cpu 0 exec 0xffff888000000000" 2>"$tmp/err" && fail "that page is not executable"
answers "1: 3031323334353637
3: 58595a
line 5: cpu: the processor faults at 0xffff888000000000: permissions violation"
ctl "cpu 0 store $((start + 1)) 41426100ff" "cpu 1 load $start 6"
answers "1: 5
2: 3041426100ff"
is "$(head -c 3 a)" 0AB
ctl purge
answers ok
is "$(printf '%s\n' "vmalloc_exec/x 4K" | sed 's/^/vmalloc /' >ctl; addr vmalloc_exec/x)" \
	"$(addr vmalloc_exec/x)"
ctl "cpu 0 exec $(addr vmalloc_exec/x)"
answers "1: $("$sys" getxattr vmalloc_exec/x user.vmalloc.phys)"

# A page further on is a guard: what comes before it counts.
ctl "cpu 0 load $((start + 4090)) 100" "cpu 0 store $((start + 4094)) 01020304"
answers "1: 000000000000
2: 2"
ctl_fails EFAULT "cpu 0 load $((start + 4096))"
ctl_fails EFAULT "cpu 0 store $((start + 4096)) 00"
ctl_fails EFAULT "cpu 0 exec $start"
tail -n 6 proc/kmsg | has 'kernel tried to execute NX-protected page - exploit attempt? (uid: 0)$'
tail -n 5 proc/kmsg | has 'error_code(0x0011) - permissions violation'
last_line | has ': page 0 of a is not executable$'
ctl_fails EFAULT "cpu 0 load 0x10"
tail -n 5 proc/kmsg | has 'BUG: kernel NULL pointer dereference, address: 0000000000000010$'
tail -n 5 proc/kmsg | has '] PGD 0 P4D 0$'
last_line | has ': 16 bytes past the NULL pointer$'
ctl_fails EFAULT "cpu 0 load 0x800000000000"
tail -n 2 proc/kmsg | has 'general protection fault, probably for non-canonical address 0x800000000000: 0000$'
for bad in "cpu" "cpu 2 flush" "cpu 0" "cpu 0 jump" "cpu 0 load" "cpu 0 load $start 0" \
	"cpu 0 load $start 4097" "cpu 0 store $start" "cpu 0 store $start 123" "cpu 0 store $start 0g" \
	"cpu 0 flush x" "cpu 0 age $start" "cpu 0 age $start 2G" "cpu 0 cr3" "cpu 0 cr3 0" \
	"cpu 0 exec $start 1"; do
	ctl_fails EINVAL "$bad"
done

# An open that also reads has its own answers, once each.
exec 3<>ctl
echo "cpu 0 load $start 2" >&3
ctl "cpu 0 load $start 4"
is "$(cat <&3)" "1: 3041"
echo "cpu 0 load $start 1" >&3
is "$(cat <&3)" "2: 30"
exec 3>&-

# --- flush, age -----------------------------------------------------------------

ctl "cpu 0 flush" "cpu 0 load $start 1" "cpu 0 flush $start" "cpu 0 flush $start" "cpu 0 flush"
[ "$(sed -n 3,5p ctl | cut -d' ' -f2 | tr '\n' ' ')" = "1 0 0 " ] || fail "flush answers $(<ctl)"
ctl "cpu 0 age $start 8K" "cpu 0 age $start 8K" "cpu 0 load $start 1" "cpu 0 age $start 8K"
is "$(cut -d' ' -f2 ctl | tr '\n' ' ')" "1 0 30 1 "

# --- vmap twins ------------------------------------------------------------------

echo 1000 >$vm/lazy_max_pages
ln a vmap/twin
twin=$(addr vmap/twin)
ctl "cpu 1 load $twin 3"
answers "1: 304142"
rm vmap/twin
printf new | dd of=a conv=notrunc status=none
ctl "cpu 1 load $twin 3" "purge"
answers "1: 6e6577"
ctl_fails EFAULT "cpu 1 load $twin 3"

# --- maps of users -----------------------------------------------------------------

head -c 20480 >vmalloc_user/u < <(seq 10000 19999)
user=$(addr vmalloc_user/u)
is "$(<$vm/vmas)" ""
idle=$(idle_frames)
ctl "remap vmalloc_user/u 2 3" "remap $user 0 5"
is "$(cut -d' ' -f1,3 ctl)" "1: 0x00007f0000000000
2: 0x00007f0000000000"
id=$(awk 'NR == 1 { print $2 }' ctl) other=$(awk 'NR == 2 { print $2 }' ctl)
is "$(awk '{ print $1, $2, $3, $4, $5, $7 }' $vm/vmas)" \
	"$id 0x00007f0000000000 0x00007f0000003000 2 reserved vmalloc_user/u
$other 0x00007f0000000000 0x00007f0000005000 0 reserved vmalloc_user/u"
is "$(<$vm/check)" ok
pgd=$(awk 'NR == 1 { print $6 }' $vm/vmas)
expect_errno EFAULT pread dev/cpu/0/user $((0x7f0000000000)) 1
last_line | has "user space, of which the kernel's tables have nothing$"
ctl "cpu 0 cr3 $id" "cpu 0 load 0x7f0000000000 6" "cpu 0 load $start 3" "cpu 1 cr3 kernel"
answers "1: $pgd
2: $(dd if=vmalloc_user/u bs=1 skip=8192 count=6 status=none | od -An -v -t x1 | tr -d ' ')
3: 6e6577
4: $(key cr3)"
printf STORED | dd of=dev/cpu/0/user oflag=seek_bytes seek=$((0x7f0000000000 + 4096)) conv=notrunc status=none
is "$(dd if=vmalloc_user/u bs=1 skip=$((3 * 4096)) count=6 status=none)" STORED
# Made without A and D: two of three pages were used.
ctl "cpu 0 age 0x7f0000000000 12K" "cpu 0 flush" "cpu 0 load 0x7f0000000000 1" "cpu 0 age 0x7f0000000000 12K"
is "$(sed -n '1p;4p' ctl)" "1: 2
4: 1"
ctl "cpu 0 flush" "cpu 0 load 0x7f0000001000 1"
is "$(grep '^0x00007f' sys/kernel/debug/page_tables/current_kernel | tr -s ' ' | head -n 3)" \
	"0x00007f0000000000-0x00007f0000001000 4K USR RW NX pte - -
0x00007f0000001000-0x00007f0000002000 4K USR RW NX pte A D
0x00007f0000002000-0x00007f0000003000 4K USR RW NX pte - -"
is "$(sed -n '/Kernel Space/,$p' sys/kernel/debug/page_tables/current_kernel | md5sum)" \
	"$(sed -n '/Kernel Space/,$p' sys/kernel/debug/page_tables/kernel | md5sum)"
echo 1 >$vm/cpu # which is in the kernel's tables
same sys/kernel/debug/page_tables/current_kernel sys/kernel/debug/page_tables/kernel
echo 0 >$vm/cpu
expect_errno EFAULT pread dev/cpu/0/user $((0x7f0000003000)) 1
last_line | has 'user space, and no page of the present user is there$'

# The rules of remap_vmalloc_range, each of them.
for bad in "$((user + 1)) 0 1" "$((user + 4096)) 0 1" "a 0 1" "vmalloc_user/u 0 6" "vmalloc_user/u 5 1" \
	"vmalloc_user/u 0x10000000000000 1" "vmalloc_user/u 0xfffffffffffff 1" "vmalloc_user/u 0 0" \
	"vmalloc_user/u 0 99999999999"; do
	ctl_fails EINVAL "remap $bad"
done
ctl_fails ENOENT "remap nobody 0 1"
ctl_fails ENOENT "cpu 0 cr3 99"
ctl_fails ENOENT "unmap 99"

# A file that is open has a map of its own, which nobody else can end.
exec 4<vmalloc_user/u
mine=$(awk 'END { print $1 }' $vm/vmas)
ctl_fails EBUSY "unmap $mine"
ctl "unmap $other"
exec 4<&-
rm vmalloc_user/u # the map keeps its frames
is "$(awk '{ print $1, $7 }' $vm/vmas)" "$id -"
ctl "cpu 0 load 0x7f0000001000 6"
answers "1: 53544f524544"
ctl "unmap $id" # processor 0 is back in the kernel's tables
ctl_fails EFAULT "cpu 0 load 0x7f0000001000"
is "$(<$vm/vmas) $(idle_frames)" " $((idle + 5))"
is "$(knob check | tail -n 1)" ok
ctl "vmalloc vmalloc_user/v 8K" "remap vmalloc_user/v 0 2" "reset"
is "$(<$vm/vmas)" ""
cd /
stop_fs
