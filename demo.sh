#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# demo.sh: a walk through vmallocfs.  Installs what is missing, builds into a
# temporary directory, boots a machine with one megabyte of vmalloc space,
# mounts it, and shows each command before its output.  Ends unmounted; two
# pictures of the machine stay, and the last line says where.
set -eu -o pipefail
cd "$(dirname "$0")"
top=$(pwd)
export LC_ALL=C

.ci/setup build

if ! [ -c /dev/fuse ] || ! [ -r /dev/fuse ] || ! [ -w /dev/fuse ]; then
	echo "demo.sh: /dev/fuse is missing or closed to you: try 'modprobe fuse', or run as root" >&2
	exit 1
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-demo.XXXXXX")
mnt=$work/mnt
unmount() {
	umount "$mnt" 2>/dev/null || fusermount3 -u "$mnt" 2>/dev/null
}
finish() {
	status=$?
	trap - EXIT
	cd /
	if grep -q " $mnt fuse.vmallocfs " /proc/self/mounts; then
		unmount || umount -l "$mnt" || fusermount3 -uz "$mnt"
	fi
	if grep -q " $work/side fuse.vmallocfs " /proc/self/mounts; then
		umount "$work/side" 2>/dev/null || fusermount3 -uz "$work/side"
	fi
	if [ $status = 0 ]; then
		rm -rf --one-file-system "$work"
	else
		echo "demo.sh: stopped early; what was built is in $work" >&2
	fi
	exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- build, quietly --------------------------------------------------------

step() {
	echo "  ${*##*/}"
	if ! "$@" >>"$work/build.log" 2>&1; then
		tail -n 30 "$work/build.log" >&2
		echo "demo.sh: this failed: $*" >&2
		exit 1
	fi
}
echo "Building:"
mkdir "$work/src" "$work/build" "$mnt"
tar -c --exclude=.git --exclude='./build-*' --exclude='*.o' . | tar -x -C "$work/src"
cd "$work/src"
[ ! -f Makefile ] || step make distclean
step autoreconf -i
cd "$work/build"
step ../src/configure
step make -j"$(nproc)" vmallocfs vmallocfs-replay
PATH=$work/build:$PATH
cd "$work"

# --- how things are shown --------------------------------------------------

bold='' plain=''
if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi

# tell SENTENCE: what comes next.
tell() {
	printf '\n# %s\n' "$1"
}

# run COMMAND: shows it, runs it.  An error is part of the story only where
# fails says so.
run() {
	printf '%s$ %s%s\n' "$bold" "$1" "$plain"
	bash -c "set -o pipefail; $1" 2>&1
}
fails() {
	if run "$1"; then
		echo "demo.sh: that should have failed" >&2
		exit 1
	fi
}

# --- the story -------------------------------------------------------------

tell "Boot a machine with 64 MiB of RAM and 1 MiB of vmalloc space."
run 'vmallocfs -o memory=64M,vmalloc=1M mnt'
run 'ls mnt'

tell "A file is an area: this is a = vmalloc(65536)."
run 'truncate -s 64K mnt/a'

tell "A real file goes in through vwrite, and comes out through vread."
run 'cp src/COPYING mnt/b'
run 'cmp src/COPYING mnt/b && echo the same'

tell "The vmlist: each area has its address and ends in one guard page."
run 'cat mnt/status'
tell "The same as Linux has it."
run 'cat mnt/proc/vmallocinfo'

tell "The file again, read as kernel memory at its address."
run 'addr=$(awk '\''$5 == "b" { print substr($1, 1, 18) }'\'' mnt/status)
  dd if=mnt/dev/kmem bs=4K iflag=skip_bytes skip=$((addr & 0x7fffffffffff)) count=1 \
     status=none | head -n 2'

tell "rm is vfree. It leaves a hole, and the next area that fits goes there."
run 'rm mnt/a'
run 'truncate -s 40K mnt/c; grep " c$" mnt/status'

tell "ln is vmap(): the same frames, mapped a second time."
run 'echo hello >mnt/a'
run 'ln mnt/a mnt/vmap/twin'
run 'printf HELLO | dd of=mnt/vmap/twin conv=notrunc status=none'
run 'cat mnt/a'
run 'grep -E " (a|vmap/twin)\+" mnt/proc/vmallocinfo'

# --- the story of fragmentation --------------------------------------------

tell "Now fragmentation. ctl takes commands; what it gets is kept in a file, story."
run 'echo reset >mnt/ctl'
tell "Fill the space, and free every second file."
run 'for i in $(seq 10 24); do echo vmalloc f$i 60K; done | tee story >mnt/ctl'
run 'for i in $(seq 11 2 23); do echo vfree f$i; done | tee -a story >mnt/ctl'
tell "Some of the holes are filled again, by halves."
run 'for i in $(seq 6); do echo vmalloc half$i 28K; done | tee -a story >mnt/ctl'
run 'grep -E "^(free|holes|largest_hole|fragmentation):" mnt/status'

tell "More than 300 KiB are free, in pieces of at most 64. Ask for 100:"
run 'echo vmalloc big 100K >>story'
fails 'truncate -s 100K mnt/big'
run 'grep -A 1 "out of vmalloc space" mnt/proc/kmsg'

tell "Look at it."
run 'cat mnt/map.txt'
tell "The same as pictures, for you to keep."
pictures=$(mktemp -d "${TMPDIR:-/tmp}/vmallocfs-pictures.XXXXXX")
run "cp mnt/map.svg mnt/map.html $pictures"

tell "But four files of 60 KiB have room: the halves lie together, two in a hole."
run 'for i in $(seq 4); do echo vmalloc f3$i 60K; done | tee -a story >mnt/ctl'

tell "Would another policy have done better? The same story under all of them:"
run "vmallocfs-replay --policy=all --vmalloc=1M --svg=$pictures/policies.svg story"
tell "Worst fit cut a new hole for each half; then three of the four had no place."

tell "Step through both: a page of each policy, saved after the story, and one with the two."
run "mkdir side; for policy in first-fit worst-fit; do
  vmallocfs -o memory=64M,vmalloc=1M,policy=\$policy side
  while read -r line; do echo \"\$line\" >side/ctl || echo \"\$policy: no place for \$line\"; done <story 2>/dev/null
  cp side/map.html $pictures/\$policy.html; fusermount3 -u side
done"
echo '<meta http-equiv="refresh" content="0; url=first-fit.html?with=worst-fit.html">' \
	>"$pictures/side-by-side.html"

tell "The end: unmounted, the machine is gone, and all its memory with it."
if [ "$(id -u)" = 0 ]; then
	run 'umount mnt'
else
	run 'fusermount3 -u mnt'
fi
run 'ls mnt'

tell "The pictures are in $pictures, for a browser."
tell "side-by-side.html there has both policies in step: press Home, then the right arrow."
