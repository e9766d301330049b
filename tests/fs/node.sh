#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmalloc_node/N: frames from node N, then from the others.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nodes=2
cd "$mnt"

is "$(ls vmalloc_node)" "$(printf '0\n1')"
expect_errno ENOENT open vmalloc_node/2/a 'O_CREAT|O_WRONLY'
expect_errno EPERM open vmalloc_node/a 'O_CREAT|O_WRONLY'

truncate -s 64K vmalloc_node/0/a
truncate -s 64K vmalloc_node/1/a
grep -q ' vmalloc_node/0/a+0x0/0x10000 pages=16 vmalloc N0=16$' proc/vmallocinfo || fail "node 0"
grep -q ' vmalloc_node/1/a+0x0/0x10000 pages=16 vmalloc N1=16$' proc/vmallocinfo || fail "node 1"
is "$("$sys" getxattr vmalloc_node/1/a user.vmalloc.node)" 1
[ $(($("$sys" getxattr vmalloc_node/1/a user.vmalloc.phys))) -ge $((32 << 20)) ] ||
	fail "node 1 is the upper half"

# More than the node has: the rest comes from the other one.
truncate -s 40M vmalloc_node/1/b
line=$(grep -m 1 ' vmalloc_node/1/b+' proc/vmallocinfo)
[[ $line =~ N0=([0-9]+)\ N1=([0-9]+)$ ]] || fail "both nodes: $line"
is $((BASH_REMATCH[1] + BASH_REMATCH[2])) 10240

cd /
stop_fs
