#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Crash dumps that cannot be loaded: one line that says what is missing and what to do,
# status 1, and nothing is mounted.  Of a dump with random bytes in it there is an error,
# or what differs is named.
. "$(dirname "$0")/lib.sh"
requires python3 --version
requires zstd --version
info=$top_builddir/vmallocfs-info
dumps=$data/dump
"$vmallocfs" --version >"$tmp/version"
if ! has '^crash dumps: read, ' <"$tmp/version"; then
	refuses 1 -o load="$dumps/6.1-kaslr.elf.zst" "$mnt"
	has libkdumpfile <"$tmp/err"
	exit 0
fi
zstd -dqf "$dumps/6.1-kaslr.elf.zst" -o "$tmp/dump"
cat >"$tmp/spoil.py" <<'END'
import random, re, struct, sys

tmp, listing = sys.argv[1:]
whole = open(tmp + "/dump", "rb").read()
areas = re.findall(r"^0x([0-9a-f]+)-0x([0-9a-f]+)", open(listing).read(), re.M)

# Where the nth area's struct vmap_area is: va_start, va_end, the tree's node of 24 bytes,
# and the list.
def place(n):
    return whole.index(struct.pack("<QQ", int(areas[n][0], 16), int(areas[n][1], 16)))

def put(name, bytes):
    with open(tmp + "/" + name, "wb") as f:
        f.write(bytes)

def patched(at, bytes):
    return whole[:at] + bytes + whole[at + len(bytes):]

put("no-symbols", whole.replace(b"SYMBOL(kallsyms_names)", b"SYMBOL(something_more)"))
put("no-types", whole.replace(b"\x9f\xeb\x01\x00\x18\x00\x00\x00", bytes(8)))
put("circle", patched(place(10) + 40, whole[place(4) + 40:place(4) + 48]))
put("nowhere", patched(place(10) + 40, struct.pack("<Q", 8)))
put("cut", whole[:len(whole) // 2])
put("flattened", b"makedumpfile" + bytes(8192))
put("header", whole[:100])

# The page with the tenth area is left out: its segment ends before it.
phoff, phnum = struct.unpack_from("<Q", whole, 32)[0], struct.unpack_from("<H", whole, 56)[0]
torn = bytearray(whole)
for i in range(phnum):
    at = phoff + 56 * i
    kind, offset, size = (struct.unpack_from("<I", whole, at)[0], *struct.unpack_from("<Q", whole, at + 8),
        *struct.unpack_from("<Q", whole, at + 32))
    if kind == 1 and offset <= place(10) < offset + size:
        left = (place(10) - offset) // 4096 * 4096
        struct.pack_into("<QQ", torn, at + 32, left, left)
put("page", bytes(torn))

for seed in range(2):
    r = random.Random(seed)
    bytes_ = bytearray(whole)
    for i in range(len(whole) // 100):
        bytes_[r.randrange(len(whole))] = r.randrange(256)
    put("random-%d" % seed, bytes(bytes_))
END
python3 "$tmp/spoil.py" "$tmp" "$dumps/6.1-kaslr.vmallocinfo.txt"

# bad FILE PATTERN...: each pattern is in the one line.
bad() {
	local file=$1
	shift
	refuses 1 -o load="$tmp/$file" "$mnt"
	for pattern; do
		has "$pattern" <"$tmp/err" || fail "$file: no '$pattern' in $(cat "$tmp/err")"
	done
}
bad no-symbols 'since 6.0' /proc/vmallocinfo
bad no-types CONFIG_DEBUG_INFO_BTF /proc/vmallocinfo
bad circle 'list of areas'
bad nowhere 'list of areas'
bad page 'list of areas cannot be read' 'makedumpfile -d 1'
bad cut .
bad flattened 'makedumpfile -R'
bad header .

# One byte in a hundred: nothing that looks whole and is not.  libkdumpfile may ask for memory
# that nobody has: malloc refuses it, and a sanitizer warns of that, which is left out.
export ASAN_OPTIONS=allocator_may_return_null=1:${ASAN_OPTIONS-}
for seed in 0 1; do
	status=0
	"$info" --verify "$tmp/random-$seed" >"$tmp/out" 2>"$tmp/all" || status=$?
	sed -e '/^==/d' -e '/^ *#[0-9]/d' -e '/^SUMMARY: /d' -e '/^$/d' "$tmp/all" >"$tmp/err"
	is "$status" 1
	has 'differ\|:.*: ' <"$tmp/err" || fail "random-$seed: $(cat "$tmp/err")"
	[ "$(wc -l <"$tmp/err")" -le 2 ] || fail "random-$seed: $(cat "$tmp/err")"
done
