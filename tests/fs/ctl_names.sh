#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What ctl does to files that the kernel knows is seen at once: names, sizes,
# mapped pages; whatever others do meanwhile, nothing hangs.
. "$(dirname "$0")/lib.sh"

run() { sys_is "$((${#1} + 1))" put ctl "$1"; }

once() {
	start_fs -o memory=64M "$@"
	cd "$mnt"

	# A name that was looked up, listed, read.
	for ((i = 0; i < 20; i++)); do
		run "vmalloc a $((4096 + i))"
		sys_is $((4096 + i)) stat a size
		run "vfree a"
		expect_errno ENOENT stat a size
		expect_errno ENOENT open a O_RDONLY
		run "vmalloc vmalloc_32/b 4K"
		ls -l vmalloc_32 >/dev/null
		run "vfree vmalloc_32/b"
		is "$(ls -l vmalloc_32)" "total 0"
		sys_is 0 mknod vmalloc_32/b S_IFREG
		run "vfree vmalloc_32/b"
	done
	# One write: gone, and another file of that name.
	run 'vmalloc a 4K'
	ino=$(stat -c %i a)
	run $'vfree a\nvmalloc a 8K'
	sys_is 8192 stat a size
	[ "$(stat -c %i a)" != "$ino" ] || fail "the old file"
	run $'vfree a\nvmalloc a 8K\nvfree a'
	expect_errno ENOENT stat a size
	expect_errno ENOENT truncate a 4096

	# The kernel does not remember that a name was not there.
	expect_errno ENOENT stat new size
	run "vmalloc new 4K"
	sys_is 4096 stat new size
	expect_errno EEXIST open new 'O_CREAT|O_EXCL|O_WRONLY'

	# Sizes and times of a file, times and entries of its directory.
	run "resize new 12345"
	sys_is 12345 stat new size
	run "vfree $(addr new)"
	is "$(stat -c '%s %b' new)" "0 0"
	touch -d 2001-01-01 . vmalloc_32
	run $'vmalloc vmalloc_32/c 4K\nvfree new'
	is "$(stat -c %y . vmalloc_32 | grep -c ^2001)" 0
	touch -d 2001-01-01 vmalloc_32/c vmalloc_32
	run "resize vmalloc_32/c 8K"
	is "$(stat -c %y vmalloc_32/c vmalloc_32 | grep -c ^2001)" 1
	run "vmalloc c 64K"
	sys_is "$(wc -c <status)" stat status size
	run "vfree c"
	sys_is "$(wc -c <status)" stat status size

	# An open file: its name goes, its area stays.
	run "vmalloc open 8K"
	printf kept >open
	exec 7<>open
	run "vfree open"
	expect_errno ENOENT stat open size
	sys_is 0 stat @7 nlink
	is "$(head -c 4 <&7)" kept
	run "vmalloc open 4K"
	sys_is 4096 stat open size
	sys_is 4 stat @7 size
	exec 7>&-
	eventually eval '[ "$(key areas)" = 2 ]'
	run reset
	expect_errno ENOENT stat open size
	is "$(ls vmalloc_32)" ""

	# Pages that the kernel keeps of a mapped file.
	run "vmalloc vmalloc_user/u 16K"
	coproc MAP { "$map" vmalloc_user/u 16384 shared; }
	tell ok
	tell 120 "get 0" "put 0 120" "get 0"
	tell 120 "get 9000" "put 9000 120" "get 9000"
	run "resize vmalloc_user/u 4K"
	sys_is 4096 stat vmalloc_user/u size
	tell SIGBUS "get 9000"
	tell 120 "get 0"
	run "resize vmalloc_user/u 16K"
	sys_is 16384 stat vmalloc_user/u size # which is when the mapping grows, too
	tell 0 "get 9000"
	is "$(head -c 1 vmalloc_user/u)" x
	run "vfree vmalloc_user/u"
	expect_errno ENOENT stat vmalloc_user/u size
	tell 120 "get 0"
	exec {MAP[1]}>&-
	wait "$MAP_PID"
	run reset
	is "$(key areas)" 0

	# While others list, stat, make and remove the same names.
	workers=()
	busy 10
	# And ctl itself: for that the kernel locks things the other way round.
	workers=()
	worker rm -f ctl
	worker mv ctl a
	busy 2
	cd /
	stop_fs
}

# busy TIMES: starts more workers, and writes to ctl so many times at least beside them.  The
# names must be right after each write.
busy() {
	worker find . -maxdepth 2 -ls
	worker stat a b c vmalloc_32/d
	worker touch a b vmalloc_32/d
	worker rm -f a c
	worker ln a vmap/t
	worker eval 'echo "vmalloc a 4K
vmalloc c 4K
vfree a" >ctl'
	worker eval 'echo reset >ctl'
	local end n name
	end=$((SECONDS + 3))
	n=0
	while [ $SECONDS -lt $end ] || { [ $n -lt "$1" ] && [ $SECONDS -lt $((end + 60)) ]; }; do
		printf '%s\n' "vmalloc b 4K" "vfree b" >"$tmp/ops"
		timeout 30 cat "$tmp/ops" >ctl 2>/dev/null || [ $? != 124 ] || fail "hangs"
		n=$((n + 1))
	done
	: >"$tmp/stop"
	wait "${workers[@]}"
	rm "$tmp/stop"
	run reset
	for name in a b c vmalloc_32/d vmap/t; do
		expect_errno ENOENT stat $name size
	done
	is "$(key areas)" 0
	is "$(knob check)" ok
	[ $n -ge "$1" ] || fail "only $n writes in a minute"
}

# tell ANSWER COMMAND...: the last command's answer; without one, the first line.
tell() {
	local want=$1 got command
	shift
	for command in "$@"; do
		echo "$command" >&"${MAP[1]}"
		read -r -t 60 got <&"${MAP[0]}" || fail "$command: no answer"
	done
	[ $# != 0 ] || read -r -t 60 got <&"${MAP[0]}"
	is "$got" "$want" "$*"
}

# worker COMMAND...: again and again until "$tmp/stop" is there.
worker() {
	(
		trap - ERR
		set +e
		until [ -e "$tmp/stop" ]; do "$@"; done >/dev/null 2>&1
	) &
	workers+=($!)
}

once
once -s
