#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host that refuses threads: requests are served one after the other, and threads
# come as soon as there can be some.
if [ -z "${OWN_MOUNTS-}" ] && unshare --mount true 2>/dev/null; then
	OWN_MOUNTS=1 exec unshare --mount "$0"
fi
. "$(dirname "$0")/lib.sh"
requires_root # for a user whose processes can be limited; root's cannot
requires setpriv --reuid=65534 --regid=65534 --clear-groups fusermount3 --version
requires prlimit --version
beside=$top_builddir/tests/fs/beside
as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
user() { "${as_user[@]}" "$@"; }

chmod 755 "$tmp"
chown 65534:65534 "$mnt"
# /dev/fuse may be root's alone: the user gets one of his own, which this test alone sees.
mknod -m 666 "$tmp/fuse" c $((0x$(stat -c %t /dev/fuse))) $((0x$(stat -c %T /dev/fuse)))
mount --bind "$tmp/fuse" /dev/fuse
"${as_user[@]}" "$vmallocfs" -f -o memory=1G "$mnt" >"$tmp/stdout" 2>"$tmp/stderr" &
pid=$!
wait_mounted
user prlimit --pid "$pid" --nproc=1:
awk 'BEGIN { for (i = 0; i < 50000; i++) print "vmalloc a" i " 4096" }' >"$tmp/ops"
chmod 644 "$tmp/ops"
user cp "$tmp/ops" "$mnt/ctl"
threads() {
	ls "/proc/$pid/task" | wc -l
}

before=$(threads)
texts=(status status.json map.html proc/vmallocinfo sys/kernel/mm/vmalloc/holes)
user "$beside" "$mnt" "${texts[@]}" >/dev/null
user "$beside" "$mnt" "${texts[@]}" >/dev/null &
user "$beside" "$mnt" "${texts[@]}" >/dev/null
wait $!
is "$(user cat "$mnt/status" | awk '$1 == "areas:" { print $2 }')" 50000
is "$(threads)" "$before" "a thread was made all the same"

user prlimit --pid "$pid" --nproc="$(prlimit --nproc --output=HARD --noheadings):"
# How many lookups come through depends on the host's scheduler: it has a few tries, each
# with texts that have to be made anew.
for ((try = 0; try < 20; try++)); do
	printf 'vmalloc once 4096\nvfree once\n' >"$tmp/change"
	chmod 644 "$tmp/change"
	user cp "$tmp/change" "$mnt/ctl"
	n=$(user "$beside" "$mnt" "${texts[@]}")
	[ "$n" -le $((4 * ${#texts[@]})) ] || break
done
[ "$n" -gt $((4 * ${#texts[@]})) ] || fail "$n lookups beside texts"
[ "$(threads)" -gt "$before" ] || fail "no thread was made"
stop_fs
