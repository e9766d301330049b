#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core needs no glibc: musl's compiler builds it, the examples and the model test, and
# they run.  So the code that stands in for what only glibc has (src/machine/lock.h) is run.
. "$(dirname "$0")/lib.sh"
requires_tools musl-gcc
cd "$tmp"
flags="-std=gnu11 -O1 -pthread -D_GNU_SOURCE -DPACKAGE_VERSION=\"0\" -I$top_srcdir/include -I$top_srcdir/src"
flags+=" -Wall -Wextra -Werror"
find "$top_srcdir/src/machine" "$top_srcdir/src/vmalloc" -name '*.c' >sources
[ "$(wc -l <sources)" -gt 30 ] || fail "where is the core?"
# One call a file, as many at a time as there are processors.
# shellcheck disable=SC2016,SC2086 # for the inner shell; a list of words
quietly xargs -a sources -P "$(nproc)" -I{} sh -c 'musl-gcc '"$flags"' -c "$1" -o "$(basename "$1" .c).o"' sh {}
ar rc libvmallocfs.a ./*.o
for source in "$top_srcdir"/examples/*.c; do
	name=$(basename "$source" .c)
	# shellcheck disable=SC2086
	quietly musl-gcc $flags -static "$source" libvmallocfs.a -o "$name"
	"./$name" >"$name.out" || fail "$name fails"
	diff "$top_srcdir/examples/$name.txt" "$name.out" || fail "$name prints something else"
done

# The model test needs no libcheck.
# shellcheck disable=SC2086
quietly musl-gcc $flags -static "$top_srcdir"/tests/model/*.c libvmallocfs.a -o model
VMALLOCFS_OPS=20000 quietly ./model
