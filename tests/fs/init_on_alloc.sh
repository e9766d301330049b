#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# init_on_alloc=0: new frames keep what they held; resized files stay clean in
# the old last page.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,init_on_alloc=0
cd "$mnt"

head -c 1M /dev/zero | tr '\0' x >a
rm a
truncate -s 32M b
[ "$(tr -d '\0' <b | wc -c)" -gt 0 ] || fail "no old bytes anywhere"
rm b
# vmalloc_user is zeroed whatever the knob says.
truncate -s 32M vmalloc_user/c
all_bytes vmalloc_user/c '\0'
rm vmalloc_user/c

printf short >d
truncate -s 4096 d
tail -c +6 d >"$tmp/rest"
all_bytes "$tmp/rest" '\0'
cd /
stop_fs
