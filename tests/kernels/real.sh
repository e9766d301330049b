#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian's kernel under QEMU, once with two nodes and five levels of page tables, and once
# with a filesystem that uses vm_map_ram(): what is read of its dump is what it listed at
# that moment, and what is read of loaded/ are the bytes of the dump.
#
# To be run in the directory of a build.  VMALLOCFS_KERNEL=DEB names the kernel's package;
# else apt-get downloads the one that linux-image-amd64 depends on.  Exit status 77: QEMU
# or the kernel cannot be had here, or this program reads no dumps.
set -eEu -o pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
build=$(pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-real.XXXXXX")
mkdir "$tmp/mnt"

end() {
	umount "$tmp/mnt" 2>/dev/null || true
	rm -rf "$tmp"
}
trap end EXIT
trap 'echo "real.sh: FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR

skip() {
	echo "real.sh: SKIPPED: $*" >&2
	trap - ERR
	exit 77
}

fail() {
	echo "real.sh: FAILED: $*" >&2
	trap - ERR
	exit 1
}

for tool in qemu-system-x86_64 busybox mkfs.erofs dpkg-deb python3; do
	command -v "$tool" >/dev/null || skip "there is no $tool"
done
[ -c /dev/fuse ] || skip "there is no /dev/fuse"
[ "$("$build/vmallocfs" --version | grep -c '^crash dumps: read, ')" = 1 ] ||
	skip "this program reads no dumps"

# --- the kernel, and what it begins with -----------------------------------------------

# download: the package of the kernel that is current, into $tmp.
download() {
	local package
	package=$(apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1) || true
	[ -n "$package" ] || return 1
	(cd "$tmp" && apt-get -q download "$package" >"$tmp/download.log" 2>&1)
}

deb=${VMALLOCFS_KERNEL-}
if [ -z "$deb" ]; then
	download || skip "apt-get has no kernel here"
	deb=$(ls "$tmp"/linux-image-*.deb)
fi
mkdir -p "$tmp/deb" "$tmp/kernel" "$tmp/root/bin" "$tmp/root/proc" "$tmp/root/sys" \
	"$tmp/root/dev" "$tmp/root/modules" "$tmp/packed"
dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp/deb" --wildcards './boot/vmlinuz-*' \
	'*/qemu_fw_cfg.ko' '*/loop.ko' '*/crc32c_generic.ko' '*/libcrc32c.ko' '*/erofs.ko'
mv "$tmp"/deb/boot/vmlinuz-* "$tmp/kernel/vmlinuz"
find "$tmp/deb" -name '*.ko' -exec mv {} "$tmp/root/modules" \;
cp "$(command -v busybox)" "$tmp/root/bin/"
cp "$here/guest_init" "$tmp/root/init"
chmod +x "$tmp/root/init"
# Text, for it must be compressed to be unpacked.
for i in 1 2 3; do
	seq "$i" 400000 >"$tmp/packed/$i"
done
mkfs.erofs -zlz4 -C65536 "$tmp/root/packed.erofs" "$tmp/packed" >/dev/null
(cd "$tmp/root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$tmp/kernel/initrd"

# --- two guests, side by side ------------------------------------------------------------

"$here/boot.sh" "$tmp/kernel" "$tmp/ram" -m 128M &
first=$!
"$here/boot.sh" "$tmp/kernel" "$tmp/nodes" -m 256M -smp 2 -cpu qemu64,+la57 \
	-object memory-backend-ram,id=m0,size=128M -object memory-backend-ram,id=m1,size=128M \
	-numa node,nodeid=0,cpus=0,memdev=m0 -numa node,nodeid=1,cpus=1,memdev=m1 ||
	skip "this QEMU does not boot the kernel in time"
wait "$first" || skip "this QEMU does not boot the kernel in time"

# --- what is read of them -----------------------------------------------------------------

# bytes_at DUMP: for each "page address physical ..." of --pages on standard input the page,
# by the ELF headers alone.
bytes_at() {
	python3 -c '
import struct, sys
f = open(sys.argv[1], "rb")
head = f.read(64)
phoff, phentsize, phnum = struct.unpack_from("<Q", head, 32) + struct.unpack_from("<HH", head, 54)
f.seek(phoff)
table = f.read(phentsize * phnum)
loads = [p for p in (struct.unpack_from("<IIQQQQQQ", table, i * phentsize) for i in range(phnum)) if p[0] == 1]
for line in sys.stdin:
    words = line.split()
    if len(words) < 4 or not words[2].startswith("0x"):
        continue
    phys = int(words[2], 16)
    p = next(p for p in loads if p[4] <= phys < p[4] + p[5])
    f.seek(p[2] + phys - p[4])
    sys.stdout.buffer.write(f.read(4096))
' "$1"
}

# compare NAME: the list, the page tables, and the bytes of areas.
compare() {
	local dump=$tmp/$1/vmcore list=$tmp/$1/vmallocinfo.txt file addr
	"$build/vmallocfs-info" --verify "$dump" >"$tmp/verified" 2>"$tmp/err" ||
		fail "$1: $(tail -n 3 "$tmp/verified" "$tmp/err")"
	"$build/vmallocfs" -o "load=$dump" "$tmp/mnt" 2>"$tmp/err" || fail "$1: $(cat "$tmp/err")"
	diff "$list" "$tmp/mnt/proc/vmallocinfo" || fail "$1: the dump and the list differ"
	[ "$(cat "$tmp/mnt/sys/kernel/mm/vmalloc/check")" = ok ]
	# Two modules and a kernel stack.
	for file in $(cd "$tmp/mnt/loaded" && ls | grep load_module | head -n 2) \
		$(cd "$tmp/mnt/loaded" && ls | grep -E 'kernel_clone|dup_task_struct' | head -n 1); do
		addr=${file%%-*}
		"$build/vmallocfs-info" "--pages=$addr" "$dump" 2>/dev/null | bytes_at "$dump" >"$tmp/want"
		[ -s "$tmp/want" ]
		cmp "$tmp/want" "$tmp/mnt/loaded/$file"
		echo "$1: $file has the bytes of the dump"
	done
	umount "$tmp/mnt"
	echo "$1: $(wc -l <"$list") lines are the kernel's own; $(tail -n 1 "$tmp/verified")"
}

compare ram
compare nodes
[ "$(grep -c vm_map_ram "$tmp/ram/vmallocinfo.txt")" -gt 0 ] || fail "nothing used vm_map_ram()"
[ "$(grep -c 'N1=' "$tmp/nodes/vmallocinfo.txt")" -gt 0 ] || fail "nothing is on node 1"
[ "$(grep -c '^0xff[0-9a-e]' "$tmp/nodes/vmallocinfo.txt")" -gt 0 ] || fail "there are four levels"
