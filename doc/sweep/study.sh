#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# study.sh [DIR]: the worked study of sweep.md.  How much wider than what is in use must
# the window be, so that an allocation hardly ever fails, under each policy?  Leaves the
# traces, the sweep, and a plot in DIR (window-study).
#
# TRACES and EVENTS make it larger or smaller; all other words go to vmallocfs-sweep,
# for example --slurm.
set -eu
dir=window-study
case ${1-} in
'' | -*) ;;
*)
	dir=$1
	shift
	;;
esac
traces=${TRACES:-4} events=${EVENTS:-20000}
mkdir -p "$dir"
cd "$dir"

# Areas come and go, about a hundred at a time: most have 8K to 64K, every fifth 256K to
# 1M.  The numbers are made here, so that each awk makes the same.
seed=0
while [ $seed -lt "$traces" ]; do
	seed=$((seed + 1))
	[ -s trace$seed ] || awk -v seed=$seed -v events="$events" '
	function random(n) {
		seed = (seed * 1103515245 + 12345) % 2147483648
		return int(seed / 65536) % n
	}
	BEGIN {
		for (i = 0; i < events; i++) {
			# The k-th of those that live goes, and the last one takes its place.
			if (live > 60 + random(80)) {
				k = random(live)
				print "vfree a" name[k]
				name[k] = name[--live]
			} else {
				size = random(5) ? 8 + random(57) : 256 + random(769)
				name[live++] = i
				print "vmalloc a" i " " size "K"
			}
		}
	}' >trace$seed.new
	[ ! -e trace$seed.new ] || mv trace$seed.new trace$seed
done

vmallocfs-sweep --out=sweep --policy=first-fit,next-fit,best-fit,worst-fit,top-down \
	--vmalloc=16M,18M,20M,22M,24M,26M,28M,32M "$@" trace*

# A line for each window: its size in MiB, and the failures of each policy in thousandths
# of its placements, over all traces.  Columns are found by their names.
awk -F, '
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
	w = $at["vmalloc"] + 0; p = $at["policy"]
	if (!(w in windows)) { windows[w]; order[++n] = w }
	if (!(p in policies)) { policies[p]; name[++k] = p }
	failed[w, p] += $at["failures"]
	tried[w, p] += $at["failures"] + $at["placements"]
}
END {
	printf "window"
	for (j = 1; j <= k; j++) printf "\t%s", name[j]
	print ""
	for (i = 1; i <= n; i++) {
		printf "%d", order[i]
		for (j = 1; j <= k; j++)
			printf "\t%.2f", 1000 * failed[order[i], name[j]] / tried[order[i], name[j]]
		print ""
	}
}' sweep/sweep.csv | sort -k 1,1n >failures
cat failures

command -v gnuplot >/dev/null || {
	echo "study.sh: gnuplot is not installed, so there is no plot" >&2
	exit 0
}
gnuplot <<'EOF'
set terminal svg size 720,440 font "sans,13" background "white"
set output "failures.svg"
set title "Allocations that find no place"
set xlabel "window, MiB"
set ylabel "failures per 1000 allocations"
set logscale y
set key autotitle columnhead top right
set grid
plot for [i=2:6] "failures" using 1:(column(i) > 0 ? column(i) : 1/0) with linespoints linewidth 2
EOF
echo "the plot is $(pwd)/failures.svg"
