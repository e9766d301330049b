#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every file that is there after boot refuses nonsense, and those that are only read refuse
# each write.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

# refused CALL ARGUMENT...: it fails, with whatever errno fits.
refused() {
	local got
	sys_call "$@"
	[[ $got == E* ]] || fail "$*: got '$got'"
}

# Text that no value is made of.
long=$(head -c 5000 /dev/zero | tr '\0' 9)
nonsense=(nonsense "" " " - + -- 0x 0xg 1x "1 2" 1,2 1e3 1.5 --1 " 1" "1
2" 99999999999999999999 -99999999999999999999 0x10000000000000000 "$long" "Yes please" $'\xff\xfe' $'1\t')

find . -type f >"$tmp/files"
[ "$(wc -l <"$tmp/files")" -gt 50 ] || fail "only $(wc -l <"$tmp/files") files"
read_only=0 knobs=0
while read -r file; do
	mode=$((0$(stat -c %a "$file")))
	expect_errno EPERM unlink "$file"
	expect_errno EPERM rename "$file" "$file.x" 0
	expect_errno EPERM link "$file" "$file.x"
	refused truncate "$file" 4096
	case $file in
	*/trace | */trace_pipe | */trace_marker | */purge | */vfree | */enough | */ctl | */set_event | ./dev/*)
		continue # these take all sorts of things, each has a test of its own
		;;
	esac
	if ((!(mode & 0222))); then
		for flags in O_WRONLY O_RDWR 'O_WRONLY|O_APPEND' 'O_RDONLY|O_TRUNC' 'O_WRONLY|O_TRUNC'; do
			expect_errno EACCES open "$file" "$flags"
		done
		refused put "$file" 1
		refused pwrite "$file" 0 5 x
		refused truncate "$file" 0
		read_only=$((read_only + 1))
	else
		before=$(cat "$file")
		for word in "${nonsense[@]}"; do
			expect_errno EINVAL put "$file" "$word"
			is "$(<"$file")" "$before" "$file after ${word:0:20}"
		done
		expect_errno EINVAL pwrite "$file" 0 1048576 x
		expect_errno EINVAL pwrite "$file" 0 10 $'\001'
		is "$(cat "$file")" "$before" "$file"
		knobs=$((knobs + 1))
	fi
done <"$tmp/files"
[ $read_only -gt 10 ] || fail "only $read_only files that cannot be written"
[ $knobs -gt 30 ] || fail "only $knobs knobs"

for word in nonsense "" " " - 0x 1x "1 2" "$long"; do
	expect_errno EINVAL put sys/kernel/mm/vmalloc/vfree "$word"
done
is "$(knob check)" ok
is "$(key areas)" 0

cd /
stop_fs
