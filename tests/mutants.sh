#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mutants.sh [--draw N SEED] [--only TEXT]: does a test see it when one line is wrong?
#
# Each line of mutants.txt names a source file, a test, and a sed expression that
# breaks the file.  The file is compiled with that change, and the test must fail.
# A unit test is linked with it; for a script, the program that it starts is.  If the file
# is a header, the unit test itself is compiled with it.  A
# change that changes nothing, or does not compile, is an error of the list.  With
# --draw only N of them are tried; SEED, any text such as a commit's hash, says
# which.  With --only, those whose line has TEXT are tried.
#
# It runs in the build directory, after make check has built the tests.  MUTANTS names
# another list.
set -u
export LC_ALL=C
src=$(cd "$(dirname "$0")/.." && pwd)
build=$PWD
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
IFS=' ' read -r -a cc <<<"${CC:-cc}"

# variable NAME...: the values of make's variables, in this order.
variable() {
	local name

	for name in "$@"; do
		sed -n "s/^$name = //p" Makefile
	done
}

IFS=' ' read -r -a cflags < <(variable DEFS GLIB_CFLAGS FUSE_CFLAGS ZLIB_CFLAGS ZSTD_CFLAGS \
	KDUMPFILE_CFLAGS | tr '\n' ' ')
IFS=' ' read -r -a libs < <(variable CHECK_LIBS GLIB_LIBS FUSE_LIBS ZLIB_LIBS ZSTD_LIBS \
	KDUMPFILE_LIBS | tr '\n' ' ')
archives=(libinfo.a libreplay.a libfs.a libinput.a libshow.a libvmalloc.a libmachine.a)

list=$(grep -v "^#" "${MUTANTS:-$src/tests/mutants.txt}")
if [ "${1-}" = --draw ]; then
	# Sorted by a checksum of the line and the seed.
	list=$(while IFS= read -r line; do
		printf '%s\t%s\n' "$(printf '%s%s' "$3" "$line" | md5sum | cut -c1-16)" "$line"
	done <<<"$list" | sort | head -n "$2" | cut -f2-)
elif [ "${1-}" = --only ]; then
	list=$(grep -F -e "$2" <<<"$list")
fi

# link OUTPUT OBJECT...: the objects come before the libraries, which have the same
# functions as they should be.
link() {
	local output=$1

	shift
	"${cc[@]}" -pthread "$@" "${archives[@]}" "${libs[@]}" -lm -o "$output" 2>"$dir/errors"
}

# The object that has main(), of the program that a script starts, and what names the
# program to the script.
program_of() {
	case $1 in
	tests/fs/*) echo src/fs/start/vmallocfs-vmallocfs.o VMALLOCFS ;;
	tests/replay/*) echo src/replay/vmallocfs_replay-vmallocfs_replay.o VMALLOCFS_REPLAY ;;
	tests/info/*) echo src/info/vmallocfs_info-vmallocfs_info.o VMALLOCFS_INFO ;;
	esac
}

# fails TEST OBJECT: with of_header set the object is the test itself.  Runs the test with the mutant; true if it fails, as it should.
fails() {
	local test=$1 object=$2 main name options=()

	case $test in
	*.sh)
		read -r main name < <(program_of "$test")
		link "$dir/program" "$main" "$object" || { echo "it does not link" && return; }
		env "$name=$dir/program" timeout 90 "$BASH" "$src/$test" >"$dir/out" 2>&1
		case $? in
		0) false ;;
		77) echo "the test was skipped" ;;
		esac
		;;
	*)
		# Some tests put themselves between the program and a library.
		read -r -a options < <(sed -n "s/^tests_unit_${test}_LDFLAGS = \$(AM_LDFLAGS) //p" \
			"$src/tests/unit/local.mk")
		[ -n "$of_header" ] || options=("tests/unit/$test.o" "${options[@]}")
		link "$dir/test" "$object" "${options[@]}" || { echo "it does not link" && return; }
		! (cd "$dir" && srcdir=$src timeout 90 ./test >out 2>&1)
		;;
	esac
}

# try FILE TEST SED: why it is no good; nothing if the test failed, as it should.
try() {
	local file=$1 test=$2 expression=$3 mutant=$dir/$1 object=$dir/mutant.o of_header=

	mkdir -p "${mutant%/*}"
	sed -e "$expression" "$src/$file" >"$mutant"
	cmp -s "$src/$file" "$mutant" && echo "the expression changes nothing" && return
	if [ "${file%.h}" != "$file" ]; then
		of_header=1 mutant=$src/tests/unit/$test.c
	fi
	"${cc[@]}" -std=gnu11 -D_GNU_SOURCE -O1 -w -pthread "${cflags[@]}" -I. -Isrc/show/page \
		-I"$dir/src" -I"$src/include" -I"$src/src" -c "$mutant" -o "$object" 2>"$dir/errors" ||
		{ echo "it does not compile" && return; }
	fails "$test" "$object" || echo "it lives"
}

# worker N OF: tries each line whose number is N modulo OF, and says what is wrong.
worker() {
	local file test expression why at=0 dir=$tmp/$1

	mkdir "$dir"
	while IFS=$'\t' read -r file test expression; do
		[ $((at++ % $2)) = "$1" ] || continue
		why=$(try "$file" "$test" "$expression")
		rm -rf "${dir:?}/src"
		[ -z "$why" ] && continue
		echo "$file: $expression: $why ($test)"
	done <<<"$list"
}

cd "$build" || exit 1
workers=$(nproc)
for ((i = 0; i < workers; i++)); do
	worker "$i" "$workers" >"$tmp/said.$i" &
done
wait
cat "$tmp"/said.*
tried=$(grep -c . <<<"$list")
wrong=$(cat "$tmp"/said.* | grep -c .)
echo "$tried mutants tried, $wrong wrong"
[ "$tried" -gt 0 ] && [ "$wrong" = 0 ]
