#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A function or a type has one name in src/, and no other one has it, not even a
# static one in another file: a debugger's breakpoint, a line of a profile and a
# search then lead to one place.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

# Every program has one.
meant="function:main"
# Where there is no libkdumpfile, functions of the same names say so.
meant="$meant function:dump_open function:dump_close function:dump_version"
meant="$meant function:dump_listing_read function:dump_node_of function:dump_file_ref"
meant="$meant function:dump_file_close function:dump_file_has function:dump_file_pages"
meant="$meant function:dump_file_read_physical"

# "NAME FILE" for each function and each struct, union and enum that a file defines.
definitions() {
	awk '
	FNR == 1 { head = "" }
	# A type: the brace stands on its line.
	/^((typedef|static|const) )*(struct|union|enum) [a-z_0-9]+ \{/ {
		gsub(/^(typedef |static |const )+/, "")
		print $1 ":" $2, FILENAME
		next
	}
	# A function: the brace stands alone, after the lines of its head.
	$0 == "{" {
		if (head ~ /\(/) {
			gsub(/__attribute__\(\([^)]*\)*\)/, "", head)
			sub(/\(.*/, "", head)
			sub(/[ \t]+$/, "", head)
			sub(/.*[^A-Za-z_0-9]/, "", head)
			print "function:" head, FILENAME
		}
		head = ""
		next
	}
	/^[#}\/]/ || /^ \*/ || /;$/ || /^$/ { head = ""; next }
	{ head = head " " $0 }' "$@"
}

all=$(find src -name '*.[ch]' -exec cat {} + | wc -l)
mapfile -t files < <(find src -name '*.[ch]' | sort)
doubled=$(definitions "${files[@]}" |
	awk '{ n[$1]++; files[$1] = files[$1] " " $2 }
	END { for (name in n) if (n[name] > 1) print name files[name] }' | sort)
failed=0

complain() {
	echo "$*"
	failed=1
}

[ "$all" -gt 0 ] || complain "no source found"
while read -r name where; do
	[ -n "$name" ] || continue
	case " $meant " in
	*" $name "*) ;;
	*) complain "$name is defined more than once: $where" ;;
	esac
done <<<"$doubled"
exit $failed
