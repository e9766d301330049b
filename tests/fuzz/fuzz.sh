#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.sh NAME...: runs tests/fuzz/fuzz_NAME, one after the other, for
# FUZZ_SECONDS each (60).  It starts from the corpus in the source tree and
# from what earlier runs found; what it finds goes to tests/fuzz/found/NAME in
# the build directory.  An input that breaks something is left there as
# crash-... and the exit status is 1.
#
# With FUZZ_MERGE=1 it runs nothing new, and adds to the corpus in the source
# tree those inputs found that reach code which no other reaches.
set -u
export LC_ALL=C
corpus=$(cd "$(dirname "$0")" && pwd)/corpus
found=tests/fuzz/found
failed=0

export ASAN_OPTIONS=detect_stack_use_after_return=1:allocator_may_return_null=1:${ASAN_OPTIONS-}
export UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS-}

for name; do
	mkdir -p "$found/$name"
	log=$found/$name.log
	if [ -n "${FUZZ_MERGE-}" ]; then
		"tests/fuzz/fuzz_$name" -merge=1 -use_counters=0 -use_value_profile=0 \
			"$corpus/$name" "$found/$name" >"$log" 2>&1 || failed=1
		grep -E '^MERGE-OUTER: [0-9]+ new' "$log"
		continue
	fi
	if "tests/fuzz/fuzz_$name" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=20 -max_len=4096 \
		-rss_limit_mb=4096 -artifact_prefix="$found/crash-$name-" -print_final_stats=1 \
		"$found/$name" "$corpus/$name" >"$log" 2>&1; then
		printf '%s: %s inputs, nothing broke\n' "$name" \
			"$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
	else
		failed=1
		grep -v -E '^#[0-9]+[[:space:]]+(NEW|REDUCE|pulse|RELOAD)' "$log" | tail -n 60
		printf '%s: FAILED; run tests/fuzz/corpus_%s with the file that is named above\n' \
			"$name" "$name"
	fi
done
exit $failed
