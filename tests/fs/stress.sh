#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Readers, writers, creators and removers at once; afterwards nothing is lost.
# Once more with ctl, knobs and trace_pipe, and with an unmount in the middle.
. "$(dirname "$0")/lib.sh"
stress=$top_builddir/tests/fs/stress

start_fs -o memory=32M
idle=$(idle_frames)
# Two readers of kcore, where no region is, look for areas while these come and go.
touch "$tmp/stressing"
read_kcore() {
	while [ -e "$tmp/stressing" ]; do
		dd if="$mnt/proc/kcore" of=/dev/null bs=64K skip=100 count=4 status=none || return
	done
}
read_kcore &
readers=$!
read_kcore &
readers="$readers $!"
timeout 300 "$stress" "$mnt" "${STRESS_SECONDS:-5}"
rm "$tmp/stressing"
for reader in $readers; do
	wait "$reader"
done

# Every frame is held by a file or free, and free when the files are gone.
rm -f "$mnt"/[0-9][a-d] "$mnt"/vmalloc_*/*[a-d] "$mnt"/vmap/*
all_free() { [ "$(key areas)" = 0 ] && [ "$(idle_frames)" = "$idle" ]; }
eventually all_free
timeout 300 "$stress" -c "$mnt" "${STRESS_SECONDS:-5}"
echo reset >"$mnt/ctl"
eventually all_free
is "$(knob check)" ok
# Addresses that were no area's are all that the log may complain of.
if grep -v 'WARNING.*__vunmap()$' "$mnt/proc/kmsg" | grep 'Bad page\|WARNING\|BUG\|bad p[gum]d' >&2; then
	fail "the kernel's log complains"
fi
stop_fs

# The daemon is told to stop while all of that goes on, and ends in order.
for options in '' -s; do
	start_fs -o memory=32M $options
	"$stress" -c "$mnt" 60 >"$tmp/stress" 2>/dev/null &
	user=$!
	eventually grep -q 'all at work' "$tmp/stress"
	kill "$pid"
	wait_daemon
	! wait "$user" || fail "its calls go on without a mount"
done
