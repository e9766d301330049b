#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scripts of map.html, read by a JavaScript parser: node's, or Chromium's.
# Each of them parses alone, and declares the one name that its file has (space.js:
# Space); all of them together, as the page runs them, declare no name twice.
set -eu -o pipefail
top_srcdir=$(cd "$(dirname "$0")/.." && pwd)
page=$top_srcdir/src/show/page
export PYTHONDONTWRITEBYTECODE=1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-scripts.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

has_chromium() {
	python3 -c "import sys; sys.path.insert(0, '$top_srcdir/tests/fs'); import browser
sys.exit(not browser.find())" 2>/dev/null
}

# parses FILE...: prints the names of those that a parser accepts, what is wrong
# with the others goes to $tmp/errors.
if node=$(type -P node || type -P nodejs); then
	parses() {
		local file
		for file; do
			if "$node" --check "$file" 2>>"$tmp/errors"; then echo "$file"; fi
		done
	}
elif has_chromium; then
	parses() {
		mkdir -p "$tmp/browser"
		python3 "$top_srcdir/tests/scripts.py" "$tmp/browser" "$@" 2>>"$tmp/errors"
	}
else
	echo "SKIPPED: this needs node or Chromium"
	exit 77
fi

# Strict, as in the page.
strict() {
	echo "'use strict';"
	cat "$@"
}

good=() bad=() scripts=()
for script in $(sed -n 's/^@include \(.*\.js\)$/\1/p' "$page/map.html"); do
	name=${script%.js}
	strict "$page/$script" >"$tmp/$script"
	good+=("$tmp/$script")
	# Refused if the file declares that name, and only then.
	{ cat "$tmp/$script"; echo "let ${name^};"; } >"$tmp/twice-$script"
	bad+=("$tmp/twice-$script")
	scripts+=("$page/$script")
done
strict "${scripts[@]}" >"$tmp/all.js"
good+=("$tmp/all.js")

parses "${good[@]}" >"$tmp/parsed"
status=0
for file in "${good[@]}"; do
	grep -qxF "$file" "$tmp/parsed" || { echo "${file##*/} does not parse"; status=1; }
done
[ $status = 0 ] || cat "$tmp/errors"
for file in $(parses "${bad[@]}"); do
	echo "${file##*/twice-} does not declare its name"
	status=1
done
[ ${#good[@]} -gt 2 ] || { echo "map.html includes no scripts"; status=1; }
exit $status
