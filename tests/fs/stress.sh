#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Readers, writers, creators and removers at once; afterwards nothing is lost.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=32M
idle=$(idle_frames)

timeout 300 "$top_builddir/tests/fs/stress" "$mnt" "${STRESS_SECONDS:-5}"

# Every frame is held by a file or free, and free when the files are gone.
rm -f "$mnt"/[0-9][a-d] "$mnt"/vmalloc_*/*[a-d] "$mnt"/vmap/*
all_free() { [ "$(key areas)" = 0 ] && [ "$(idle_frames)" = "$idle" ]; }
eventually all_free
[ "$(logged 'Bad page\|WARNING\|BUG\|bad p[gum]d')" = 0 ] || {
	cat "$mnt/proc/kmsg" >&2
	fail "the kernel's log complains"
}
stop_fs
