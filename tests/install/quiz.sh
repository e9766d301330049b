#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmallocfs-quiz, and the exercises of doc/exercises.md: each can be made, and is about
# what the page says.
. "$(dirname "$0")/lib.sh"
cd "$tmp"
export VMALLOCFS_REPLAY=${VMALLOCFS_REPLAY:-$top_builddir/vmallocfs-replay}

quiz() {
	"$top_srcdir/src/quiz/vmallocfs-quiz" "$@"
}

# check_answers N: the file key has N requests and as many answers, and the map after each
# has the area where the answer says.
check_answers() {
	awk -v n="$1" '
	function page(addr,  i, v) {
		addr = substr(addr, 13, 3)
		for (i = 1; i <= 3; i++)
			v = v * 16 + index("0123456789abcdef", substr(addr, i, 1)) - 1
		return v
	}
	/^Answers/ { answers = 1; next }
	/^ *[0-9]+\. / { if (answers) given++; else asked++; name = substr($3, 1, 1); at = -1; row = 0 }
	answers && /goes to 0x/ { at = page($3); places++ }
	answers && /frees 0x/ { at = page($2); places++; name = "[.~+]" }
	answers && /^     c9/ {
		compared += at >= 0 && int(at / 64) == row
		if (at >= 0 && int(at / 64) == row && substr($2, at % 64 + 1, 1) !~ name) {
			print "no " name " at page " at ": " $0
			exit 1
		}
		row++
	}
	END { if (compared != places) { print places " places, " compared " compared"; exit 1 }
		if (asked != n || given != n) { print asked " requests, " given " answers, not " n; exit 1 } }' key
}

# What the answers to each exercise of the page must have in them.
about=(
	'goes to'
	'looks at [2-9] of'
	'fails: '
	'vmalloc . [0-9]+$'
	'frees 0x'
	'fails: .*the largest hole'
	'get_vm_area .* 64K'
	'best-fit'
	'next-fit'
	'top-down'
	'what waits is purged'
	'out of a pool'
)
mapfile -t lines < <(sed -n 's/^    vmallocfs-quiz //p' "$top_srcdir/doc/exercises.md")
is "${#lines[@]}" "${#about[@]}"
for i in "${!lines[@]}"; do
	read -ra words <<<"${lines[$i]}"
	quiz "${words[@]}" -c >key
	n=10
	case ${lines[$i]} in *-n\ *) n=${lines[$i]#*-n } n=${n%% *} ;; esac
	check_answers "$n" || fail "exercise $((i + 1)): ${lines[$i]}"
	grep -qE -- "${about[$i]}" key || fail "exercise $((i + 1)) has nothing about: ${about[$i]}"
done

# Without -c there is the same exercise and no answer.
quiz -s 7 >sheet
quiz -s 7 -c >key
check_answers 10
cmp sheet <(head -n "$(wc -l <sheet)" key)
quiz -s 8 >other
! cmp -s sheet other || fail "two seeds make the same exercise"
# Blocks where the locale has them.
LC_ALL=C.UTF-8 quiz -s 7 | has '│'
! LC_ALL=C quiz -s 7 | grep -q '[^ -~]' || fail "blocks in an ASCII locale"
# The smallest and the largest, and every policy.
quiz --window=32K -n1 -c >key
check_answers 1
quiz --window=1M -n 26 -s 999999 -c >key
check_answers 26
for policy in worst-fit linux-6.1 linux-6.12; do
	quiz --policy=$policy -s 5 -c >key
	check_answers 10
done

# refuses WORD...: with status 2 and one line.
refuses() {
	local status=0
	quiz "$@" >out 2>err || status=$?
	is "$status $(wc -l <err) $(wc -c <out)" "2 1 0" "$*"
}
refuses -s
refuses -s 0
refuses -s x
refuses -n 27
refuses -n 12345678
refuses --window=16K
refuses --window=33K
refuses --window=2M
refuses --window=K
refuses --policy=worst
refuses --list=knobs
refuses extra
is "$(quiz --list=policies)" "$("$VMALLOCFS_REPLAY" --list=policies)"
is "$(quiz --version)" "$("$VMALLOCFS_REPLAY" --version | sed -n '1s/replay/quiz/p')"
quiz --help | has -- --window
