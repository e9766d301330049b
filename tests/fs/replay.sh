#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the machine traces of itself, replayed: every area comes to lie where it
# was, whatever the policy and however it was freed.
. "$(dirname "$0")/lib.sh"
replay=$top_builddir/vmallocfs-replay
start_fs -o memory=64M,vmalloc=8M
cd "$mnt"
trace=sys/kernel/tracing/trace
knobs=sys/kernel/mm/vmalloc
echo 1 >sys/kernel/tracing/events/vmalloc/enable

# make NAME SIZE: a new file of that size; there is none if it finds no place.
make() {
	sys_call unlink "$1"
	sys_is 0 open "$1" 'O_CREAT|O_WRONLY'
	sys_call truncate "$1" "$2"
	[ "$got" = 0 ] || sys_is 0 unlink "$1"
}

# session SEED: files of all kinds come and go; some find no place.
session() {
	local i n got
	RANDOM=$1
	for ((i = 0; i < 400; i++)); do
		n=$((RANDOM % 60))
		# A size that changes is not traced, as Linux has no such thing.
		case $((RANDOM % 8)) in
		0 | 1 | 2)
			make f$n $((RANDOM % 64 * 4096 + 4096))
			;;
		3 | 4) sys_call unlink f$n ;;
		5)
			make ioremap/f$n $((RANDOM % 16 * 4096 + 4096))
			;;
		6) sys_call unlink ioremap/f$n ;;
		7) [ ! -s f$n ] || sys_call link f$n vmap/v$i ;;
		esac
	done
	rm -f ./f* ioremap/f* vmap/v*
	echo 1 >$knobs/purge
}

# replays_alike POLICY: the trace so far, which is then emptied.
replays_alike() {
	cp $trace "$tmp/trace"
	echo >$trace
	"$replay" --csv --policy="$1" "$tmp/trace" >"$tmp/csv"
	awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		NR == 2 { exit !($at["compared"] > 50 && $at["same"] == $at["compared"]) }' "$tmp/csv" ||
		fail "under $1: $(cat "$tmp/csv")"
	"$replay" --json --policy="$1" --strict "$tmp/trace" >/dev/null
}

for lazy in 0 100 100000; do
	echo $lazy >$knobs/lazy_max_pages
	session $((lazy + 1))
	replays_alike first-fit
done
echo 0 >$knobs/lazy_max_pages
for policy in best-fit worst-fit top-down; do
	echo $policy >$knobs/policy
	session 7
	replays_alike $policy
done

cd "$top_builddir"
stop_fs
