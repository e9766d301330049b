#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Opens of texts: made at the first read, the same to the end, shared while nothing
# changes, counted for each user, and given back to the host.
. "$(dirname "$0")/lib.sh"
requires_root
requires setpriv --reuid=65534 --regid=65534 --clear-groups true

chmod 755 "$tmp"
start_fs -o memory=1G,allow_other
truncate -s 4K "$mnt/changing"
awk 'BEGIN { for (i = 0; i < 60000; i++) printf "vmalloc vmalloc_32/a-name-of-some-length-%d 4096\n", i }' \
	>"$mnt/ctl"

rss() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status"
}

# What an open shows is what there was at its first read, to the end.
exec {early}<"$mnt/status"
echo 'vmalloc between 4096' >"$mnt/ctl"
head -c 100 <&$early >"$tmp/early"
echo 'vfree between' >"$mnt/ctl"
cat <&$early >>"$tmp/early"
exec {early}<&-
has ' between$' <"$tmp/early" || fail "the text was made before its first read"
has ' between$' <"$mnt/status" && fail "the text is older than its open"
size=$(stat -c %s "$mnt/status")

# Fifty opens of an idle machine share one text.
fds=()
before=$(rss)
for ((i = 0; i < 50; i++)); do
	exec {fd}<"$mnt/status"
	fds+=("$fd")
	head -c 1 <&"$fd" >"$tmp/byte"
done
shared=$(($(rss) - before))
for fd in "${fds[@]}"; do
	exec {fd}<&-
done
[ $((shared * 1024)) -lt $((10 * size)) ] || fail "50 opens of one text took $shared kB"

# While it changes each has its own, up to a limit.
fds=()
failed=0
for ((i = 0; i < 150 && failed < 3; i++)); do
	truncate -s $((4096 * (i % 2 + 1))) "$mnt/changing"
	exec {fd}<"$mnt/status"
	if head -c 1 <&"$fd" >"$tmp/byte" 2>"$tmp/why"; then
		fds+=("$fd")
	else
		has 'Cannot allocate memory' <"$tmp/why" || fail "$(cat "$tmp/why")"
		failed=$((failed + 1))
		exec {fd}<&-
	fi
done
[ $failed = 3 ] || fail "${#fds[@]} texts of $size bytes, and no end"
held=$((${#fds[@]} * size))
[ $held -gt $((200 << 20)) ] && [ $held -le $((256 << 20)) ] || fail "one user holds $held bytes"

# Other users have limits of their own, and a text that was begun can be read to its end.
setpriv --reuid=65534 --regid=65534 --clear-groups cat "$mnt/status" >"$tmp/other"
has ' changing$' <"$tmp/other" || fail "another user's text"
cat <&"${fds[0]}" >"$tmp/old"
has ' changing$' <"$tmp/old" || fail "the text that was held longest"

full=$(rss)
for fd in "${fds[@]}"; do
	exec {fd}<&-
done
cat "$mnt/status" >"$tmp/again"
has ' changing$' <"$tmp/again" || fail "nothing can be read after the closes"
less_by() {
	[ $((full - $(rss))) -gt "$1" ]
}
# (A sanitizer keeps what is freed for a while.)
grep -qE '__(a|t)san_init' "$vmallocfs" || eventually less_by $((150 << 10))
stop_fs
