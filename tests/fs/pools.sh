#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Processors, and the pools of freed ranges that linux-6.12 keeps for each.
. "$(dirname "$0")/lib.sh"
for bad in cpus=0 cpus=1025 cpus=x cpus; do
	refuses 2 -o "$bad" "$mnt"
done
start_fs -o memory=64M,vmalloc=404K,cpus=2 # a hundred pages, and the one that is never used
cd "$mnt"
vm=sys/kernel/mm/vmalloc
base=0xffffc90000000000

page() { printf '0x%016x' $((base + $1 * 4096)); }
# at NAME PAGE: where the area is.
at() { is "$(addr "$1")" "$(page "$2")" "$1"; }
# pooled LINE...: each is "NODE PAGES PAGE", as the pools have them.
pooled() {
	local line want="" got sum=0
	for line in "$@"; do
		set -- $line
		printf -v line '%d %d 0x%016x-0x%016x\n' "$1" "$2" $((base + $3 * 4096)) \
			$((base + ($3 + $2) * 4096))
		want+=$line sum=$((sum + $2))
	done
	got=$(<$vm/pools)
	is "$got" "${want%$'\n'}"
	is "$(<$vm/nr_pooled) $(key pooled) $(<$vm/check)" "$sum $((sum * 4096)) ok"
}

# --- processors ------------------------------------------------------------------

is "$(stat -c '%a' $vm/cpu $vm/pools $vm/nr_pooled | tr '\n' ' ')" "644 444 444 "
is "$(knob cpu)" 0
for bad in 2 -1 x "" 99999999999; do
	expect_errno EINVAL put $vm/cpu "$bad"
done
grep -q '^machine: .*, processors 2' status || fail "status says nothing of processors"
echo 1 >sys/kernel/tracing/events/vmalloc/enable
knob cpu 1
truncate -s 4K x
printf 'on 0\nvmalloc y 4K\n' >ctl
truncate -s 4K z
is "$(awk '/alloc_vmap_area:/ { print $2 }' sys/kernel/tracing/trace | tr '\n' ' ')" \
	"[001] [000] [001] "
rm x y z
knob cpu 0

# A line of ctl says where those that follow it run, in the same open and no other.
for bad in on 'on x' 'on -1' 'on 2' 'on 0 1' 'on 99999999999999999999'; do
	expect_errno EINVAL put ctl "$bad"
done
has 'a number of more than 64 bits' <ctl

# --- pools -----------------------------------------------------------------------

echo linux-6.12 >$vm/policy
echo >sys/kernel/tracing/trace
is "$(knob lazy_max_pages)" 16384 # of Linux with two processors
truncate -s 12K a
at a 0
printf 'on 1\nvmalloc b 12K\nvmalloc c 12K\n' >ctl
at b 4
at c 8
truncate -s 12K d
at d 12
rm a b c
is "$(knob nr_lazy)" 12
pooled
knob purge 1
# A purge puts ranges to the front, in ascending order.
pooled "0 4 0" "1 4 8" "1 4 4"
is "$(knob nr_lazy) $(key lazy)" "0 0"
is "$(awk '$1 == "pooled:" { print $4, $5, $6, $7 }' status)" "in 3 freed ranges"
is "$(wc -l <proc/vmallocinfo)" 1 "Linux lists no pool"
is "$(grep -c "^$(page 0)" $vm/holes || true)" 0

# Each processor has its own, and its size.
truncate -s 8K e
at e 16
knob cpu 1
truncate -s 12K f
at f 8
pooled "0 4 0" "1 4 4"
# Not aligned as it must be: it goes to the back, the holes are searched.
echo 'get_vm_area g 12K 32K' >ctl
at g 24
pooled "0 4 0" "1 4 4"
printf 'on 0\nget_vm_area h 12K 32K\nvfree h\n' >ctl
is "$(knob nr_lazy)" 4
pooled "1 4 4"
# With a window of its own an area comes out of no pool, and goes to none.
echo "get_vm_area w 12K $base $(page 99)" >ctl
at w 19
rm w
knob purge 1 # fewer than four ranges: a pool is emptied before it gets new ones
pooled "0 4 0"
rm d e f g
knob purge 1
pooled "0 3 16" "0 4 12" "1 4 24" "1 4 8"

# --- as pictures show them -----------------------------------------------------------

grep -q '▦' map.txt || fail "map.txt has no pool: $(cat map.txt)"
grep -q '▦ in a pool' map.txt || fail "nor does its legend"
knob map_ascii 1
grep -q '+ in a pool' map.txt || fail "nor in ASCII"
grep -q 'in a pool</text>' map.svg || fail "map.svg has no pool in its legend"
[ "$(grep -c 'fill="url(#pooled)"' map.svg)" -gt 1 ] || fail "map.svg draws no pool"
if python3 -c 'import json' 2>/dev/null; then
	python3 - "$base" <<-'END'
		import json, re, sys
		base = int(sys.argv[1], 0)
		want = [[8, 12], [12, 16], [16, 19], [24, 28]]
		def pages(ranges):
		    return [[(int(r[k], 0) - base) // 4096 for k in ("start", "end")] for r in ranges]
		status = json.load(open("status.json"))
		assert pages(status["pooled"]) == want and status["lazy"] == [], status
		assert status["figures"]["pooled"] == 15 * 4096 and status["figures"]["pooled_ranges"] == 4
		assert status["machine"]["cpus"] == 2
		html = open("map.html").read()
		data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S)[1])
		assert pages(data["pooled"]) == want and data["lazy"] == []
	END
fi

# The trace of all this, replayed and followed: the same places out of the same pools.
cp sys/kernel/tracing/trace "$tmp/trace"
"$top_builddir/vmallocfs-replay" --csv --vmalloc=404K --policy=linux-6.12 --follow "$tmp/trace" |
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { print $at["compared"], $at["same"], $at["followed_same"] }' >"$tmp/same"
is "$(cat "$tmp/same")" "9 9 9"

# --- how they end ----------------------------------------------------------------------

# A quarter goes with each purge, rounded down; fewer than four go together.
knob purge 1
pooled
for i in 0 1 2 3 4 5 6; do
	truncate -s 4K "p$i"
done
rm p?
for left in 7 6 5 4 3 0; do
	knob purge 1
	is "$(wc -l <$vm/pools)" $left "ranges"
	[ $left != 6 ] || pooled "1 2 10" "1 2 8" "1 2 6" "1 2 4" "1 2 2" "1 2 0"
done
# No room otherwise: all pools are emptied.
truncate -s 4K p q
truncate -s 200K big
rm p big
knob purge 1
is "$(wc -l <$vm/pools)" 2
truncate -s 380K most
pooled
rm most
# reset, and another policy, leave none either.
knob purge 1
truncate -s 4K r
rm r
knob purge 1
is "$(wc -l <$vm/pools)" 1
echo linux-6.1 >$vm/policy
pooled
is "$(key holes)" 2
echo linux-6.12 >$vm/policy
pooled
rm q
echo reset >ctl
is "$(key areas) $(knob nr_lazy)" "0 0"
pooled "1 2 2"
echo first-fit >$vm/policy
is "$(key holes) $(key free)" "1 409600"
is "$(knob lazy_max_pages)" 0
is "$(knob check)" ok
cd /
stop_fs
