#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --load= takes a crash dump as it takes the text of the same moment.
. "$(dirname "$0")/lib.sh"
dumps=$top_srcdir/tests/data/dump
printf 'vmalloc a 64K\nvfree a\nvmalloc b 1M\n' >"$tmp/trace"
"$replay" --version >"$tmp/version"
if ! grep -q '^crash dumps: read, ' "$tmp/version"; then
	! "$replay" --load="$dumps/6.1-kaslr.elf.zst" "$tmp/trace" 2>"$tmp/err" || fail "it was read"
	grep -q libkdumpfile "$tmp/err"
	exit 0
fi
for form in elf.zst vmallocinfo.txt; do
	"$replay" --json --load="$dumps/6.1-kaslr.$form" --svg="$tmp/$form.svg" "$tmp/trace" \
		>"$tmp/$form" 2>"$tmp/err"
	grep -q '104 areas' "$tmp/err"
done
# All is the same except for the time it took.
diff <(grep -v ns_per_event "$tmp/elf.zst") <(grep -v ns_per_event "$tmp/vmallocinfo.txt")
cmp "$tmp/elf.zst.svg" "$tmp/vmallocinfo.txt.svg"

# A dump is no trace.
zstd -dqf "$dumps/6.1-kaslr.elf.zst" -o "$tmp/dump"
! "$replay" "$tmp/dump" 2>"$tmp/err" || fail "a dump was read as a trace"
[ "$(wc -l <"$tmp/err")" = 1 ] || fail "$(cat "$tmp/err")"
