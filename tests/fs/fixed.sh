#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files of our own and of proc/ and dev/ cannot be removed, renamed, replaced
# or written to; each open is one snapshot.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

is "$(stat -c %a proc/vmallocinfo proc/kcore dev/mem dev/kmem | tr '\n' ' ')" "400 400 600 600 "
: >a
for file in status map.txt map.svg proc/vmallocinfo proc/kmsg proc/kcore dev/mem dev/kmem; do
	dir=$(dirname $file)
	expect_errno EPERM unlink $file
	expect_errno EPERM rename $file $dir/x 0
	expect_errno EPERM rename $file $dir/x RENAME_NOREPLACE
	expect_errno EEXIST open $file 'O_CREAT|O_EXCL|O_WRONLY'
	expect_errno EEXIST mkdir $file
	[ -e $file ] || fail "$file is gone"
done
expect_errno EPERM rename a status 0
expect_errno EPERM rename a status RENAME_EXCHANGE
expect_errno EPERM rename status a RENAME_EXCHANGE
[ -e a ] || fail "a refused rename lost its file"

# Not even root writes to a text.
before=$(cat status)
for file in status map.txt map.svg proc/vmallocinfo proc/kmsg proc/kcore; do
	case $("$sys" pwrite $file 0 5 x) in
	E*) ;;
	*) fail "$file was written to" ;;
	esac
	case $("$sys" truncate $file 0) in
	E*) ;;
	*) fail "$file was truncated" ;;
	esac
	case $("$sys" open $file 'O_WRONLY|O_TRUNC') in
	E*) ;;
	*) fail "$file was opened with O_TRUNC" ;;
	esac
done
is "$(cat status)" "$before"

# status has the size of its content, also after a change; proc/ files have 0.
sized() { is "$(stat -c %s status)" "$(wc -c <status)" "$1"; }
sized boot
truncate -s 64K a
sized "one area"
truncate -s 1M b
rm a
sized "another"
is "$(stat -c %s proc/vmallocinfo)" 0
is "$(tar cf - status | tar xfO - | head -n 1)" "$(head -n 1 status)"
[ "$(stat -c %s dev/mem)" = $((64 << 20)) ] || fail "dev/mem has the size of RAM"

# One open, one snapshot.
exec 7<status
head -c 1 <&7 >/dev/null
: >c
truncate -s 4K c
cat <&7 >"$tmp/rest"
exec 7<&-
grep -q ' c$' "$tmp/rest" && fail "the snapshot changed"
grep -q ' c$' status || fail "a new open is a new snapshot"

cd /
stop_fs
