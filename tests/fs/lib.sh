# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers of the mounted tests.  A test is a bash script that begins with
#
#	. "$(dirname "$0")/lib.sh"
#	start_fs -o memory=64M
#
# and works on "$mnt" from then on.  It fails at the first command that fails.
# It ends with stop_fs, which unmounts and asserts that the daemon left with
# status 0 and said nothing on stderr: sanitizers report there.  Whatever
# happens, the EXIT trap removes the mount and ends the process.
#
# A test has a directory "$tmp" of its own and may run beside all others.

set -eEu -o pipefail
export LC_ALL=C

test_name=$(basename "$0" .sh)
top_srcdir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
top_builddir=$(pwd)
vmallocfs=${VMALLOCFS:-$top_builddir/vmallocfs}
sys=$top_builddir/tests/fs/sys
map=$top_builddir/tests/fs/map
data=$top_srcdir/tests/data

umask 022
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-$test_name.XXXXXX")
tmp=$(cd "$tmp" && pwd -P) # as /proc/mounts names it
mnt=$tmp/mnt
mkdir "$mnt"
pid=		# of the daemon, while it runs
cleanup_fns=()

# The daemon's allocations are filled with a byte that differs each time.
MALLOC_PERTURB_=$((RANDOM % 255 + 1))
export MALLOC_PERTURB_

# --- ends of a test --------------------------------------------------------

say() {
	printf '%s: %s\n' "$test_name" "$*" >&2
}

# has ARGUMENT...: as grep -q, at the end of a pipe.  It reads all that comes: grep -q
# leaves at the first line that matches, and the pipe fails if its writer notices.
has() {
	[ "$(grep -c "$@")" -gt 0 ]
}

# fail WORD...: ends the test as failed; the words say what was expected.
fail() {
	local i
	say "FAILED: $*"
	for ((i = 1; i < ${#FUNCNAME[@]} - 1; i++)); do
		say "  in ${FUNCNAME[i]}, from line ${BASH_LINENO[i]}"
	done
	trap - ERR
	exit 1
}

# skip WORD...: ends it as skipped, because the machine lacks something.
skip() {
	say "SKIPPED: $*"
	trap - ERR
	exit 77
}

# requires COMMAND...: skips unless the command succeeds.
requires() {
	"$@" >/dev/null 2>&1 || skip "this needs: $*"
}

requires_root() {
	[ "$(id -u)" = 0 ] || skip "this needs root"
}

# cleanup_fn COMMAND...: is run when the test ends, last one first.
cleanup_fn() {
	cleanup_fns+=("$(printf '%q ' "$@")")
}

is_mounted() {
	grep -q " $(printf '%s' "${1:-$mnt}" | sed 's/[.[\*^$]/\\&/g') fuse\.vmallocfs " /proc/self/mounts
}

unmount() {
	if [ "$(id -u)" = 0 ]; then
		umount "$@" 2>/dev/null
	else
		fusermount3 -u "$1" 2>/dev/null
	fi
}

on_exit() {
	local status=$? i
	trap - EXIT ERR
	set +e
	kill "$sys_pid" 2>/dev/null
	for ((i = ${#cleanup_fns[@]} - 1; i >= 0; i--)); do
		eval "${cleanup_fns[i]}"
	done
	cd /
	# A hung daemon must not hang the unmount: it goes first, then the mount.
	if [ -n "$pid" ]; then
		if [ $status != 0 ] && [ -s "$tmp/stderr" ]; then
			say "stderr of the daemon:"
			cat "$tmp/stderr" >&2
		fi
		kill -9 "$pid"
		wait "$pid"
	fi 2>/dev/null
	while is_mounted "$mnt"; do
		umount -l "$mnt" 2>/dev/null || fusermount3 -uz "$mnt" || break
	done
	rm -rf --one-file-system "$tmp"
	exit $status
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap '[ "$BASH_SUBSHELL" != 0 ] || say "FAILED: line $LINENO: $BASH_COMMAND"' ERR

[ -x "$vmallocfs" ] || fail "there is no $vmallocfs; run this in the build directory"
[ -c /dev/fuse ] && [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip "this needs /dev/fuse"

# --- the daemon ------------------------------------------------------------

# start_fs [OPTION...]: mounts "$mnt" and returns when it is there.
start_fs() {
	"$vmallocfs" -f "$@" "$mnt" >"$tmp/stdout" 2>"$tmp/stderr" &
	pid=$!
	wait_mounted
}

wait_mounted() {
	local i
	for ((i = 0; i < 3000; i++)); do
		is_mounted && return 0
		if ! kill -0 "$pid" 2>/dev/null; then
			cat "$tmp/stderr" >&2
			pid=
			fail "the daemon left before it mounted"
		fi
		sleep 0.01
	done
	fail "nothing mounted after 30 s"
}

# stop_fs: unmounts; the daemon must exit 0 and have said nothing.
stop_fs() {
	local i
	for ((i = 0; i < 500; i++)); do
		unmount "$mnt" && break
		sleep 0.01
	done
	wait_daemon
}

# wait_daemon: the daemon leaves by itself, with status 0.
wait_daemon() {
	local status=0 i

	for ((i = 0; i < 6000; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.01
	done
	[ "$i" -lt 6000 ] || fail "the daemon is still there after 60 s"
	wait "$pid" || status=$?
	pid=
	# But for the line that sums up what load= read.
	if grep -vE '^vmallocfs: .*: ([0-9]+ lines?|Linux [^ ]+|image of a vmallocfs): ' "$tmp/stderr" >&2; then
		fail "the daemon wrote to stderr"
	fi
	[ $status = 0 ] || fail "the daemon's exit status is $status"
	is_mounted && fail "it is still mounted"
	return 0
}

# refuses STATUS ARGUMENT...: the program with these arguments writes one line
# to stderr, leaves with that status, and mounts nothing.
refuses() {
	local want=$1 status=0
	shift
	timeout 60 "$vmallocfs" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	is_mounted && fail "vmallocfs $*: mounted"
	if [ $status != "$want" ] || [ "$(wc -l <"$tmp/err")" != 1 ] || [ -s "$tmp/out" ] ||
		! grep -q '^vmallocfs: ' "$tmp/err"; then
		cat "$tmp/out" "$tmp/err" >&2
		fail "vmallocfs $*: exit status $status"
	fi
}

# --- assertions ------------------------------------------------------------

# is GOT WANTED [WORD...]
is() {
	[ "$1" = "$2" ] || fail "${3+${*:3}: }got '$1', not '$2'"
}

# sys.c serves us from the start: before a test opens a file that it would keep open.
mkfifo "$tmp/sys.ask" "$tmp/sys.answer"
"$sys" serve <"$tmp/sys.ask" >"$tmp/sys.answer" &
sys_pid=$!
disown
exec {sys_ask}>"$tmp/sys.ask" {sys_answer}<"$tmp/sys.answer"

# sys_call CALL ARGUMENT...: makes a system call; "$got" is what sys.c prints.
sys_call() {
	case $BASH_SUBSHELL$* in
	0*@*) got=$("$sys" "$@") ;; # a descriptor of ours
	0*)
		printf '%s\0' $(($# + 1)) "$PWD" "$@" >&"$sys_ask"
		IFS= read -r -d '' got <&"$sys_answer" || fail "sys is gone"
		[ "${got##*$'\n'}" = 0 ] || return
		got=${got%$'\n'*} got=${got%$'\n'}
		;;
	*) got=$("$sys" "$@") ;; # others may ask at the same time
	esac
}

# sys_is RESULT CALL ARGUMENT...: what a system call gives, as sys.c prints it.
sys_is() {
	local got
	sys_call "${@:2}" || fail "sys ${*:2}"
	[ "$got" = "$1" ] || fail "${*:2}: got '$got', not '$1'"
}

# expect_errno ERRNO CALL ARGUMENT...
expect_errno() {
	sys_is "$@"
}

# ok CALL ARGUMENT...: succeeds, whatever the result.
ok() {
	local got
	sys_call "$@" || fail "sys $*"
	case $got in
	E[A-Z]*) fail "$*: $got" ;;
	esac
}

# same FILE FILE: byte for byte.
same() {
	cmp "$1" "$2" || fail "$1 and $2 differ"
}

# all_bytes FILE BYTE: FILE has nothing but that byte; \0 and the like will do.
all_bytes() {
	local rest
	rest=$(tr -d "$2" <"$1" | wc -c)
	[ "$rest" = 0 ] || fail "$1 has $rest bytes other than $2"
}

# checksum FILE
checksum() {
	md5sum <"$1" | cut -d' ' -f1
}

# eventually COMMAND...: succeeds sooner or later; half a minute is for slow machines.
eventually() {
	local i
	for ((i = 0; i < 3000; i++)); do
		"$@" && return 0
		sleep 0.01
	done
	fail "still not so after 30 s: $*"
}

# --- what the machine says -------------------------------------------------

# key NAME: the value of a key: value line of status.
key() {
	awk -v key="$1:" '$1 == key { print $2; exit }' "$mnt/status"
}

# row NAME: the line of status for an area; nothing if it has no line.
row() {
	awk -v name="$1" '/^0x/ && $5 == name' "$mnt/status"
}

# addr NAME: the address of an area, as 0x... .
addr() {
	row "$1" | cut -d- -f1
}

# pages NAME, flags NAME
pages() {
	row "$1" | awk '{ print $3 }'
}

flags() {
	row "$1" | awk '{ print $4 }'
}

# kmem_offset ADDRESS: where dev/kmem has it, in decimal.
kmem_offset() {
	echo $(($1 & 0x7fffffffffff))
}

# kmem ADDRESS COUNT: bytes of kernel memory, on stdout.
kmem() {
	dd if="$mnt/dev/kmem" bs=1M iflag=skip_bytes,count_bytes,fullblock \
		skip="$(kmem_offset "$1")" count="$2" status=none
}

# Frames that are free or page tables: what stays the same when areas go.
idle_frames() {
	awk '$1 == "free_frames:" || $1 == "page_table_frames:" { n += $2 } END { print n }' \
		"$mnt/status"
}

# knob NAME [VALUE]: reads or sets one of sys/kernel/mm/vmalloc.
knob() {
	if [ $# = 1 ]; then
		cat "$mnt/sys/kernel/mm/vmalloc/$1"
	else
		echo "$2" >"$mnt/sys/kernel/mm/vmalloc/$1"
	fi
}

# logged PATTERN: how many lines of the kernel's log match.
logged() {
	grep -c -e "$1" "$mnt/proc/kmsg" || true
}

# random_file NAME SIZE: a file of random bytes outside of the mount.
random_file() {
	head -c "$2" /dev/urandom >"$1"
}

# word ADDRESS: the 64-bit word at a physical address, in decimal.
phys_word() {
	dd if="$mnt/dev/mem" bs=8 iflag=skip_bytes skip="$(($1))" count=1 status=none |
		od -An -v -t d8 | tr -d ' '
}

# set_word PHYS VALUE: writes a 64-bit word of physical memory.
set_word() {
	local i bytes=
	for i in 0 8 16 24 32 40 48 56; do
		bytes+=$(printf '\\x%02x' $((($2 >> i) & 255)))
	done
	# shellcheck disable=SC2059
	printf "$bytes" | dd of="$mnt/dev/mem" bs=8 count=1 seek="$(($1))" oflag=seek_bytes \
		conv=notrunc status=none
}

# entry_addr LEVEL ADDRESS: the physical address of the pgd, pud, pmd or pte
# entry for a kernel address, found in dev/mem from CR3 down as a CPU would.
entry_addr() {
	local table shift entry last
	case $1 in
	pgd) last=39 ;;
	pud) last=30 ;;
	pmd) last=21 ;;
	pte) last=12 ;;
	esac
	table=$(($(key cr3)))
	for shift in 39 30 21 12; do
		[ $shift != $last ] || break
		entry=$(phys_word $((table + (($2 >> shift) & 511) * 8)))
		[ $((entry & 1)) = 1 ] || fail "no table for $2 at level $shift"
		table=$((entry & 0xffffffffff000))
	done
	echo $((table + (($2 >> last) & 511) * 8))
}

# pte_addr ADDRESS: that of the PTE.
pte_addr() {
	entry_addr pte "$1"
}

# pte ADDRESS: that PTE, in decimal (bit 63 makes it negative).
pte() {
	phys_word "$(pte_addr "$1")"
}
