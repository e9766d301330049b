#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/kmsg is the kernel's log, as dmesg reads it.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,vmalloc=1M
cd "$mnt"

cat proc/kmsg >/dev/null
: >a
expect_errno ENOSPC truncate a 2097152
grep -vE '^<[0-7]>\[ *[0-9]+\.[0-9]{6}\] [^[:cntrl:]]+$' proc/kmsg && fail "malformed lines"
grep -q '^<4>\[.*out of vmalloc space' proc/kmsg || fail "the level of the warning"
is "$(stat -c %s proc/kmsg)" "$(wc -c <proc/kmsg)"
lines=$(wc -l <proc/kmsg)
is "$(wc -l <proc/kmsg)" "$lines" "reading takes nothing away"

# dmesg maps the file.
requires dmesg --version
dmesg --help | has -e --file || skip "this dmesg has no --file"
dmesg -F proc/kmsg >"$tmp/dmesg" 2>"$tmp/errors"
is "$(cat "$tmp/errors")" ""
same "$tmp/dmesg" <(sed 's/^<[0-7]>//' proc/kmsg)
# Level and facility in words.
is "$(dmesg -F proc/kmsg -x | grep -c '^kern  *:warn  *: \[.*out of vmalloc space')" 1 "dmesg -x"
is "$(dmesg -F proc/kmsg -x | grep -c '^kern  *:[a-z]*  *: \[')" "$lines" "dmesg -x"
is "$(dmesg -F proc/kmsg -l warn | wc -l)" "$(grep -c '^<4>' proc/kmsg)" "dmesg -l warn"
is "$(dmesg -F proc/kmsg -l err,crit,alert,emerg | wc -l)" 0 "dmesg -l"
is "$(dmesg -F proc/kmsg -t | grep -c '^\[')" 0 "dmesg -t"
# Times of the day: the machine's are seconds since its boot, dmesg counts from ours.
is "$(dmesg -F proc/kmsg -T | grep -cE '^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [0-9]{4}\]')" \
	"$lines" "dmesg -T"
# JSON, where this dmesg has it.
if dmesg --help | has -e --json; then
	is "$(dmesg -F proc/kmsg -J | grep -c '"msg":')" "$lines" "dmesg -J"
fi
# What is new is there for the next look.
sys_is 0 truncate a 0
expect_errno EINVAL put sys/kernel/mm/vmalloc/init_on_alloc 2
knob vfree 0xffffc90000000001
is "$(dmesg -F proc/kmsg -l err | wc -l)" 1 "after a vfree of a bad address"

cd /
stop_fs
