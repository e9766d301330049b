#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that call each other in a ring can only be read, and tested, together.
# This test reads from the built libraries which file uses a symbol of which
# other one, and follows that.  No ring may have more than two files, and a pair
# must stand below, with the reason why it is one.
#
#	make check TESTS=tests/knots.sh		# as part of the build
#	tests/knots.sh				# in the directory of a build
#
# A call through a pointer is no use of a symbol: a table of operations that its
# owner registers is how a lower file calls a higher one.
set -eu
export LC_ALL=C
src=$(cd "$(dirname "$0")/.." && pwd)

# FILE FILE  why these two are a pair.
meant() {
	cat <<-'END'
	array.c vmalloc.c      the page array of a large area is itself allocated by vmalloc
	page.c shortage.c      a failed allocation looks at what the zones have left
	loop.c watchdog.c      the loop wakes its watchdog, which hands on the lead of a loop that is late
	ctl_run.c ctl_vmap.c   the commands; vmap is one of them, and long enough for its own file
	END
}

libraries() {
	local dir lib

	for dir in "$src"/src/*/; do
		# A folder of scripts has no library.
		[ -n "$(find "$dir" -name '*.c' -print -quit)" ] || continue
		lib=lib$(basename "$dir").a
		[ -f "$lib" ] || {
			echo "no $lib here: run this in the directory of a build, after make" >&2
			exit 1
		}
		echo "$lib"
	done
}

# One line for each ring: its files.  nm -P -A says "LIBRARY[OBJECT]: NAME TYPE ...".
rings() {
	nm -P -A "$@" | awk '
	{
		file = $1
		sub(/.*\[/, "", file)
		sub(/\.o\]:$/, "", file)
		sub(/^lib[a-z]*_a-/, "", file)
		files[file]
		if ($3 == "U")
			uses[file, ++nr_uses[file]] = $2
		else if ($3 ~ /^[A-Z]$/)
			home[$2] = file
	}
	# Marks what can be reached from `start`.
	function reach(start, file,	i, next_file) {
		for (i = 1; i <= nr_uses[file]; i++) {
			if (!((file, i) in uses) || !(uses[file, i] in home))
				continue
			next_file = home[uses[file, i]]
			if (next_file == file || (start, next_file) in reached)
				continue
			reached[start, next_file]
			reach(start, next_file)
		}
	}
	END {
		for (file in files)
			reach(file, file)
		for (file in files) {
			if (file in told || !((file, file) in reached))
				continue
			for (other in files)
				if ((file, other) in reached && (other, file) in reached) {
					told[other]
					print file, other ".c"
				}
		}
	}' | sort | awk '
	$1 != ring { printf "%s%s", (NR > 1 ? "\n" : ""), $2; ring = $1; next }
	{ printf " %s", $2 }
	END { if (NR) print "" }'
}

libs=$(libraries)
# shellcheck disable=SC2086
found=$(rings $libs)
failed=0

complain() {
	echo "$*"
	failed=1
}

# within RING LISTED: true if each file of RING is in LISTED.
within() {
	local file

	for file in $1; do
		case " $2 " in
		*" $file "*) ;;
		*) return 1 ;;
		esac
	done
}

allowed() {
	local pair

	while read -r pair; do
		within "$1" "$pair" && return
	done < <(meant | awk '{ print $1, $2 }')
	return 1
}

while read -r ring; do
	[ -z "$ring" ] || allowed "$ring" || complain "these files call in a ring: $ring"
done <<<"$found"

for file in $(meant | awk '{ print $1, $2 }'); do
	case " ${found//$'\n'/ } " in
	*" $file "*) ;;
	*) complain "$file is in no ring any more: take it out of the list in tests/knots.sh" ;;
	esac
done
exit $failed
