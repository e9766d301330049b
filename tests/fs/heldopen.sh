#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Readers that have a text open, while areas come and go: each one reads on in
# what was true at its first byte, and readers that die in the middle do no harm.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"
for ((i = 0; i < 300; i++)); do
	truncate -s $((i % 7 * 3000 + 1)) f$i
done

# churn: changes the machine so that every text changes.
churn() {
	local i
	rm -f f*[02468]
	for ((i = 0; i < 200; i++)); do
		truncate -s 20K g$i
		rm -f g$((i - 3))
	done
	truncate -s 8M big$1
}

mapfile -t texts < <(find status proc sys -type f -perm -400 ! -name kcore ! -name kmsg \
	! -name 'trace*' ! -name check)
[ ${#texts[@]} -gt 10 ] || fail "only ${#texts[@]} texts"
fds=()
for file in "${texts[@]}"; do
	exec {fd}<"$file"
	# The first one is read half now, the second one at the end.
	cat "$file" >"$tmp/before-${#fds[@]}"
	dd bs=100 count=1 status=none <&"$fd" >"$tmp/read-${#fds[@]}"
	fds+=("$fd")
done
exec {core}<proc/kcore
churn 1
for ((n = 0; n < ${#texts[@]}; n++)); do
	cat <&"${fds[n]}" >>"$tmp/read-$n"
	exec {fds[n]}<&-
	case ${texts[n]} in
	sys/kernel/debug/fail* | sys/kernel/mm/*) ;; # values: each read is of the moment, or of the open
	*) same "$tmp/before-$n" "$tmp/read-$n" ;;
	esac
done
cmp -s status "$tmp/before-0" && fail "the machine has not changed"
# kcore shows memory of the moment of each read, not of the open.
is "$(dd bs=4 count=1 status=none <&"$core" | tail -c 3)" ELF
exec {core}<&-

# Readers that end in the middle, while things change.
for ((round = 0; round < 20; round++)); do
	head -c 200 status >/dev/null
	sleep 60 <proc/vmallocinfo &
	reader=$!
	truncate -s $((round + 1))K h
	kill -9 $reader
	wait $reader || true
	{ cat proc/vmallocinfo || true; } | head -n 1 >/dev/null
done 2>/dev/null
# One is left half read when the rest is gone.
exec {fd}<proc/vmallocinfo
dd bs=1 count=1 status=none <&"$fd" >"$tmp/first"
lines=$(wc -l <proc/vmallocinfo)
rm -f f* g* h big*
is "$(wc -l <&"$fd")" "$lines"
exec {fd}<&-
is "$(key areas)" 0
is "$(knob check)" ok

cd /
stop_fs
