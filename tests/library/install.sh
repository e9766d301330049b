#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A staged installation serves a program that knows nothing but pkg-config: the
# examples build from it, run, and print what they should, in C and in C++.
. "$(dirname "$0")/lib.sh"
needs_cxx

stage=$tmp/stage
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s install DESTDIR="$stage" >"$tmp/log" 2>&1 || {
	cat "$tmp/log"
	fail "make install"
}
pc=$(find "$stage" -name vmallocfs.pc)
[ -n "$pc" ] || fail "there is no vmallocfs.pc"

# pkg-config puts the stage before each path, also before those that are a compiler's own.
export PKG_CONFIG_SYSROOT_DIR=$stage PKG_CONFIG_LIBDIR=${pc%/*}
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
flags=$(pkg-config --cflags --libs vmallocfs)
case $flags in
*"$srcdir/include"*) fail "vmallocfs.pc leads to the source tree: $flags" ;;
esac

examples=$(find "$stage" -type d -name examples)
[ -n "$examples" ] || fail "there are no examples"
count=0
cd "$tmp"
for source in "$examples"/*.c; do
	name=$(basename "$source" .c)
	# shellcheck disable=SC2086
	$CC -std=c11 -pedantic -Wall -Wextra -Werror $TEST_CFLAGS "$source" $flags -o "$name" ||
		fail "$name.c does not build"
	"./$name" >"$name.out" || fail "$name fails"
	diff "$examples/$name.txt" "$name.out" || fail "$name prints something else"
	# shellcheck disable=SC2086
	$CXX -std=c++17 -pedantic -Wall -Wextra -Werror $TEST_CFLAGS -x c++ "$source" -x none $flags -o "$name" ||
		fail "$name.c does not build as C++"
	"./$name" | diff "$examples/$name.txt" - || fail "$name prints something else as C++"
	count=$((count + 1))
done
[ $count = 3 ] || fail "$count examples"

# Both languages find each member at the same place.
for language in c c++; do
	# shellcheck disable=SC2086
	$CC -x $language "$srcdir/tests/library/sizes.c" -x none $flags $TEST_CFLAGS -o sizes-$language &&
		./sizes-$language >sizes-$language.out || fail "sizes.c as $language"
done
diff sizes-c.out sizes-c++.out || fail "C and C++ differ about a structure"

# What else is there, and what is not.
for file in bin/vmallocfs bin/vmallocfs-{info,quiz,replay,sweep} share/man/man1/vmallocfs{,-info,-quiz,-replay,-sweep}.1 \
	include/vmallocfs/{types,machine,page,pgtable,vmalloc}.h; do
	find "$stage" -path "*/$file" | has . || fail "$file is not installed"
done
for file in share/bash-completion/completions/vmallocfs{,-info,-quiz,-replay,-sweep} share/zsh/site-functions/_vmallocfs; do
	find "$stage" -path "*/$file" | has . || fail "$file is not installed"
done
for page in README NEWS architecture.md hacking.md lifetime.md locking.md vmalloc.md walk.md \
	exercises.md scenarios.md scenarios/lazy-purge.ctl experiments.md experiments/lab.sh sweep.md sweep/study.sh notebook/fragmentation.py \
	systemd/mnt-vmallocfs.mount; do
	find "$stage" -path "*/doc/vmallocfs/$page" | has . || fail "$page is not installed"
done
[ "$(find "$stage" -name '*.a')" = "$(find "$stage" -name libvmallocfs.a)" ] ||
	fail "an archive of one layer is installed"
