#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# getfattr shows where a file lies in the machine; nothing can be set.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
get() { "$sys" getxattr "$1" "user.vmalloc.$2"; }

: >a
is "$("$sys" listxattr a)" "" "no area, no attributes"
expect_errno ENODATA getxattr a user.vmalloc.addr

head -c 10000 /dev/urandom >a
is "$("$sys" listxattr a | sort | tr '\n' ' ')" \
	"user.vmalloc.addr user.vmalloc.flags user.vmalloc.node user.vmalloc.pages user.vmalloc.phys user.vmalloc.size "
is "$(get a addr)" "$(addr a)"
is "$(get a size)" 16384
is "$(get a pages)" 3
is "$(get a flags)" vmalloc
is "$(get a node)" 0
is $(($(get a phys))) $(($(pte "$(addr a)") & 0xffffffffff000))
sys_is 18 getxattr a user.vmalloc.addr 0
expect_errno ERANGE getxattr a user.vmalloc.addr 17
expect_errno ENODATA getxattr a user.other
expect_errno ENODATA getxattr status user.vmalloc.addr
is "$("$sys" listxattr status)" ""

expect_errno EOPNOTSUPP setxattr a user.vmalloc.addr 0
expect_errno EOPNOTSUPP setxattr a user.mine 1
expect_errno EOPNOTSUPP removexattr a user.vmalloc.addr

if command -v getfattr >/dev/null; then
	getfattr -d a | has '^user.vmalloc.pages="3"$' || fail "getfattr -d"
fi

ln a vmap/a
is "$(get vmap/a flags)" vmap
is "$(get vmap/a phys)" "$(get a phys)"

cd /
stop_fs
