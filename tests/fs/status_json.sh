#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# status.json and holes, as jq, python and awk read them.
. "$(dirname "$0")/lib.sh"
requires jq --version
requires python3 -c 'import json'
start_fs -o memory=64M,vmalloc=16M
cd "$mnt"

# valid: to two programs, and the same to both.
valid() {
	jq -e . status.json >/dev/null || fail "jq: $1"
	python3 -m json.tool status.json >/dev/null || fail "python3: $1"
	is "$(stat -c %s status.json)" "$(wc -c <status.json)" "its size: $1"
	is "$(jq -r '.figures | to_entries[] | select(.value | type == "number") |
		select(.key | test("^(outside|host_memory|lazy_ranges|pooled_ranges|tlb_.*|.*fragmentation|unusable.*)$") | not) |
		"\(.key) \(.value)"' status.json)" \
		"$(for key in areas mapped unmapped guards lazy pooled holes free largest_hole frames \
			free_frames page_table_frames host_limit nr_tlb_flush nr_flush_cache_vmap \
			nr_flush_cache_vunmap nr_warn nr_bad_page; do echo "$key $(key $key)"; done)" "figures: $1"
	# A long text counts while it is kept, so each read may tell another number.
	jq -e '.figures | 0 < .host_memory and .host_memory < .host_limit' status.json >/dev/null ||
		fail "host_memory: $1"
	is "$(jq -r '.figures.policy' status.json)" "$(key policy)" "$1"
	is "$(jq '.figures.span_fragmentation * 10000 | round' status.json)" \
		"$(key span_fragmentation | tr -d . | sed 's/^0*\(.\)/\1/')" "$1"
	is "$(jq '.figures.unusable_index * 10000 | round' status.json)" \
		"$(key unusable_index | tr -d . | sed 's/^0*\(.\)/\1/')" "$1"
	is "$(jq -r '.machine.cr3' status.json)" "$(key cr3)"
	is "$(jq -r '.areas[] | "\(.start)-\(.end) \(.size) \(.pages) \(.flags | join(","))"' status.json)" \
		"$(awk '/^0x/ { print $1, $2, $3, $4 }' status)" "areas: $1"
}

valid "no area"
truncate -s 60K a b c
truncate -s 5M vmalloc_user/large
truncate -s 8K ioremap/io
ln a vmap/a
rm b
valid "some areas"
is "$(jq -r '.callers[] | "\(.bytes) \(.areas) \(.pages) \(.largest) \(.caller)"' status.json)" \
	"$(cat sys/kernel/mm/vmalloc/callers)" callers
is "$(jq -r '.areas[] | select(.pages > 100) | .name' status.json)" vmalloc_user/large
is "$(jq -c '[.areas[] | select(.file | not) | .name]' status.json)" '["[pages:vmalloc_user/large]"]'

# Every name can be recovered: \ooo is a byte, everything else stands for itself.
names=('a b' $'tab\there' 'back\slash' '"quoted"' '</script' $'\xff\xfe' $'\xc3\xa9' $'cut \xe6\xbc' '\101')
for name in "${names[@]}"; do
	name=${name////_}
	truncate -s 1 "$name"
	printf '%s\0' "$name"
done | sort -z >"$tmp/wanted"
valid "odd names"
python3 -c '
import json, re, sys
areas = json.load(open("status.json"))["areas"]
names = [a["name"].encode() for a in areas if a["requested" if a["file"] else "size"] == 1]
names = [re.sub(rb"\\(...)", lambda m: bytes([int(m[1], 8)]), n) for n in names]
sys.stdout.buffer.write(b"".join(n + b"\0" for n in names))' | sort -z >"$tmp/got"
same "$tmp/got" "$tmp/wanted"

truncate -s 60K p q
rm p

# Holes: each line is one, and they add up to what status says.
holes=sys/kernel/mm/vmalloc/holes
grep ' vmalloc$' $holes >"$tmp/holes"
is "$(wc -l <"$tmp/holes")" "$(key holes)"
is "$(awk '{ n += $3 } END { print n }' "$tmp/holes")" "$(key free)"
is "$(sort -k3,3n "$tmp/holes" | tail -n 1 | cut -d' ' -f3)" "$(key largest_hole)"
while read -r start end size space; do
	[ $((end - start)) = "$size" ] && [ "$space" = vmalloc ] || fail "hole $start $end $size $space"
	[ $((start)) -gt "${last:-$((0xffffc8ffffffffff))}" ] || fail "not ascending: $start"
	last=$((end))
done <"$tmp/holes"
# An area goes into the first that is large enough.
read -r start _ size _ < <(awk '$3 >= 65536' $holes)
truncate -s $((size - 4096)) fills
is "$(addr fills)" "$start"
grep -q "^$start " $holes && fail "the hole is still there"

# The newest events: 1024 of them, in the words of the history, and with all its ranges.
history=sys/kernel/mm/vmalloc/history
is "$(jq -r '.history[] | select(.event == "fail" | not) | "\(.seq) \(.comm)-\(.pid) \(.event) \(.size)"' status.json)" \
	"$(awk '$4 != "fail" { print $1, $3, $4, $6 }' $history)" events
expect_errno ENOSPC truncate c 20000768
failed='[.history[] | select(.event == "fail")][-1]'
is "$(jq -r "$failed | \"\\(.name) \\(.requested) \\(.why)\"" status.json)" \
	"c 20000768 $(grep ' fail ' $history | tail -n 1 | cut -d' ' -f8-)"
grep -q '^c failed$' map.txt || fail "map.txt has no failure"
grep -q '>c failed<' map.svg || fail "map.svg has no failure"
knob lazy_max_pages 1000
lines=$(for _ in {1..600}; do echo "vmalloc many 4K"; echo "vfree many"; done)
printf '%s\npurge\n' "$lines" >ctl
is "$(jq '.history | length' status.json)" 1024
is "$(jq -r '.history[-1] | "\(.event) \(.ranges | length)"' status.json)" \
	"purge $(tail -n 1 $history | cut -d' ' -f8- | wc -w)"
grep -q '^c failed$' map.txt && fail "an area was placed since"
valid "a long history"

# An open shows one snapshot; none of these files can be written to.
for file in status.json map.html $holes; do
	expect_errno EPERM unlink $file
	case $("$sys" truncate $file 0) in
	E*) ;;
	*) fail "$file was truncated" ;;
	esac
done
is "$(stat -c %s map.html)" "$(wc -c <map.html)"
[ "$(grep -c '<!DOCTYPE html>' map.html)" = 1 ] || fail "map.html is no page"

cd /
stop_fs
