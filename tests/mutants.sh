#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mutants.sh [--draw N SEED]: does a test see it when one line of the core is wrong?
#
# Each line of mutants.txt names a source file, a unit test, and a sed expression
# that breaks the file.  The file is compiled with that change, the test is linked
# with it, and must fail.  A change that changes nothing, or does not compile, is an
# error of the list.  With --draw only N of them are tried; SEED, any text such as a
# commit's hash, says which.
#
# It runs in the build directory, after make check has built the tests.
set -u
export LC_ALL=C
src=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
IFS=' ' read -r -a cc <<<"${CC:-cc}"
IFS=' ' read -r -a libs <<<"$(pkg-config --libs check)"

list=$(grep -v '^#' "$src/tests/mutants.txt")
if [ "${1-}" = --draw ]; then
	# Sorted by a checksum of the line and the seed.
	list=$(while IFS= read -r line; do
		printf '%s\t%s\n' "$(printf '%s%s' "$3" "$line" | md5sum | cut -c1-16)" "$line"
	done <<<"$list" | sort | head -n "$2" | cut -f2-)
fi

# try FILE TEST SED: why it is no good; nothing if the test failed, as it should.
try() {
	local file=$1 test=$2 expression=$3 mutant=$tmp/$1 object=$tmp/mutant.o

	mkdir -p "${mutant%/*}"
	sed -e "$expression" "$src/$file" >"$mutant"
	cmp -s "$src/$file" "$mutant" && echo "the expression changes nothing" && return
	"${cc[@]}" -std=gnu11 -O1 -w -pthread -I"$src/include" -I"$src/src" -c "$mutant" \
		-o "$object" 2>"$tmp/errors" || { echo "it does not compile" && return; }
	"${cc[@]}" -pthread "tests/unit/$test.o" "$object" libvmalloc.a libmachine.a \
		"${libs[@]}" -o "$tmp/test" 2>"$tmp/errors" || { echo "it does not link" && return; }
	(cd "$tmp" && timeout 60 ./test >"$tmp/out" 2>&1) && echo "it lives"
}

tried=0 wrong=0
while IFS=$'\t' read -r file test expression; do
	why=$(try "$file" "$test" "$expression")
	tried=$((tried + 1))
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	echo "$file: $expression: $why ($test)"
done <<<"$list"
echo "$tried mutants tried, $wrong wrong"
[ "$tried" -gt 0 ] && [ "$wrong" = 0 ]
