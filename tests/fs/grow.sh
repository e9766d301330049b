#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Growing extends an area in place when there is room after it; else it is
# placed anew and its very frames are mapped there.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

random_file "$tmp/a" 100000
cp "$tmp/a" a
where=$(addr a)
truncate -s 300000 a
is "$(addr a)" "$where" "nothing after it"
head -c 100000 a | cmp - "$tmp/a"
is "$(row a | cut -d' ' -f1)" "$(printf '0x%x-0x%x' "$where" $((where + 75 * 4096)))"

truncate -s 100000 a
truncate -s 4K b
is "$(addr b)" "$(printf '0x%x' $((where + 26 * 4096)))"
phys=$("$sys" getxattr a user.vmalloc.phys)
truncate -s 200000 a
[ $(($(addr a))) -gt $(($(addr b))) ] || fail "it must move after b"
is "$("$sys" getxattr a user.vmalloc.phys)" "$phys" "the same frame"
head -c 100000 a | cmp - "$tmp/a"
tail -c +100001 a >"$tmp/tail"
all_bytes "$tmp/tail" '\0'

# Its old place is free again.
truncate -s 100000 c
is "$(addr c)" "$where"

# A file written in small pieces grows as it goes.
dd if="$tmp/a" of=d bs=1000 status=none
same d "$tmp/a"

cd /
stop_fs
