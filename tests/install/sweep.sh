#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmallocfs-sweep with GNU parallel: the grid, a run that fails, one that is resumed,
# and the joined reports.
. "$(dirname "$0")/lib.sh"
requires_tools parallel
requires sh -c 'parallel --version | grep "^GNU parallel"'
export VMALLOCFS_REPLAY=$top_builddir/vmallocfs-replay
sweep() {
	"$top_srcdir/src/sweep/vmallocfs-sweep" "$@"
}
cd "$tmp"
cp "$top_srcdir/tests/data/placement-window-seed1.ops" "a, b's.ops"
echo 'no event' >bad.ops

# refused STATUS WORD...: one line on stderr, nothing on stdout.
refused() {
	local want=$1 status=0
	shift
	sweep "$@" >out 2>err || status=$?
	is "$status $(wc -l <err) $(wc -c <out)" "$want 1 0" "$* says $(cat err)"
}
refused 2
refused 2 --no-such "a, b's.ops"
refused 2 --jobs=0 "a, b's.ops"
refused 2 no-such.ops
refused 2 --load=no-such "a, b's.ops"
refused 2 --policy= "a, b's.ops"
refused 2 "$(printf 'tab\t.ops')"

# The grid: each combination once.
sweep --list-runs --out=grid --policy=all --vmalloc=8M,16M --lazy=0,64,128 "a, b's.ops" >runs
is "$(wc -l <runs)" $((2 * 3 * $("$VMALLOCFS_REPLAY" --list=policies | wc -l)))
is "$(cut -f 2- runs | sort -u | wc -l)" "$(wc -l <runs)"
[ ! -e grid/joblog ] || fail "--list-runs runs"

# Two runs end well, one fails; the others are joined all the same.
status=0
sweep --jobs=2 --out=s --strict --policy=first-fit --lazy=0,64 "a, b's.ops" bad.ops 2>err || status=$?
is "$status" 1
grep -q '^vmallocfs-sweep: 2 of 4 runs have a report' err || fail "$(cat err)"
is "$(grep -c 'run [34] failed: vmallocfs-replay: .*bad.ops' err)" 2 "$(cat err)"
is "$(wc -l <s/sweep.csv)" 3
columns=$(head -n 1 s/sweep.csv)
is "${columns%%,events*}" run,trace,load,vmalloc,lazy,cpus,policy
"$VMALLOCFS_REPLAY" --csv --lazy=64 "a, b's.ops" | sed -n 2p | cut -d, -f 1-6 >want
sed -n 3p s/sweep.csv >row
case $(cat row) in
"2,\"$PWD/a, b's.ops\",,,64,,$(cat want),"*) ;;
*) fail "the row of run 2: $(cat row)" ;;
esac
# Rows have as many fields as the head.
python3 - s/sweep.csv <<'EOF' || fail "the fields of sweep.csv"
import csv, sys
rows = list(csv.reader(open(sys.argv[1])))
assert len(rows) == 3 and len({len(r) for r in rows}) == 1, rows
EOF

# Resumed: what failed runs again, now that its trace is good; what ended well does not.
stamp=$(stat -c %Y.%i s/runs/1.csv)
cp "a, b's.ops" bad.ops
rm s/runs/2.csv # lost: it runs again, too
sweep --out=s --strict --policy=first-fit --lazy=0,64 "a, b's.ops" bad.ops 2>err || fail "$(cat err)"
grep -q '^vmallocfs-sweep: 4 runs, 3 to do' err || fail "$(cat err)"
is "$(stat -c %Y.%i s/runs/1.csv)" "$stamp"
is "$(wc -l <s/sweep.csv)" 5
is "$(cut -f 1 s/joblog | sort -n | tr '\n' ' ')" "Seq 1 2 3 4 "

# Another grid has no place in this directory.
refused 2 --out=s --policy=best-fit "a, b's.ops"
is "$(wc -l <s/sweep.csv)" 5

is "$(sweep --list=policies)" "$("$VMALLOCFS_REPLAY" --list=policies)"
is "$(sweep --version)" "$("$VMALLOCFS_REPLAY" --version | sed -n '1s/replay/sweep/p')"
