#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# boot.sh KERNEL-DIR OUT-DIR QEMU-ARGUMENT...: boots a kernel under QEMU, and leaves in
# OUT-DIR its dump (vmcore) and its /proc/vmallocinfo of the same moment (vmallocinfo.txt).
#
# The guest lists before and after the dump, during which it stands still.  Where the two
# lists differ, something was going on in between, and all three are made again.
#
# KERNEL-DIR has vmlinuz and initrd.  Exit status 1: it does not boot, or never rests.
set -eu -o pipefail
kernel=$1 out=$2
shift 2
seconds=${VMALLOCFS_GUEST_SECONDS:-120}

mkdir -p "$out"
mkfifo "$out/serial.in" "$out/serial.out" "$out/monitor.in" "$out/monitor.out"
qemu-system-x86_64 -accel tcg -display none -no-reboot -nodefaults -device vmcoreinfo \
	-serial "pipe:$out/serial" -monitor "pipe:$out/monitor" \
	-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
	-append "console=ttyS0 quiet panic=-1" "$@" 2>"$out/qemu.log" &
qemu=$!
trap 'kill "$qemu" 2>/dev/null || true; wait "$qemu" 2>/dev/null || true' EXIT
exec 3<>"$out/serial.in" 4<>"$out/serial.out" 5<>"$out/monitor.in" 6<>"$out/monitor.out"

# await FD WORD: copies lines to standard output until one is WORD.
await() {
	local line
	while IFS= read -r -t "$seconds" -u "$1" line; do
		line=${line%$'\r'}
		[ "$line" != "$2" ] || return 0
		printf '%s\n' "$line"
	done
	echo "boot.sh: the guest does not say '$2'; $(tail -n 1 "$out/qemu.log")" >&2
	return 1
}

list() {
	echo list >&3
	await 4 begin >/dev/null
	await 4 end
}

# The monitor echoes a command with what moves the cursor, and has a prompt without newline.
dump() {
	rm -f "$out/vmcore"
	printf 'dump-guest-memory %s\ninfo name\ninfo status\n' "$out/vmcore" >&5
	local line
	while IFS= read -r -t "$seconds" -u 6 line; do
		case $line in
		'VM status:'*) return 0 ;;
		Error*) echo "boot.sh: $line" >&2 && return 1 ;;
		esac
	done
	return 1
}

await 4 ready >"$out/console.txt"
for try in 1 2 3 4 5; do
	list >"$out/vmallocinfo.txt"
	dump
	list >"$out/after.txt"
	if cmp -s "$out/vmallocinfo.txt" "$out/after.txt"; then
		echo quit >&5
		wait "$qemu" || true
		exit 0
	fi
done
echo "boot.sh: after $try lists the guest is still changing" >&2
exit 1
