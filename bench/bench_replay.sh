#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench_replay.sh [EVENTS [ROUNDS]]: events a second of vmallocfs-replay, in the
# build directory.  Traces are generated, up to 10,000 areas live at one time;
# they are read from a file in memory where /dev/shm is.  For each the least and
# the median time of several rounds, of one policy, and then of each policy.
set -eu -o pipefail
export LC_ALL=C
events=${1:-4000000}
rounds=${2:-5}
dir=$(mktemp -d /dev/shm/bench_replay.XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$dir"' EXIT

# seconds COMMAND...: one round; processor time, as others use the machine too.
seconds() {
	local TIMEFORMAT='%U %S %R'
	{ time "$@" >/dev/null; } 2>&1 | awk '{ print $1 + $2, $3 }'
}

# measure NAME COMMAND...
measure() {
	local name=$1 i
	shift
	for ((i = 0; i < rounds; i++)); do
		seconds "$@"
	done | sort -n | awk -v name="$name" -v events="$events" '
		{ cpu[NR] = $1; if (NR == 1 || $2 < least) least = $2 }
		END {
			printf "%-22s %5.2f M events/s of processor time, median %.2f; best round %.2f M/s on the clock\n",
				name, events / cpu[1] / 1e6, events / cpu[int((NR + 1) / 2)] / 1e6, events / least / 1e6
		}'
}

for format in ops ftrace perf; do
	bench/gen_trace $format "$events" >"$dir/$format"
	measure "$format" ./vmallocfs-replay --csv "$dir/$format"
done
gzip -k "$dir/ops"
measure "ops, gzip" ./vmallocfs-replay --csv "$dir/ops.gz"
for policy in next-fit best-fit worst-fit top-down; do
	measure "ops, $policy" ./vmallocfs-replay --csv --policy=$policy "$dir/ops"
done
five=first-fit,next-fit,best-fit,worst-fit,top-down
for threads in 1 2; do
	measure "ops, five policies, $threads thread(s)" ./vmallocfs-replay --csv --policy=$five \
		--threads=$threads "$dir/ops"
done
tests/replay/model_trace 6.1 1 "$events" >"$dir/linux-6.1"
tests/replay/model_trace 6.12 2 "$events" >"$dir/linux-6.12"
for policy in linux-6.1 linux-6.12; do
	measure "its kernel, $policy" ./vmallocfs-replay --csv --policy=$policy "$dir/$policy"
	measure "the same and followed" ./vmallocfs-replay --csv --policy=$policy --follow "$dir/$policy"
done
measure "ops, lazy 8192 pages" ./vmallocfs-replay --csv --lazy=8192 "$dir/ops"
