#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh [--all]: installs what is missing, builds, and runs every test: unit,
# model and mounted, once plain and once with ASan and UBSan.  Before that it
# looks at the format of the sources and at the messages of commits.  --all adds
# clang, TSan, valgrind, mutants, the fuzzers, make distcheck, musl and arm64.  On a terminal each
# step of make and each test program is a line, as make prints it.  The last
# line is "N passed, N failed, N skipped"; the exit status is 1 if anything
# failed or nothing ran.
#
# Everything happens in a copy of the tree in a temporary directory, which
# stays if something failed; build-check/ gets pictures of map.html.  JOBS=N
# sets how many tests run side by side.
set -u -o pipefail
cd "$(dirname "$0")" || exit 1
top=$(pwd)
export LC_ALL=C

all=
case ${1-} in
'') ;;
--all) all=yes ;;
*)
	echo "usage: check.sh [--all]" >&2
	exit 2
	;;
esac

if [ -n "$all" ]; then .ci/setup all; else .ci/setup check; fi || exit 1

work=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-check.XXXXXX") || exit 1
jobs=${JOBS:-$(nproc)}
passed=0 failed=0 skipped=0
few_ops=100000
dist_tests="tests/layers.sh tests/knots.sh tests/names.sh tests/library/install.sh \
	tests/unit/check_load tests/unit/check_listing tests/unit/check_show \
	tests/replay/recordings.sh tests/info/cases.sh tests/fs/load.sh tests/fs/map_html.sh"

# stage SECONDS TITLE: begins a part of the whole.  The one before it ends, and says
# how long it took beside what it may take on two processors: together an hour.
stage_began=0 stage_budget=
stage() {
	[ -z "$stage_budget" ] ||
		printf '(%d s of %d)\n' $((SECONDS - stage_began)) "$stage_budget"
	stage_began=$SECONDS stage_budget=$1
	[ -z "${2-}" ] || printf '\n== %s\n' "$2"
}

# count FIELD FILE: a number from the head of an automake test-suite.log.
count() {
	sed -n "s/^# $1: *\([0-9]*\)$/\1/p" "$2" | head -n 1
}

# totals DIR: adds up what a run of make check left there.
totals() {
	local log=$1/test-suite.log
	if [ ! -s "$log" ]; then
		echo "no test ran here"
		failed=$((failed + 1))
		return
	fi
	local p=$(($(count PASS "$log") + $(count XFAIL "$log")))
	local f=$(($(count FAIL "$log") + $(count XPASS "$log") + $(count ERROR "$log")))
	local s
	s=$(count SKIP "$log")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "$p passed, $f failed, $s skipped; $SECONDS s so far"
	[ "$s" = 0 ] || grep -h -A 3 '^SKIP' "$log" | grep -e SKIPPED -e '# SKIP' || true
	# The logs of those that failed, less the TAP lines that passed.
	[ "$f" = 0 ] || sed -e '1,/^\.\. contents/d' "$log" | grep -vE '^(ok |PASS: |$)' | tail -n 200
}

# shown LOG: copies make's output to a log, and to a terminal a line for each step
# and test program.  A program's line comes when it has a first result; what did
# not pass gets one of its own.
shown() {
	local line program before=
	if ! [ -t 1 ]; then
		cat >"$1"
		return
	fi
	tee "$1" | while IFS= read -r line; do
		case $line in
		'  '[A-Z]*) printf '%s\n' "$line" ;;
		PASS:\ * | SKIP:\ * | XFAIL:\ * | XPASS:\ * | FAIL:\ * | ERROR:\ *)
			program=${line#* } program=${program%% *}
			case " $before" in
			*" $program "*) ;;
			*)
				before="$before$program "
				printf '  TEST     %s\n' "$program"
				;;
			esac
			case $line in
			PASS:* | XFAIL:*) ;;
			*) printf '%s\n' "$line" ;;
			esac
			;;
		esac
	done
}

# quietly NAME COMMAND...: output goes to a log, which is shown if it fails.
quietly() {
	local log=$work/$1.log
	shift
	"$@" 2>&1 | shown "$log"
	[ "${PIPESTATUS[0]}" = 0 ] && return 0
	tail -n 40 "$log"
	echo "failed: $*"
	failed=$((failed + 1))
	return 1
}

# configured NAME CONFIGURE-ARGUMENT...: a directory to build in.
configured() {
	local name=$1
	shift
	mkdir "$work/$name" && cd "$work/$name" || exit 1
	quietly "$name-configure" "$work/src/configure" --enable-werror "$@"
}

# build NAME CONFIGURE-ARGUMENT...: an out-of-tree build of everything.
build() {
	configured "$@" && quietly "$1-make" make -j"$jobs" bench-programs
}

# run NAME TARGET: runs tests in the build of that name.
run() {
	cd "$work/$1" || exit 1
	rm -f test-suite.log
	make -j"$jobs" "$2" 2>&1 | shown "$work/$1-$2.log"
	local status=${PIPESTATUS[0]} before=$failed
	totals "$work/$1"
	# Tests may all pass and make fail all the same: a program did not build.
	if [ "$status" != 0 ] && [ "$failed" = "$before" ]; then
		tail -n 40 "$work/$1-$2.log"
		failed=$((failed + 1))
	fi
}

# count_one STATUS: adds up something that passed (0), was skipped (77) or failed.
count_one() {
	case $1 in
	0) passed=$((passed + 1)) && echo passed ;;
	77) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
}

# Lets the hook look at the message of each commit since the one that added it.
check_commits() {
	local hook=.githooks/commit-msg added range commit status=0
	if ! git -C "$top" ls-files --error-unmatch $hook >/dev/null 2>&1; then
		echo "SKIPPED: this is no git tree"
		return 77
	fi
	added=$(git -C "$top" log --diff-filter=A --format=%H -- $hook | tail -n 1)
	if [ -z "$added" ]; then
		echo "SKIPPED: the hook is not committed"
		return 77
	fi
	range=HEAD
	# In a clone that is cut short there may be nothing before it.
	! git -C "$top" rev-parse -q --verify "$added^" >/dev/null || range="$added^..HEAD"
	for commit in $(git -C "$top" rev-list --no-merges --reverse "$range"); do
		git -C "$top" log -1 --format=%B "$commit" >"$work/message"
		sh "$top/$hook" "$work/message" || { echo "in commit $commit" && status=1; }
	done
	return $status
}

# A copy of what git knows or would know, or of everything where there is no git.
mkdir "$work/src"
if git -C "$top" ls-files >/dev/null 2>&1; then
	git ls-files -z --cached --others --exclude-standard |
		while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || printf '%s\0' "$file"
		done | tar -c --null -T - | tar -x -C "$work/src"
else
	tar -c --exclude=./build-* --exclude='*.o' . | tar -x -C "$work/src"
	[ ! -f "$work/src/Makefile" ] || make -C "$work/src" distclean >/dev/null 2>&1
fi
cd "$work/src" || exit 1

stage 60 "format of the sources"
.ci/format
count_one $?

stage 30 "messages of commits"
check_commits
count_one $?

stage 30 "configure"
if quietly autoreconf autoreconf -i; then
	stage 720 "gcc: unit, model and mounted tests"
	# Pictures of map.html are kept, whatever becomes of the rest.
	mkdir -p "$top/build-check"
	build gcc CC=gcc && MAP_LOOKS=$top/build-check run gcc check
	cp -f "$work"/gcc/map_*.png "$top/build-check/" 2>/dev/null

	stage 1080 "gcc with ASan and UBSan: the same"
	# The model's million operations ran above.  Here it is the accesses that count.
	build asan CC=gcc --enable-sanitizers && VMALLOCFS_OPS=$few_ops run asan check

	if [ -n "$all" ]; then
		stage 360 "clang: unit and model tests, programs, two mounted tests"
		build clang CC=clang && VMALLOCFS_OPS=$few_ops run clang check-compiler

		stage 300 "TSan: unit tests that start threads, and the stress test"
		configured tsan CC=gcc --enable-tsan && run tsan check-tsan

		stage 480 "valgrind: unit tests"
		[ -d "$work/gcc" ] && run gcc check-valgrind

		stage 180 "twenty mutants, drawn by the commit"
		commit=$(git -C "$top" rev-parse -q --verify HEAD) || commit=none
		cd "$work/gcc" && quietly mutants env CC=gcc "$work/src/tests/mutants.sh" --draw 20 "$commit" &&
			passed=$((passed + 1)) && echo passed

		stage 180 "the fuzzers, 10 s each"
		configured fuzz CC=clang --enable-fuzzing && quietly fuzz make -j"$jobs" fuzz FUZZ_SECONDS=10 &&
			passed=$((passed + 1)) && echo passed

		# Whether the tarball is whole shows in the tests that need its data; all of
		# them have run above.
		stage 240 "make distcheck, with the tests of data and installation"
		cd "$work/gcc" && quietly distcheck make -j"$jobs" distcheck TESTS="$dist_tests" &&
			passed=$((passed + 1)) && echo passed

		stage 60 "kernels under QEMU, and what is read of their dumps"
		cd "$work/gcc" && VMALLOCFS_GUEST_SECONDS=60 timeout -k 10 300 bash "$work/src/tests/kernels/real.sh"
		count_one $?

		stage 120 "the core with musl and for arm64, and an RPM's source"
		[ -d "$work/gcc" ] && run gcc check-packages-quick

		stage 30 "the tarball and git agree"
		if git -C "$top" ls-files --error-unmatch configure.ac >/dev/null 2>&1; then
			git -C "$work/src" init -q && git -C "$work/src" add -A &&
				quietly check-dist make check-dist && passed=$((passed + 1)) && echo passed
		else
			echo "skipped: this is no git tree"
			skipped=$((skipped + 1))
		fi
	fi
fi

cd "$top" || exit 1
stage 0
echo
if [ "$failed" = 0 ]; then
	rm -rf "$work"
else
	echo "logs: $work"
fi
[ "$passed" -gt 0 ] || echo "no test ran"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
