#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sys/devices/system/node in Linux's formats; numactl and numastat read it.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nodes=2
nodes=$mnt/sys/devices/system/node

is "$(ls "$nodes")" "$(printf 'node0\nnode1')"
for node in "$nodes"/node*; do
	is "$(ls "$node" | tr '\n' ' ')" "cpulist cpumap distance meminfo numastat "
	is "$(stat -c %a "$node"/* | sort -u)" 444
done
is "$(cat "$nodes"/node{0,1}/distance)" "$(printf '10 20\n20 10')"
is "$(cat "$nodes"/node{0,1}/cpulist)" 0 "one processor: node 1 has none"
is "$(cat "$nodes"/node{0,1}/cpumap)" "$(printf '1\n0')"
is "$(awk '{ print $1 }' "$nodes/node0/numastat" | tr '\n' ' ')" \
	"numa_hit numa_miss numa_foreign interleave_hit local_node other_node "

# kb NODE LABEL
kb() { awk -v label="$2:" '$3 == label { print $4 }' "$nodes/node$1/meminfo"; }
is "$(grep -cvE '^Node 0 [A-Za-z_()]+: +[0-9]+ kB$|^Node 0 HugePages_[A-Z][a-z]+: +0$' \
	"$nodes/node0/meminfo")" 0 "lines of another form"
sum() { echo $(($(kb 0 "$1") + $(kb 1 "$1"))); }
meminfo() { awk -v label="$1:" '$1 == label { print $2 }' "$mnt/proc/meminfo"; }
before=$(kb 1 MemFree)
truncate -s 2M "$mnt/vmalloc_node/1/a"
for label in MemTotal MemFree PageTables; do
	is "$(sum $label)" "$(meminfo $label)" "$label"
done
is $((before - $(kb 1 MemFree))) 2048
is $(($(kb 1 MemTotal) - $(kb 1 MemFree))) "$(kb 1 MemUsed)"

# The labels are those of a real kernel, in its order, but for what it has more of.
real=/sys/devices/system/node/node0/meminfo
if [ -r $real ]; then
	diff <(awk '{ print $3 }' "$nodes/node0/meminfo") <(awk '{ print $3 }' $real) >"$tmp/labels" || :
	! grep '^<' "$tmp/labels" | grep -vE 'SecPageTables|SwapCached|NFS_Unstable' ||
		fail "labels that this kernel does not have"
fi

# The tools read it in place of the host's.
if [ "$(id -u)" = 0 ] && unshare -m true && [ -d /sys/devices/system/node ] &&
	type -P numactl >/dev/null; then
	unshare -m sh -ec 'mount --make-rprivate /
		mount --bind "$0" /sys/devices/system/node
		numactl -H
		numastat -m' "$nodes" >"$tmp/tools" 2>&1 || fail "$(cat "$tmp/tools")"
	has "^available: 2 nodes (0-1)$" "$tmp/tools" || fail "$(cat "$tmp/tools")"
	has "^node 1 size: 32 MB$" "$tmp/tools" || fail "$(cat "$tmp/tools")"
	has "^node 1 free: 30 MB$" "$tmp/tools" || fail "$(cat "$tmp/tools")"
	has "^  1:  20  10 $" "$tmp/tools" || fail "$(cat "$tmp/tools")"
	has -E "^MemUsed  .*  2\.00  " "$tmp/tools" || fail "$(cat "$tmp/tools")"
else
	say "not tried: numactl and numastat (this needs root, a private namespace, and numactl)"
fi

rm "$mnt/vmalloc_node/1/a"
stop_fs
