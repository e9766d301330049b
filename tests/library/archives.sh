#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All layers fit into one program: no two of them define the same name.
. "$(dirname "$0")/lib.sh"

layers=$(echo lib*.a)
for other in libvmallocfs.a libcore_lto.a; do # the two lower layers again
	layers=$(printf '%s\n' $layers | grep -vxF $other)
done
echo 'int main(void) { return 0; }' >"$tmp/main.c"
# The reader of dumps is in libinput.a where configure found its libraries.
dumps=
nm libinput.a | grep ' U kdump_new$' >/dev/null && dumps="libkdumpfile libbpf"
# shellcheck disable=SC2046,SC2086
$CC $TEST_CFLAGS "$tmp/main.c" -Wl,--whole-archive $layers -Wl,--no-whole-archive \
	$(pkg-config --libs fuse3 glib-2.0 zlib libzstd $dumps) -lm -pthread -o "$tmp/all" ||
	fail "these cannot be linked together: $layers"
"$tmp/all"
