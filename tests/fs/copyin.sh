#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real files: a tarball and a directory, through files and through dev/kmem.
. "$(dirname "$0")/lib.sh"
requires test -d /usr/include
start_fs -o memory=512M

# Flat copies of the headers of this machine.
mapfile -t headers < <(find /usr/include -maxdepth 1 -name '*.h' -type f -size +0 | sort)
[ ${#headers[@]} -gt 10 ] || skip "there are no headers in /usr/include"
cp "${headers[@]}" "$mnt/"
for header in "${headers[@]}"; do
	same "$header" "$mnt/${header##*/}"
done

# A tarball of them all, deep directories included.
tar czf "$tmp/include.tar.gz" -C /usr include 2>/dev/null || true
cp "$tmp/include.tar.gz" "$mnt/vmalloc_user/include.tar.gz"
cp "$tmp/include.tar.gz" "$mnt/include.tar.gz"
same "$tmp/include.tar.gz" "$mnt/include.tar.gz"
same "$tmp/include.tar.gz" "$mnt/vmalloc_user/include.tar.gz"
tar tzf "$mnt/include.tar.gz" >"$tmp/list"
diff "$tmp/list" <(tar tzf "$tmp/include.tar.gz") || fail "tar tzf"

# Once more at the addresses that status names.
cp "$mnt/status" "$tmp/status"
awk '/^0x/ { sub(/-.*/, "", $1); print $1, $5 }' "$tmp/status" >"$tmp/where"
compared=0
while read -r where name; do
	case $name in
	'['*) continue ;;
	include.tar.gz | vmalloc_user/include.tar.gz) file=$tmp/include.tar.gz ;;
	*) file=/usr/include/$name ;;
	esac
	kmem "$where" "$(stat -c %s "$file")" | cmp - "$file" || fail "$name at $where"
	compared=$((compared + 1))
done <"$tmp/where"
is $compared $((${#headers[@]} + 2))

# A copy inside, and one back out.
cp "$mnt/include.tar.gz" "$mnt/vmalloc_32/again"
cp "$mnt/vmalloc_32/again" "$tmp/out"
same "$tmp/out" "$tmp/include.tar.gz"
stop_fs
