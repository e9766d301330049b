#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The placement that a real kernel was recorded to make, through the mount.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=256M
cd "$mnt"

base=$((0xffffc90000000000))
steps=0
while read -r what name size offset; do
	case $what in
	alloc)
		truncate -s "$size" "$name"
		printf -v want '0x%016x' $((base + offset))
		sys_call getxattr "$name" user.vmalloc.addr
		[ "$got" = "$want" ] || fail "$name of $size bytes: at $got, not $want"
		;;
	free)
		rm "$name"
		;;
	'#'*) continue ;;
	*) fail "what is '$what'?" ;;
	esac
	steps=$((steps + 1))
done <"$data/placement-window-seed1.ops"
[ $steps -gt 600 ] || fail "only $steps steps"

# status agrees with the recording about what is left.
awk -v OFS=' ' '$1 == "alloc" { at[$2] = $4 } $1 == "free" { delete at[$2] }
	END { for (name in at) print name, at[name] }' "$data/placement-window-seed1.ops" |
	while read -r name offset; do
		printf '0x%016x %s\n' $((base + offset)) "$name"
	done | sort >"$tmp/want"
awk '/^0x/ { sub(/-.*/, "", $1); print $1, $5 }' status >"$tmp/got"
diff "$tmp/want" "$tmp/got" || fail "what is left differs"

cd /
stop_fs
