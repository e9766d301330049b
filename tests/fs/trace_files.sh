#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What trace-cmd and scripts look for beside trace: available_events, set_event,
# buffer_size_kb, and per_cpu.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt/sys/kernel/tracing"

is "$(stat -c %a available_events set_event buffer_size_kb per_cpu per_cpu/cpu0/trace{,_pipe} |
	tr '\n' ' ')" "440 640 640 750 640 440 "
is "$(sort available_events | tr '\n' ' ')" \
	"vmalloc:alloc_vmap_area vmalloc:free_vmap_area_noflush vmalloc:purge_vmap_area_lazy "

# set_event: each way to name events.
events() { sort set_event | tr '\n' ' '; }
is "$(events)" ""
echo vmalloc:alloc_vmap_area >set_event
is "$(events)" "vmalloc:alloc_vmap_area "
is "$(cat events/vmalloc/alloc_vmap_area/enable)" 1
echo free_vmap_area_noflush >>set_event
is "$(events)" "vmalloc:alloc_vmap_area vmalloc:free_vmap_area_noflush "
echo '!vmalloc:alloc_vmap_area' >>set_event
is "$(events)" "vmalloc:free_vmap_area_noflush "
for all in vmalloc vmalloc: 'vmalloc:*' '*:*' "$(tr '\n' ' ' <available_events)"; do
	echo "$all" >set_event
	is "$(wc -l <set_event)" 3 "$all"
done
is "$(cat events/vmalloc/enable)" 1
for bad in sched:alloc_vmap_area sched alloc no:such:event '!'; do
	expect_errno EINVAL put set_event "$bad"
done
echo >set_event
is "$(events)" "" "opened with O_TRUNC"

# buffer_size_kb: the newest stay.
is "$(cat buffer_size_kb)" 1408
echo vmalloc:alloc_vmap_area >set_event
for i in 1 2 3 4 5; do
	truncate -s ${i}0K "$mnt/f$i"
done
sizes() { sed -n 's/.* size=\([0-9]*\) .*/\1/p' "$1" | tr '\n' ' '; }
is "$(sizes trace)" "16384 24576 36864 45056 57344 "
is "$(sizes per_cpu/cpu0/trace)" "$(sizes trace)"
for bad in 0 -1 x 99999999999; do
	expect_errno EINVAL put buffer_size_kb $bad
done
is "$(sizes trace)" "16384 24576 36864 45056 57344 "
echo 1 >buffer_size_kb
seq 20 | sed 's/.*/vmalloc g& 4K/' >"$mnt/ctl"
is "$(grep -c alloc_vmap_area: trace)" 12 "events in 1 KiB"
grep -q 'entries-in-buffer/entries-written: 12/25   #P:1$' trace || fail "$(head -n 3 trace)"
echo 1408 >buffer_size_kb
is "$(grep -c alloc_vmap_area: trace)" 12

# A reader of the one processor takes events out of the one ring.
is "$(dd if=per_cpu/cpu0/trace_pipe bs=64K count=1 status=none | grep -c alloc_vmap_area:)" 12
is "$(grep -c alloc_vmap_area: trace || :)" 0
truncate -s 4K "$mnt/h"
is "$(grep -c alloc_vmap_area: per_cpu/cpu0/trace)" 1
echo >per_cpu/cpu0/trace
is "$(grep -c alloc_vmap_area: trace || :)" 0
expect_errno ENOENT open per_cpu/cpu1/trace O_RDONLY

# trace-cmd takes the first mount of type tracefs: ours lies over it.
if [ "$(id -u)" = 0 ] && type -P trace-cmd >/dev/null && [ -d /sys/kernel/tracing ] &&
	unshare -m sh -c 'mount -t tracefs none /sys/kernel/tracing' 2>/dev/null; then
	unshare -m sh -ec 'mount --make-rprivate /
		mount -t tracefs none /sys/kernel/tracing
		mount --bind "$0" /sys/kernel/tracing
		trace-cmd list -e vmalloc' "$PWD" >"$tmp/list" || fail "trace-cmd: $(cat "$tmp/list")"
	is "$(grep -v ^$ "$tmp/list" | sort)" "$(sort available_events)"
else
	say "not tried: trace-cmd (this needs root, tracefs, and trace-cmd)"
fi

cd /
stop_fs
