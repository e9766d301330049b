#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each command in the tables of functions of doc/vmalloc.md reaches the functions in
# its row, and no command reaches those that have `-`.  gdb counts the calls.
. "$(dirname "$0")/lib.sh"
requires gdb -nx -batch -ex 'python print(1)'
# Optimised at link time, the core has fewer functions than its sources.
vmallocfs=$top_builddir/tests/fs/plain_vmallocfs

calls=$tmp/calls
page=$top_srcdir/doc/vmalloc.md

# The rows of the tables with a column for commands: functions, a tab, commands.  Within
# each, blanks separate functions and tabs commands.
awk -F ' \\| ' '
/^\| function \| place \| command/ { inside = 1; getline; next }
!/^\|/ { inside = 0 }
inside {
	for (i = 1; i <= 3; i += 2) {
		line = ""
		n = split($i, part, "`")
		for (k = 2; k <= n; k += 2)
			line = line (line == "" ? "" : i == 1 ? " " : "\t") part[k]
		printf "%s%s", line, i == 1 ? "\t" : "\n"
	}
}' "$page" >"$tmp/rows"
[ "$(wc -l <"$tmp/rows")" -ge 30 ] || fail "the tables of $page have few rows"

# run_gdb ARGUMENT...: gdb with calls.py; skips the test where it cannot do its work.
# It works outside of the mount, whose daemon it stops for a moment now and then.
run_gdb() {
	: >"$calls"
	(cd "$tmp" && CALLS_LOG=$calls CALLS_END=$tmp/end ASAN_OPTIONS=detect_leaks=0 \
		exec gdb -nx -batch -x "$top_srcdir/tests/fs/calls.py" "$@") >"$tmp/gdb" 2>&1 </dev/null &
	gdb=$!
	cleanup_fn kill_gdb
	eventually has_begun
	has_called ready || skip "gdb cannot be used here: $(grep -v "^\[" "$calls" "$tmp/gdb" | tail -n 8)"
}
kill_gdb() { kill "$gdb" 2>/dev/null; }
has_called() { grep -qx "$1" "$calls"; }
has_begun() { has_called ready || ! kill -0 "$gdb" 2>/dev/null; }

# calls_any FUNCTION...: one of them was called now.
calls_any() {
	local function
	for function in "$@"; do
		[[ " ${now[*]} " != *" $function "* ]] || return 0
	done
	return 1
}

# A machine as the page describes it; what a command changed is put back.
set_up() {
	printf '%s\n' reset 'policy first-fit' 'vmalloc a 8K' 'vmalloc b 8K' 'vmap x a:0-1' \
		'ioremap d 8K' 'vmalloc vmalloc_user/u 8K' >ctl
	echo 0 >sys/kernel/mm/vmalloc/lazy_max_pages
	echo 0 >sys/kernel/debug/fail_page_alloc/fail-nth
}

# --- commands in the mounted directory --------------------------------------

start_fs -o memory=64M,vmalloc=1M
cd "$mnt"
set_up
CALLS_FUNCTIONS=$(cut -f 1 "$tmp/rows" | tr '\n' ' ') run_gdb -p "$pid"
while IFS=$'\t' read -r -a row; do
	if [ "${row[1]}" = - ]; then
		never="${never-} ${row[0]}"
		continue
	fi
	reached=
	for command in "${row[@]:1}"; do
		case $command in
		vmallocfs*) continue 2 ;; # below
		esac
		set_up
		case $command in
		*ADDR*) ADDR=$(addr a) ;;
		esac
		mapfile -t before <"$calls"
		(eval "$command") >"$tmp/out" 2>"$tmp/err" || true
		mapfile -t -s ${#before[@]} now <"$calls"
		# shellcheck disable=SC2086
		calls_any ${row[0]} || wrong="${wrong-}; $command reaches no ${row[0]}"
		reached+=" ${now[*]} "
	done
	# What a close leads to comes after the command.
	for ((i = 0; i < 500; i++)); do
		mapfile -t -s ${#before[@]} now <"$calls"
		reached+=" ${now[*]} " missing=
		for function in ${row[0]}; do
			[[ $reached = *" $function "* ]] || missing+=" $function"
		done
		[ -n "$missing" ] || break
		sleep 0.01
	done
	[ -z "$missing" ] || wrong="${wrong-}; no command of its row reaches$missing"
done <"$tmp/rows"
for function in $never; do
	! has_called "$function" || wrong="${wrong-}; $function has - and is reached"
done
# The debugger lets go, so that the daemon ends as it does without one.
: >"$tmp/end"
rm a b
wait "$gdb" || fail "gdb: $(tail -n 5 "$tmp/gdb")"
cd /
stop_fs

# --- commands that begin with a program ---------------------------------------

FILE=$tmp/layout
cat >"$FILE" <<END
0xffffc90000000000-0xffffc90000005000   20480 start_kernel+0x1/0x2 pages=4 vmalloc N0=4
0xffffc90000005000-0xffffc90000007000    8192 unpurged vm_area
END
TRACE=$tmp/trace
echo "vmalloc a 2M" >"$TRACE"
while IFS=$'\t' read -r -a row; do
	for command in "${row[@]:1}"; do
		case $command in
		vmallocfs*) ;;
		*) continue ;;
		esac
		command=${command/FILE/$FILE} command=${command/TRACE/$TRACE} command=${command/DIR/-f $mnt}
		: >"$calls"
		CALLS_FUNCTIONS=${row[0]} CALLS_PROGRAM=${command#* } run_gdb "$top_builddir/${command%% *}"
		wait "$gdb" || fail "gdb: $(tail -n 5 "$tmp/gdb")"
		for function in ${row[0]}; do
			has_called "$function" || wrong="${wrong-}; $command does not reach $function"
		done
	done
done <"$tmp/rows"

[ -z "${wrong-}" ] || fail "${wrong#; }"
