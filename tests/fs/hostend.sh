#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's memory ends where no limit was set: ENOMEM, and the mount goes on.
. "$(dirname "$0")/lib.sh"
requires prlimit --version
! nm "$vmallocfs" 2>/dev/null | has -E '__(asan|tsan)_init' ||
	skip "a sanitizer ends the process when the host has no memory"
start_fs -o memory=4G,hostmem=0
cd "$mnt"
[ "$(stat -c %N "/proc/$pid/exe" | grep -c valgrind)" = 0 ] || skip "valgrind"

# room BYTES: so much more than now the daemon may have.
room() {
	local size
	size=$(awk '/^VmSize:/ { print $2 }' "/proc/$pid/status")
	prlimit --pid "$pid" --as=$((size * 1024 + $1)):
}
texts=(status status.json map.txt map.svg map.html proc/vmallocinfo proc/iomem proc/vmlinux
	sys/kernel/mm/vmalloc/{holes,callers} sys/kernel/debug/page_tables/kernel)
enomem() { grep -q 'Cannot allocate memory' "$1"; }

# So many lines in one go that there is no room for what they ask for.
echo precious >a
seq -f 'vmalloc %06.0f-a-name-that-is-not-too-short 4K' 200000 >"$tmp/ops"
room $((24 << 20))
status=0
LC_ALL=C cat "$tmp/ops" >ctl 2>"$tmp/cat" || status=$?
is $status 1
enomem "$tmp/cat" || fail "$(cat "$tmp/cat")"
is "$(cat a)" precious

# Every text is whole, or ENOMEM; so with more and more room for it.
whole=0
for extra in 9 24; do
	room $((extra << 20))
	for text in "${texts[@]}"; do
		if LC_ALL=C cat "$text" >"$tmp/text" 2>"$tmp/cat"; then
			whole=$((whole + 1))
			[ -s "$tmp/text" ] || fail "$text is empty"
		else
			enomem "$tmp/cat" || fail "$text: $(cat "$tmp/cat")"
		fi
	done
done
[ $whole -lt $((2 * ${#texts[@]})) ] || fail "there was room for every text"

# Operations on files succeed or do not, and the daemon stays.
room $((9 << 20))
for i in {1..10}; do
	touch "file$i" || :
	mv "file$i" "moved$i" || :
	truncate -s 8K "moved$i" || :
	ln "moved$i" "vmap/moved$i" || :
	"$sys" listxattr "moved$i" || :
	"$sys" pread dev/kmem "$(kmem_offset 0xffffea0000000000)" 4096 || :
done >/dev/null 2>&1
ls -l >/dev/null 2>&1 || :
for file in dev/mem dev/kmem proc/kcore; do
	"$sys" lseek "$file" 0 SEEK_DATA >"$tmp/seek" 2>&1 || :
done
head -c 1 proc/vmcore >"$tmp/text" 2>/dev/null || :

# With memory again all of it is there.
prlimit --pid "$pid" --as=unlimited:
is "$(cat a)" precious
areas=$(key areas)
[ "$areas" -gt 10 ] && [ "$areas" -lt 200000 ] || fail "$areas areas"
for text in "${texts[@]}"; do
	cat "$text" >"$tmp/text"
done
is "$(wc -l <proc/vmallocinfo)" "$areas"
echo reset >ctl
is "$(key areas)" 0
is "$(knob check)" ok
cd /
# libfuse says so where it gets no buffer; nothing else was said.
is "$(grep -cv '^vmallocfs: failed to allocate ' "$tmp/stderr")" 0
: >"$tmp/stderr"
stop_fs
