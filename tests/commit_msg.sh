#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hook that looks at commit messages: what it lets pass, and what it refuses.
set -eu
hook=$(cd "$(dirname "$0")/.." && pwd)/.githooks/commit-msg
tmp=$(mktemp "${TMPDIR:-/tmp}/vmallocfs-commit_msg.XXXXXX")
trap 'rm -f "$tmp"' EXIT
why='

It was too slow for that.'
long=$(printf 'x%.0s' {1..101})
failed=0

# judges WANTED MESSAGE: 0 is "passes", 1 is "refused".
judges() {
	local status=0
	printf '%s\n' "$2" >"$tmp"
	sh "$hook" "$tmp" 2>/dev/null || status=$?
	[ $status = "$1" ] || { echo "status $status, not $1: $2"; failed=1; }
}
passes() { judges 0 "$1"; }
refused() { judges 1 "$1"; }

passes "fs: find a name by its hash$why"
passes "fs, show: pass the options on$why"
passes "check.sh: feed the tests one by one$why"
passes "fs: re-read what has changed$why"
passes "src/fs: process requests as they come$why

Signed-off-by: A. N. Other <other@example.org>"
passes "doc: add a page on locking$why
# Please enter the commit message for your changes. $long $long
# ------------------------ >8 ------------------------
diff --git $long $long"
passes "doc: say where the figures are$why
https://example.org/$long
    quoted as it was: $long $long"
passes "fixup! fs: find a name by its hash"

refused "find a name by its hash$why"
refused "fs: find a name by its hash$why
$long $long"
refused "fs: adds a hash$why"
refused "fs: added a hash$why"
refused "fs: re-reads what has changed$why"
refused "fs: adding a hash$why"
refused "fs: Find a name by its hash$why"
refused "fs: find a name by its hash.$why"
refused "fs: find a name by its hash, which is one of sixty-four bits, and by nothing else$why"
refused "fs: find a name by its hash"
refused "fs: find a name by its hash
It was too slow for that."
refused "fs: find a name by its hash

Signed-off-by: A. N. Other <other@example.org>"
refused "Merge branch 'fs'$why"
exit $failed
