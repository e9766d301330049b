#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The *_user files can be mapped shared, and every view agrees with them.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M

# tell COMMAND ANSWER: what map.c answers.
tell() {
	local got
	echo "$1" >&"${MAP[1]}"
	read -r -t 60 got <&"${MAP[0]}" || fail "$1: no answer"
	is "$got" "$2" "$1"
}
byte() { dd if="$1" bs=1 skip="$2" count=1 status=none | od -An -t u1 | tr -d ' '; }
kmem_byte() { kmem "$(printf '0x%x' $(($1 + $2)))" 1 | od -An -t u1 | tr -d ' '; }

for dir in vmalloc_user vmalloc_32_user; do
	file=$mnt/$dir/a
	truncate -s 64K "$file"
	all_bytes "$file" '\0'
	ln "$file" "$mnt/vmap/twin"
	twin=$mnt/vmap/twin
	where=$(addr $dir/a)

	coproc MAP { "$map" "$file" 65536 shared; }
	read -r -t 60 got <&"${MAP[0]}"
	is "$got" ok "mmap"

	# A store is in the machine after msync ...
	tell "put 5 65" ok
	tell msync ok
	is "$(byte "$twin" 5)" 65
	is "$(kmem_byte "$where" 5)" 65
	# ... and no view reads past one that was not synced.
	tell "put 6 66" ok
	is "$(byte "$twin" 6)" 66
	tell "put 20000 67" ok
	is "$(kmem_byte "$where" 20000)" 67
	tell "put 20001 68" ok
	is "$(byte "$file" 20001)" 68

	# Another view's write is seen through the mapping.
	tell "get 9" 0
	printf Z | dd of="$twin" bs=1 seek=9 conv=notrunc status=none
	tell "get 9" 90
	tell "get 40000" 0
	printf Y | dd of="$mnt/dev/kmem" bs=1 conv=notrunc status=none oflag=seek_bytes \
		seek="$(kmem_offset $((where + 40000)))"
	tell "get 40000" 89
	printf W | dd of="$file" bs=1 seek=40001 conv=notrunc status=none
	tell "get 40001" 87
	phys=$(($(pte "$(printf '0x%x' $((where + 40960)))") & 0xffffffffff000))
	tell "get 40960" 0
	printf V | dd of="$mnt/dev/mem" bs=1 conv=notrunc status=none seek=$phys
	tell "get 40960" 86
	# The dirty page beside it lost nothing.
	tell "put 41000 85" ok
	printf U | dd of="$twin" bs=1 seek=41001 conv=notrunc status=none
	tell "get 41000" 85
	tell "get 41001" 85
	is "$(byte "$twin" 41000)" 85

	# fsync, close and munmap write back.
	tell "put 100 1" ok
	tell fsync ok
	is "$(byte "$twin" 100)" 1
	tell "put 101 2" ok
	tell close ok
	is "$(byte "$twin" 101)" 2
	tell "put 102 3" ok
	tell unmap ok
	is "$(byte "$twin" 102)" 3
	same "$file" "$twin"
	exec {MAP[1]}>&-
	wait "$MAP_PID"

	# Shrinking below a mapping is SIGBUS, as anywhere.
	coproc MAP { "$map" "$file" 65536 shared; }
	read -r -t 60 got <&"${MAP[0]}"
	tell "put 50000 1" ok
	truncate -s 4096 "$file"
	tell "get 50000" SIGBUS
	tell "get 5" 65
	truncate -s 64K "$file"
	tell "get 50000" 0
	exec {MAP[1]}>&-
	wait "$MAP_PID"
	rm "$twin" "$file"
done

# Plain files cannot be mapped shared; a private mapping is a copy.
printf plain >"$mnt/a"
expect_errno ENODEV mmap "$mnt/a" 4096 'PROT_READ|PROT_WRITE' MAP_SHARED
sys_is 0 mmap "$mnt/a" 4096 PROT_READ MAP_PRIVATE
ln "$mnt/a" "$mnt/vmap/a"
expect_errno ENODEV mmap "$mnt/vmap/a" 4096 'PROT_READ|PROT_WRITE' MAP_SHARED
rm "$mnt/a" "$mnt/vmap/a"
is "$(key areas)" 0

stop_fs
