#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten million events through a pipe, in little memory.
. "$(dirname "$0")/lib.sh"

! sanitized || skip "this needs a build without sanitizers"

# What a short trace gets by with, a long one does too.  Most of it is the
# address space of the machine's own memory.
limit=262144 # KiB
"$gen" ops 10000 1000 | (ulimit -v $limit && exec "$replay" --csv -) >"$tmp/short"
"$gen" ops 10000000 1000 | (ulimit -v $limit && exec "$replay" --csv --timeline="$tmp/t.svg" -) >"$tmp/long"
expect 10000000 "$(awk -F, 'NR == 2 { print $2 }' "$tmp/long")"

# The same for names that all differ.
awk 'BEGIN { for (i = 0; i < 2000000; i++) printf "alloc name-%d 4096\nfree name-%d\n", i, i }' |
	(ulimit -v $limit && exec "$replay" --csv -) >"$tmp/names"
expect 4000000 "$(awk -F, 'NR == 2 { print $2 }' "$tmp/names")"
