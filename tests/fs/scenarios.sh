#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# doc/scenarios/: each plays on a mount as its head says, without its pauses, and in a
# replay, and what it says is so.
. "$(dirname "$0")/lib.sh"
scenarios=$top_srcdir/doc/scenarios
replay=$top_builddir/vmallocfs-replay

# play NAME: mounts as the head of the file says and runs it; "$failed" are the lines that failed.
play() {
	local options line seconds
	file=$scenarios/$1.ctl
	options=$(sed -n 's/^#	vmallocfs -o \([^ ]*\) mnt$/\1/p' "$file")
	[ -n "$options" ] || fail "$1 does not say how to mount"
	seconds=$(awk '$1 == "sleep" { sum += $2 } END { print int(sum) }' "$file")
	[ "$seconds" -ge 10 ] && [ "$seconds" -le 60 ] || fail "$1 takes $seconds s"
	start_fs -o "$options"
	failed=
	exec 8>"$mnt/ctl" 9>&2 2>/dev/null
	while read -r line; do
		case $line in
		sleep*) ;;
		*) printf '%s\n' "$line" >&8 || failed="$failed$line;" ;;
		esac
	done <"$file"
	exec 8>&- 2>&9 9>&-
	history=$(<"$mnt/sys/kernel/mm/vmalloc/history")
	is "$(grep -c ' say - 0 - ' <<<"$history")" "$(grep -c '^say ' "$file")" "$1: said"
}
# lies NAME PAGE: the area begins at that page of the window.
lies() {
	is "$(addr "$1")" "$(printf '0x%x' $((0xffffc90000000000 + $2 * 4096)))" "$1: "
}
# replayed ARGUMENT...: the scenario, as its head says.
replayed() {
	local options
	options=$(sed -n 's/^#	vmallocfs-replay \(.*\) doc.*$/\1/p' "$file")
	# shellcheck disable=SC2086 # words
	"$replay" $options "$@" "$file"
}
failures_of() { awk '$4 == "fail"' <<<"$history"; }
# same_end: the areas of the mount are those of the replay.
same_end() {
	local last
	last=$(replayed --json | sed -n 's/^\t"events": \([0-9]*\),*$/\1/p')
	replayed "--at=$last" "--layout=$tmp/layout" >/dev/null
	is "$(awk '$NF != "unpurged" { print $1, $2 }' "$tmp/layout")" \
		"$(awk '$NF != "unpurged" && /^0x/ { print $1, $2 }' "$mnt/proc/vmallocinfo")" "the end of $file"
}

play first-failure
is "$failed" "vmalloc big 256K;"
is "$(failures_of | wc -l)" 1
failures_of | has 'the largest hole has 49 pages'
lies big 49
replayed >"$tmp/out"
is "$(grep -c 'do not fit' "$tmp/out")" 1
grep -q '3 holes with 442368 bytes' "$tmp/out" || fail "not 108 pages: $(cat "$tmp/out")"
same_end
stop_fs

play picket-fence
is "$failed" "vmalloc big 128K;"
is "$(failures_of | wc -l)" 1
failures_of | has 'the largest hole has 19 pages'
lies big 28
replayed >"$tmp/out"
grep -q "14 holes with $((227 * 4096)) bytes" "$tmp/out" || fail "not 227 pages: $(cat "$tmp/out")"
same_end
stop_fs

play lazy-purge
is "$failed" ""
# e lies above d, where a would fit; the free of e purges five ranges; f is where a was.
is "$(awk '$4 ~ /alloc|purge/ { sub(/-.*/, "", $5); print $4, substr($5, 13), $7, NF - 7 }' <<<"$history")" \
	"alloc 000000 a 0
alloc 01f000 b 0
alloc 03e000 c 0
alloc 05d000 d 0
alloc 07c000 e 0
purge 000000 - 5
alloc 000000 f 0
purge 000000 - 1"
is "$(key lazy)" 0
# The same in the replay: after the ninth event, which is the free of d, all still wait.
replayed --at=9 "--layout=$tmp/layout" >/dev/null
is "$(awk '{ print substr($1, 13, 6), $3 }' "$tmp/layout" | cut -d+ -f1)" "07c000 e
$(printf '%s unpurged\n' 000000 01f000 03e000 05d000)"
replayed --at=11 "--layout=$tmp/layout" >/dev/null
is "$(awk '{ print substr($1, 13, 6), $3 }' "$tmp/layout" | cut -d+ -f1)" "000000 f"
same_end
stop_fs

play stale-entry
is "$failed" "cpu 0 load 0xffffc90000000000 3;cpu 0 load 0xffffc90000002000;"
grep -q ': 6f6c64$' "$mnt/ctl" || fail "the stale entry: $(cat "$mnt/ctl")"
grep -q ': 000000$' "$mnt/ctl" || fail "the end of b: $(cat "$mnt/ctl")"
if command -v jq >/dev/null; then
	is "$(jq -r '.history[] | select(.event == "say") | .text' "$mnt/status.json")" \
		"$(sed -n 's/^say //p' "$file")"
fi
is "$(logged 'unable to handle page fault')" 2
is "$(logged 'past the end of b, in its guard page')" 1
is "$(logged 'a freed range, .*, which was a until event')" 1
stop_fs

# doc/scenarios.md has them all.
for file in "$scenarios"/*.ctl; do
	grep -q "^| $(basename "$file") " "$top_srcdir/doc/scenarios.md" || fail "scenarios.md is without $file"
done
