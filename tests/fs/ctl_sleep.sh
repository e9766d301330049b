#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `sleep` and `say` of ctl.  One thread serves all requests here, and none of them waits
# for a line that sleeps.
. "$(dirname "$0")/lib.sh"
now() { printf '%s' "${EPOCHREALTIME/./}"; } # microseconds
# asleep: returns when the write in the background has run its line `say asleep`.
asleep() {
	local i
	for ((i = 0; i < 3000; i++)); do
		[[ $(<sys/kernel/mm/vmalloc/history) != *asleep ]] || return 0
		sleep 0.01
	done
	fail "the write did not get to its sleep"
}
start_fs -s -o memory=64M
cd "$mnt"

# It takes as long as it should; lines after it run, and an answer of theirs comes back.
truncate -s 4K old
began=$(now)
text=$'vfree old\nvmalloc a 4K\nsleep 0.2\nvmalloc b 4K\nsleep .1'
sys_is $((${#text} + 1)) put ctl "$text"
took=$(($(now) - began))
[ $took -ge 300000 ] || fail "300 ms of sleep took $took us"
[ $took -lt 20000000 ] || fail "300 ms of sleep took $took us"
[ -e a ] && [ -e b ] && [ ! -e old ] || fail "the lines around a sleep did not run"
expect_errno EEXIST put ctl $'vmalloc c 4K\nsleep 0.01\nvmalloc a 4K\nvmalloc d 4K'
is "$(<ctl)" "line 3: vmalloc a: File exists"
[ -e c ] && [ ! -e d ] || fail "after the failure"
sys_is 8 put ctl 'sleep 0'

# A last line without a newline sleeps at the close.
began=$(now)
printf 'sleep 0.1' >ctl
[ $(($(now) - began)) -ge 100000 ] || fail "the close did not sleep"

# Meanwhile all else is served, what went is gone, and a signal ends it.
"$sys" put ctl $'vmalloc e 4K\nvfree c\nsay asleep\nsleep 60\nvmalloc f 4K' &
writer=$!
asleep
truncate -s 8K g
[ -e e ] && [ ! -e c ] && [ ! -e f ] || fail "while it sleeps"
is "$(awk '$NF == "g"' status | wc -l)" 1
is "$(<ctl)" ok
kill -TERM $writer
wait $writer && fail "it was not killed"
[ ! -e f ] || fail "the line after the sleep ran"
is "$(<ctl)" "line 4: sleep: Interrupted system call"

# What is wrong with a line; 60 s are the most.
for bad in sleep 'sleep x' 'sleep 60.000000001' 'sleep -1' 'sleep 1e1' 'sleep 1 2' 'sleep .' 'sleep 1.2.3' \
	'sleep 99999999999999999999999999' say 'say  '; do
	expect_errno EINVAL put ctl "$bad"
done
expect_errno EINVAL put ctl "say $(printf 'x%.0s' {1..201})"

# What is said is in the history, and cannot end or change its line.
sys_is 205 put ctl "say $(printf 'y%.0s' {1..200})"
ok put ctl $'  say   one \xff \033[1m \xc3\xa9 #2  \t'
is "$(tail -n 2 sys/kernel/mm/vmalloc/history | sed 's/^[0-9]* [0-9.]* [a-z]*-[0-9]* //')" \
	"say - 0 - $(printf 'y%.0s' {1..200})
say - 0 - one ? ?[1m é #2"
knob history_events 0
sys_is 6 put ctl "say x"
is "$(<sys/kernel/mm/vmalloc/history)" ""
knob history_events 100

# The end of the mount wakes a sleeper, too.
"$sys" put ctl $'say asleep\nsleep 60\nvmalloc h 4K' >"$tmp/woken" &
writer=$!
asleep
cd /
began=$(now)
kill -TERM "$pid"
wait_daemon
wait $writer || true
is "$(tail -n 1 "$tmp/woken")" EINTR
[ $(($(now) - began)) -lt 30000000 ] || fail "the mount waited for the sleeper"
