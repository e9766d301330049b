#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tracing: who did what, reading that waits and can be ended, lost events.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
t=sys/kernel/tracing
events=$t/events/vmalloc

# Modes, defaults, nonsense.
is "$(stat -c %a $t $t/trace $t/trace_pipe $t/tracing_on $events/alloc_vmap_area/{enable,format} |
	tr '\n' ' ')" "700 640 440 644 640 440 "
is "$(cat $t/tracing_on $events/{,{alloc_vmap_area,purge_vmap_area_lazy,free_vmap_area_noflush}/}enable |
	tr '\n' ' ')" "1 0 0 0 0 "
for file in $t/tracing_on $events/alloc_vmap_area/enable $events/enable; do
	before=$(cat $file)
	for word in 2 "" x -1 "1 0"; do
		expect_errno EINVAL put $file "$word"
		is "$(cat $file)" "$before"
	done
done
for file in $events/*/format $t/trace_pipe; do
	expect_errno EACCES open "$file" O_WRONLY
done
expect_errno EACCES open $t/trace_pipe 'O_RDONLY|O_TRUNC'
expect_errno EPERM unlink $t/trace
expect_errno EPERM open $t/x 'O_CREAT|O_WRONLY'
is "$(sed -n 's/^name: //p' $events/*/format | tr '\n' ' ')" \
	"alloc_vmap_area free_vmap_area_noflush purge_vmap_area_lazy "

# entries: lines of trace that are events.
entries() {
	grep -vc '^#' $t/trace || true
}

# Nothing is traced at first.
truncate -s 4K a
is "$(entries)" 0

# TASK-PID of the process that made the call, and what it did.
echo 1 >$events/alloc_vmap_area/enable
is "$(cat $events/enable)" X
echo 1 >$events/enable
is "$(cat $events/free_vmap_area_noflush/enable $events/enable | tr '\n' ' ')" "1 1 "
cp "$(type -P truncate)" "$tmp/my_truncate"
"$tmp/my_truncate" -s 64K b &
truncate_pid=$!
wait $truncate_pid
address=$(printf %u "$(addr b)")
is "$(grep -c "^ *my_truncate-$truncate_pid *\[000\] \.\.\.\.\. *[0-9]*\.[0-9]*: alloc_vmap_area: va_start: $address size=69632 align=1 vstart=0xffffc90000000000 vend=0xffffe8ffffffffff failed=0$" $t/trace)" 1
# A shell opens the file, and becomes the one that writes to it.
bash -c 'echo $$; exec head -c 5000 /dev/zero' >c
head_pid=$(head -n 1 c)
is "$(grep -c "^ *bash-$head_pid " $t/trace)" 1
echo >$t/trace
is "$(entries)" 0
is "$(grep -c 'entries-written: 0/0 ' $t/trace)" 1
bash -c 'rm b c; echo $$ >d'
[ "$(entries)" -ge 5 ] || fail "only $(entries) events"
is "$(grep -c " bash-$(cat d) .*: alloc_vmap_area: " $t/trace)" 1
is "$(grep -c " rm-[0-9]* .*: free_vmap_area_noflush: va_start=0x$(printf %x "$address") nr_lazy=17 nr_lazy_max=0$" $t/trace)" 1
# What is closed and was unlinked before is freed by the daemon itself.
echo >$t/trace
exec 5<d
rm d
is "$(entries)" 0
exec 5<&-
eventually grep -q "^ *vmallocfs-$pid *\[000\].*: free_vmap_area_noflush" $t/trace
# A failure.
echo >$t/trace
knob lazy_max_pages 100000
rm a
touch huge
expect_errno ENOMEM truncate huge 1099511627776
truncate -s 4K a
knob lazy_max_pages 0
is "$(awk '$5 ~ /:$/ { print $5 }' $t/trace | tr '\n' ' ')" \
	"free_vmap_area_noflush: alloc_vmap_area: purge_vmap_area_lazy: "
rm huge

# Off: nothing comes, and what there is stays.
n=$(entries)
echo 0 >$t/tracing_on
truncate -s 4K b
rm b
is "$(entries)" "$n"
echo 1 >$t/tracing_on
echo 0 >$events/free_vmap_area_noflush/enable
echo 0 >$events/purge_vmap_area_lazy/enable
truncate -s 4K b
rm b
is "$(entries)" $((n + 1))
truncate -s 0 $t/trace
is "$(entries)" 0
truncate -s 4K b
echo text >>$t/trace
is "$(entries)" 1

# trace_pipe removes the events that it gives, and a read that must not wait fails without any.
is "$(dd if=$t/trace_pipe bs=4096 count=1 status=none | grep -c alloc_vmap_area)" 1
is "$(entries)" 0
is "$(dd if=$t/trace_pipe iflag=nonblock bs=4096 count=1 2>&1 | grep -c 'Resource temporarily')" 1
truncate -s 4K b2
dd if=$t/trace_pipe bs=1 count=20 status=none >"$tmp/bytes" # the rest goes with the file
is "$(stat -c %s "$tmp/bytes")" 20
truncate -s 4K b3
is "$(dd if=$t/trace_pipe bs=7 count=10 status=none | wc -c)" 70

# sleeps PID: it waits for something.
sleeps() { grep -q 'S (sleeping)\|D (disk' "/proc/$1/status"; }

# in_read PID: it sleeps in a system call on trace_pipe.
in_read() {
	local fd=
	sleeps "$1" || return 1
	# A hardened kernel may keep this to itself.
	read -r _ fd _ 2>/dev/null <"/proc/$1/syscall" || return 0
	[ "$(readlink "/proc/$1/fd/$((fd))")" = "$mnt/$t/trace_pipe" ]
}

# waiting PID: returns when that reader waits in the mount.
waiting() { eventually in_read "$1"; }

# A reader waits, and gets what happens.
cat $t/trace_pipe >"$tmp/got" &
reader=$!
waiting $reader
is "$(stat -c %s "$tmp/got")" 0
truncate -s 8K e
eventually grep -q 'truncate-[0-9]* .*: alloc_vmap_area' "$tmp/got"
truncate -s 4K f
eventually grep -q 'alloc_vmap_area.*size=8192 ' "$tmp/got"
# The mount answers while it waits, with as many waiting as there may be threads.
readers=
for i in {1..12}; do
	cat $t/trace_pipe >"$tmp/reader$i" &
	readers+=" $!"
done
for waiter in $readers; do waiting "$waiter"; done
timeout 20 truncate -s 4K g || fail "the mount hangs"
is "$(timeout 20 cat g | wc -c)" 4096
# Killed, and interrupted, they end.
kill -KILL $reader
# shellcheck disable=SC2086
kill -TERM $readers
for reader in $reader $readers; do
	wait "$reader" 2>/dev/null || true
done
# By SIGINT, too, as Ctrl-C sends it: its status is the signal's.
env --default-signal=INT cat $t/trace_pipe &
reader=$!
waiting $reader
kill -INT $reader
status=0
wait $reader || status=$?
is $status 130

# Two readers: each event goes to one of them.
echo >$t/trace
cat $t/trace_pipe >"$tmp/one" &
one=$!
cat $t/trace_pipe >"$tmp/two" &
two=$!
waiting $one
waiting $two
for i in {1..40}; do
	: >"h$i"
	truncate -s 4K "h$i"
done
both() {
	[ "$(cat "$tmp/one" "$tmp/two" | grep -c 'alloc_vmap_area')" = 40 ]
}
eventually both
kill $one $two
wait $one || true
wait $two || true
is "$(cat "$tmp/one" "$tmp/two" | sort | uniq -d | wc -l)" 0
is "$(cat "$tmp/one" "$tmp/two" | wc -l)" 40
rm h*

# poll(2).
if type -P python3 >/dev/null; then
	python3 - "$t/trace_pipe" >"$tmp/polled" <<-'EOF' &
		import os, select, sys
		fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
		p = select.poll()
		p.register(fd, select.POLLIN)
		print(len(p.poll(0)), flush=True)
		print(len(p.poll(20000)), flush=True)
		print(os.read(fd, 4096).count(b"alloc_vmap_area"), flush=True)
	EOF
	poller=$!
	eventually test -s "$tmp/polled"
	eventually sleeps $poller
	truncate -s 4K p
	wait $poller
	is "$(tr '\n' ' ' <"$tmp/polled")" "0 1 1 "
	rm p
fi

# A reader that does not read stops nothing: it is told what it lost.
echo >$t/trace
echo 1 >$events/enable
exec 6<$t/trace_pipe
knob lazy_max_pages 0
for i in {1..8000}; do
	echo x >churn
	: >churn
done
dd bs=64K count=1 status=none <&6 >"$tmp/late"
is "$(sed -n '1s/LOST [0-9]* EVENTS/LOST N EVENTS/p' "$tmp/late")" "CPU:0 [LOST N EVENTS]"
lost=$(sed -n '1s/.*LOST \([0-9]*\) .*/\1/p' "$tmp/late")
[ "$lost" -gt 1000 ] || fail "only $lost events lost"
is "$(grep -c LOST "$tmp/late")" 1
is "$(dd bs=64K count=1 status=none <&6 | grep -c LOST)" 0
# Turned off: the rest, then the end of the file.
echo 0 >$t/tracing_on
timeout 20 cat <&6 >"$tmp/rest" || fail "no end of file"
is "$(entries)" 0
exec 6<&-
echo 1 >$t/tracing_on

# The kernel that is simulated ends: so does the file.
cat $t/trace_pipe >"$tmp/last" &
reader=$!
waiting $reader
truncate -s 4K last
eventually grep -q alloc "$tmp/last"
cd /
kill -TERM "$pid"
wait_daemon
wait $reader || fail "the reader got an error"

# One thread for all requests: the reader waits, and does not hold it.
start_fs -s -o memory=64M
cat "$mnt/$t/trace_pipe" >"$tmp/last" &
reader=$!
waiting $reader
echo 1 >"$mnt/$events/enable"
timeout 20 truncate -s 4K "$mnt/a" || fail "the mount hangs"
eventually grep -q alloc "$tmp/last"

# An event of a command names the process that wrote it to ctl, not the one that opened ctl.
exec 5>"$mnt/ctl"
bash -c 'echo $$; echo "vmalloc by_ctl 4K" >&5' >"$tmp/writer"
exec 5>&-
eventually grep -q ' size=8192 .*' "$tmp/last"
is "$(tail -n 1 "$tmp/last" | awk '{ print $1 }')" "bash-$(cat "$tmp/writer")"

# The mount goes away under its reader.
umount -l "$mnt" 2>/dev/null || fusermount3 -uz "$mnt"
kill $reader
wait $reader || true
wait_daemon
