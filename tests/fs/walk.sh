#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doc/walk.md: its commands, typed as they stand there, give what it says they
# give; and what they find is the byte of the file.  With WALK_SHOW set it
# prints the commands and what they give, for a page that has to change.
. "$(dirname "$0")/lib.sh"
requires getfattr --version
requires gdb --version
requires drgn --version
"$vmallocfs" --version | grep -q proc/vmlinux || skip "this build had no compiler for x86-64"
page=$top_srcdir/doc/walk.md

# Where the page mounts and unmounts, the test does it in its own way.
vmallocfs() {
	is "${*: -1}" mnt
	start_fs "${@:1:$#-1}"
}
fusermount3() {
	is "$*" "-u mnt"
	is "$phys" $(($(address "$pte") + (va & 4095))) "what walk found last"
	stop_fs
}

# What the page says, command by command: a file with the command, a file with
# what should come of it.  Commands go on in lines that begin with ">".
awk -v dir="$tmp" '
	/^    \$ / { n++; mode = "command"; print substr($0, 7) >(dir "/" n ".command"); next }
	/^    > / && mode == "command" { print substr($0, 7) >(dir "/" n ".command"); next }
	/^    / && mode { mode = "answer"; print substr($0, 5) >(dir "/" n ".answer"); next }
	{ mode = "" }
	END { print n >(dir "/commands") }' "$page"
commands=$(cat "$tmp/commands")
[ "$commands" -gt 30 ] || fail "the page has no more than $commands commands"

rmdir "$mnt"
cd "$tmp"
answer() {
	[ ! -e "$1" ] || cat "$1"
}
for ((n = 1; n <= commands; n++)); do
	# The page shows what fails, too.
	set +e
	trap - ERR
	eval "$(cat "$tmp/$n.command")" >"$tmp/got" 2>&1
	set -e
	trap '[ "$BASH_SUBSHELL" != 0 ] || say "FAILED: line $LINENO: $BASH_COMMAND"' ERR
	if [ -n "${WALK_SHOW-}" ]; then
		sed -e '1s/^/    $ /' -e '2,$s/^/    > /' "$tmp/$n.command"
		sed 's/^/    /' "$tmp/got"
		continue
	fi
	diff -u <(answer "$tmp/$n.answer") "$tmp/got" ||
		fail "doc/walk.md says otherwise (-) of: $(cat "$tmp/$n.command")"

	# The walk by the page against the same walk by the other tests, and
	# against what the file says of itself.
	case $(cat "$tmp/$n.command") in
	'phys='*)
		is $((phys & -4096)) $(($(pte "$(printf 0x%x "$va")") & 0xffffffffff000))
		same <(dd if="$mnt/dev/mem" bs=1 skip="$phys" count=200 status=none) \
			<(dd if="$mnt/a" bs=1 skip=5000 count=200 status=none)
		;;
	'walk $((start))')
		is "$(printf '0x%016x' "$phys")" "$("$sys" getxattr "$mnt/a" user.vmalloc.phys)"
		;;
	esac
done
[ -z "$pid" ] || fail "the page does not unmount"
