#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A layer includes its own headers, those of the layers below, and the
# libraries it may use.  The compiler's flags keep GLib out of the core; this
# catches the rest.
set -eu
cd "$(dirname "$0")/.."

public_machine='vmallocfs/(types|machine|page|pgtable)\.h'
public_vmalloc="$public_machine|vmallocfs/vmalloc\.h"
failed=0

# layer DIR ALLOWED FORBIDDEN: ALLOWED of our own headers; FORBIDDEN of others'.
layer() {
	local file line name
	for file in "src/$1"/*.[ch]; do
		while IFS= read -r line; do
			name=$(printf '%s\n' "$line" | sed -E 's/.*[<"]([^>"]*)[>"].*/\1/')
			case $name in
			vmallocfs/* | machine/* | vmalloc/* | show/* | fs/* | replay/*)
				printf '%s\n' "$name" | grep -qE "^($2)\$" && continue
				;;
			*)
				printf '%s\n' "$name" | grep -qE "^($3)" || continue
				;;
			esac
			echo "$file: may not include $name"
			failed=1
		done < <(grep -E '^[[:space:]]*#[[:space:]]*include' "$file")
	done
}

layer machine "$public_machine|machine/.*" 'glib|gio|gmodule|fuse|check'
layer vmalloc "$public_vmalloc|machine/.*|vmalloc/.*" 'glib|gio|gmodule|fuse|check'
layer show "$public_vmalloc|machine/.*|vmalloc/.*|show/.*" 'fuse|check'
layer fs "$public_vmalloc|show/.*|fs/.*" 'check'
layer replay "$public_vmalloc|show/.*|replay/.*" 'fuse|check'

# The public headers need nothing but each other and libc.
for file in include/vmallocfs/*.h; do
	if grep -nE '#[[:space:]]*include' "$file" |
		grep -E '"|<(glib|gio|fuse|machine/|vmalloc/|show/|fs/|replay/)'; then
		echo "$file: may include public headers and libc alone"
		failed=1
	fi
done
exit $failed
