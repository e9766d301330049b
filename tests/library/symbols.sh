#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What libvmallocfs.a defines for others is what its headers declare, no more
# and no less: its inner names cannot meet those of a program.
. "$(dirname "$0")/lib.sh"

# The functions and variables that a C file sees declared, less inline ones.
for header in "$srcdir"/include/vmallocfs/*.h; do
	echo "#include <vmallocfs/${header##*/}>"
done >"$tmp/all.c"
# shellcheck disable=SC2086
$CC -E -std=c11 -I"$srcdir/include" "$tmp/all.c" |
	awk '/^# [0-9]+ "/ { ours = $3 ~ /vmallocfs\/[a-z]+\.h"$/ } /^#/ { next } ours' |
	tr '\n\t' '  ' | sed -E -e ':again' -e 's/\{[^{}]*\}/;/g' -e 't again' | tr ';' '\n' |
	grep -vE '^ *(typedef|static) ' |
	sed -nE -e 's/^[^(]*[ *]([A-Za-z_][A-Za-z0-9_]*)\(.*/\1/p' \
		-e 's/^ *extern [^(]*[ *]([A-Za-z_][A-Za-z0-9_]*)(\[.*)?$/\1/p' |
	sort -u >"$tmp/declared"
grep -qx vmalloc "$tmp/declared" || fail "no declarations were found"

# The sanitizers add names of their own.
nm -g --defined-only libvmallocfs.a | awk 'NF == 3 { print $3 }' | grep -vE '^__(asan|odr_asan|tsan)' |
	sort -u >"$tmp/exported"

diff "$tmp/declared" "$tmp/exported" ||
	fail "declared in a header only (<), or exported though no header declares it (>)"
