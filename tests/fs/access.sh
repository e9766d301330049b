#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With allow_other the kernel checks modes; without it other users are kept out.
. "$(dirname "$0")/lib.sh"
requires_root
requires setpriv --reuid=65534 --regid=65534 --clear-groups true
chmod 755 "$tmp"
other() { setpriv --reuid=65534 --regid=65534 --clear-groups "$sys" "$@"; }
requires other access / 0

start_fs -o memory=64M
cd "$mnt"
printf secret >a
for file in a status proc/vmallocinfo proc/kcore dev/mem sys/kernel/mm/vmalloc/init_on_alloc; do
	is "$(cd / && other open "$mnt/$file" O_RDONLY)" EACCES
	is "$(cd / && other open "$mnt/$file" O_WRONLY)" EACCES
done
is "$(cd / && other open "$mnt" O_RDONLY)" EACCES
is "$(cd / && other truncate "$mnt/a" 0)" EACCES
is "$(cd / && other unlink "$mnt/a")" EACCES
cd /
stop_fs

start_fs -o memory=64M,allow_other
cd "$mnt"
printf secret >a
printf public >b
chmod 600 a
is "$(other open b O_RDONLY)" 0
is "$(other open b O_WRONLY)" EACCES
is "$(other open a O_RDONLY)" EACCES
is "$(other truncate a 0)" EACCES
is "$(other unlink a)" EACCES
is "$(other open status O_RDONLY)" 0
is "$(other open proc/vmallocinfo O_RDONLY)" EACCES
is "$(other open proc/kcore O_RDONLY)" EACCES
is "$(other open dev/mem O_RDONLY)" EACCES
is "$(other open dev/kmem O_RDONLY)" EACCES
is "$(other open sys/kernel/mm/vmalloc/init_on_alloc O_RDONLY)" 0
is "$(other open sys/kernel/mm/vmalloc/init_on_alloc O_WRONLY)" EACCES
is "$(other open sys/kernel/mm/vmalloc/check O_RDONLY)" EACCES
is "$(other open sys/kernel/mm/vmalloc/vfree O_WRONLY)" EACCES
is "$(other open sys/kernel/debug/failslab/times O_RDONLY)" EACCES

# Modes as in Linux, and each file that is there keeps to its mode.
is "$(stat -c '%a %n' proc/kcore dev/mem dev/kmem proc/vmallocinfo sys/kernel/debug | tr '\n' ' ')" \
	"400 proc/kcore 600 dev/mem 600 dev/kmem 400 proc/vmallocinfo 700 sys/kernel/debug "
n=0
while read -r mode file; do
	r=EACCES w=EACCES
	((!(0$mode & 4))) || r=0
	((!(0$mode & 2))) || w=0
	case $file in # their directories are closed
	./sys/kernel/debug/* | ./sys/kernel/tracing/*) r=EACCES w=EACCES ;;
	esac
	is "$(other open "$file" O_RDONLY)" $r "$file"
	is "$(other open "$file" O_WRONLY)" $w "$file"
	is "$(other unlink "$file")" EACCES "$file"
	n=$((n + 1))
done < <(find . -type f ! -name a ! -name b -printf '%m %p\n')
[ $n -gt 50 ] || fail "only $n files"
is "$(other open sys/kernel/debug O_RDONLY)" EACCES
is "$(other open x 'O_CREAT|O_WRONLY')" EACCES

chown 65534 a
is "$(other open a O_RDWR)" 0
is "$(other chmod a 640)" 0
is "$(other chmod b 666)" EPERM
is "$(cat a)" secret

cd /
stop_fs
