# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the experiments share: a machine that comes and goes, and claims that
# must hold.  An experiment is a bash script that begins with
#
#	. "$(dirname "$0")/lab.sh"
#	boot vmalloc=8M
#
# and works in the directory of the machine from then on.  The programs are
# those in the current directory, or else on PATH, or what VMALLOCFS and
# VMALLOCFS_REPLAY say.  Everything is gone when the script ends.

set -eu -o pipefail
export LC_ALL=C

# program NAME: where it is.
program() {
	if [ -x "./$1" ]; then
		echo "$PWD/$1"
	else
		command -v "$1" || {
			echo "there is no $1 here: build it, or put it on PATH" >&2
			exit 1
		}
	fi
}
vmallocfs=${VMALLOCFS:-$(program vmallocfs)}
# shellcheck disable=SC2034 # for those who source this
replay=${VMALLOCFS_REPLAY:-$(program vmallocfs-replay)}
lab=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-lab.XXXXXX")
mkdir "$lab/mnt"

mounted() {
	grep -q " $lab/mnt fuse.vmallocfs " /proc/self/mounts
}

# halt: unmounts, and the machine is gone; does nothing without a machine.
halt() {
	local i
	cd "$lab"
	for ((i = 0; i < 100; i++)); do # a process may still be about to leave
		mounted || return 0
		umount "$lab/mnt" 2>/dev/null || fusermount3 -u "$lab/mnt" 2>/dev/null || sleep 0.05
	done
	echo "$lab/mnt is busy" >&2
	return 1
}
trap 'halt && rm -rf --one-file-system "$lab"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# boot OPTIONS: a new machine, in place of the one before, and into it.
boot() {
	if ! [ -r /dev/fuse ] || ! [ -w /dev/fuse ]; then
		echo "this needs /dev/fuse" >&2
		exit 77 # "skipped"
	fi
	halt
	"$vmallocfs" -o "$1" "$lab/mnt"
	cd "$lab/mnt"
}

# key NAME: what status says for it.
key() {
	awk -v key="$1:" '$1 == key { print $2 }' status
}

# addr NAME: where an area begins.  span NAME: its bytes, guard included.
addr() {
	awk -v name="$1" '/^0x/ && $5 == name { print substr($1, 1, 18) }' status
}
span() {
	awk -v name="$1" '/^0x/ && $5 == name { print $2 }' status
}

# columns NAME...: these columns of the CSV on stdin, one line for each of its own.
columns() {
	awk -F, -v names="$*" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(names, name, " "); next }
		{ for (i = 1; i <= n; i++) printf "%s%s", $(at[name[i]]), i < n ? " " : "\n" }'
}

# claim CONDITION...: what the page says must hold: [ CONDITION ], silently.
claim() {
	[ "$@" ] && return
	echo "line ${BASH_LINENO[0]}: this is not so: [ $* ]" >&2
	exit 1
}
