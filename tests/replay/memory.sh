#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten million events through a pipe, in little memory.
. "$(dirname "$0")/lib.sh"

# A sanitizer takes address space without end, and keeps what was freed for a
# while: there, what a longer trace takes more than a shorter one is looked at.
if sanitized; then
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1"
	requires python3 --version
	resident() {
		"$gen" ops "$1" 1000 | python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$replay" --csv -
	}
	short=$(resident 50000)
	long=$(resident 1000000)
	((long < short + 16384)) || fail "$short KiB for 50,000 events, $long for 1,000,000"
	exit 0
fi

# A long trace needs no more memory than a short one.  Most of it is the
# address space of the machine's own memory.
limit=262144 # KiB
"$gen" ops 10000 1000 | (ulimit -v $limit && exec "$replay" --csv -) >"$tmp/short"
"$gen" ops 10000000 1000 | (ulimit -v $limit && exec "$replay" --csv --timeline="$tmp/t.svg" -) >"$tmp/long"
expect 10000000 "$(awk -F, 'NR == 2 { print $2 }' "$tmp/long")"

# The same for names that all differ.
awk 'BEGIN { for (i = 0; i < 2000000; i++) printf "alloc name-%d 4096\nfree name-%d\n", i, i }' |
	(ulimit -v $limit && exec "$replay" --csv -) >"$tmp/names"
expect 4000000 "$(awk -F, 'NR == 2 { print $2 }' "$tmp/names")"
