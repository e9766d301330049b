#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Truncation both ways: whole pages come and go, new bytes are zero.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
idle=$(idle_frames)

head -c 10000 /dev/zero | tr '\0' x >a
truncate -s 5000 a
is "$(pages a)" 2
is "$(stat -c %s a)" 5000
all_bytes a x
truncate -s 20000 a
is "$(pages a)" 5
is "$(stat -c %b a)" 40
head -c 5000 a >"$tmp/head"
all_bytes "$tmp/head" x
tail -c +5001 a >"$tmp/tail"
all_bytes "$tmp/tail" '\0'

# Shrinking within a page changes the size alone.
where=$(addr a)
truncate -s 19999 a
is "$(stat -c %s a)" 19999
is "$(pages a)" 5
truncate -s 1 a
is "$(pages a)" 1
is "$(addr a)" "$where"
is "$(cat a)" x
is "$((idle - $(idle_frames)))" 1 "frames in use"

# The guard moved down: a new neighbour is placed right after it.
truncate -s 4K b
is "$(addr b)" "$(printf '0x%x' $((where + 8192)))"

# A new page is zero even where another file's bytes were.
head -c 1M /dev/zero | tr '\0' x >c
rm c
truncate -s 1M d
all_bytes d '\0'

# Through a descriptor, and to the size it has.
exec 7<>b
ok ftruncate @7 9000
is "$(stat -c %s b)" 9000
ok ftruncate @7 9000
exec 7>&-
rm a b d
is "$(idle_frames)" "$idle"

cd /
stop_fs
