#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each public header can be included alone, from C11 and from C++17, and beside
# <sys/user.h>, which has a PAGE_SIZE, too.
. "$(dirname "$0")/lib.sh"
needs_cxx

# compiles LANGUAGE INCLUDE...: a file that has these includes and nothing else.
compiles() {
	local language=$1 compiler file=$tmp/alone.$1
	shift
	printf '#include <%s>\n' "$@" >"$file"
	# A compiler's name may be two words.
	case $language in
	c) compiler="$CC -std=c11 -Wstrict-prototypes" ;;
	cc) compiler="$CXX -std=c++17" ;;
	esac
	# shellcheck disable=SC2086
	$compiler -pedantic-errors -Wall -Wextra -Wundef -Werror -I"$srcdir/include" \
		-fsyntax-only "$file" || fail "$language: does not compile: $*"
}

for language in c cc; do
	for header in "$srcdir"/include/vmallocfs/*.h; do
		name=vmallocfs/${header##*/}
		compiles $language "$name"
		compiles $language sys/user.h "$name"
		compiles $language "$name" sys/user.h
	done
done

# The example at the top of machine.h is a whole program.
sed -n -e 's/^ \*\t\{0,1\}//' -e '/^#include <vmallocfs/,/^}/p' "$srcdir/include/vmallocfs/machine.h" |
	sed '/^}/q' >"$tmp/example.c"
# shellcheck disable=SC2086
$CC -std=c11 -Wall -Wextra -Werror $TEST_CFLAGS -I"$srcdir/include" "$tmp/example.c" libvmallocfs.a \
	-pthread -o "$tmp/example" || fail "the example of machine.h does not compile"
"$tmp/example" || fail "the example of machine.h fails"
