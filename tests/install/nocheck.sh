#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Without libcheck the programs are configured and built all the same, and the unit tests say
# what they need.  Without libkdumpfile there is no reader of dumps, and it says so.
. "$(dirname "$0")/lib.sh"
requires_tools pkg-config
mkdir "$tmp/pc" "$tmp/build"
# All that pkg-config knows but these two.
for dir in $(pkg-config --variable=pc_path pkg-config | tr : ' '); do
	find "$dir" -maxdepth 1 -name '*.pc' ! -name check.pc ! -name 'libkdumpfile*.pc' \
		-exec ln -sf {} "$tmp/pc" \; 2>/dev/null || true
done
export PKG_CONFIG_LIBDIR=$tmp/pc
unset PKG_CONFIG_PATH
cd "$tmp/build"
quietly "$top_srcdir/configure" --disable-lto CFLAGS=-O0 CC="${CC-gcc}"
has 'libcheck 0.12 is missing' <config.log || fail "configure says nothing of libcheck"
quietly env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j"$(nproc)"
./vmallocfs --version >version
[ -x vmallocfs-info ] && [ -x vmallocfs-replay ] || fail "a program is missing"
! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s tests/unit/check_page >check.log 2>&1 ||
	fail "a unit test was built without libcheck"
has -i 'libcheck' <check.log || fail "what is missing: $(cat check.log)"
dump=$top_srcdir/tests/data/dump/6.1-kaslr.elf.zst
status=0
./vmallocfs-info "$dump" >out 2>err || status=$?
is "$status $(wc -l <err)" "1 1" "$(cat err)"
has 'libkdumpfile' <err || fail "what info says of a dump: $(cat err)"
