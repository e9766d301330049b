#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Any name a file may have is one row, one line.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

long=$(printf '%255s' '' | tr ' ' n)
truncate -s 4K "$long"
is "$(pages "$long")" 1
for call in "open ${long}n O_CREAT|O_WRONLY" "rename $long ${long}n 0" "unlink ${long}n" \
	"link $long vmap/${long}n" "mknod ${long}n S_IFREG" "mkdir ${long}n" \
	"open vmalloc_user/${long}n O_CREAT|O_WRONLY"; do
	# shellcheck disable=SC2086 # a call and its arguments
	expect_errno ENAMETOOLONG $call
done
rm "$long"

# check NAME ESCAPED: how status and vmallocinfo show it.
check() {
	truncate -s 4K "$1"
	is "$(awk '/^0x/ { print $5 }' status)" "$2"
	is "$(awk '/^0x/ && NF != 5' status)" "" "columns"
	is "$(awk '{ print $3 }' proc/vmallocinfo)" "$2+0x0/0x1000"
	is "$(wc -l <proc/vmallocinfo)" 1
	rm "$1"
}
check 'a b' 'a\040b'
check $'a\nb' 'a\012b'
check $'\t' '\011'
check $'\x1b[31mred' '\033[31mred'
check 'back\slash' 'back\134slash'
check $'\x7f' '\177'
check 'grüße' 'grüße'
check $'\xff\xfe' '\377\376'
check $'a\xc2\x9b2J' 'a\302\2332J'
check $'caf\xc3\xa9' $'caf\xc3\xa9'
check ./-rf -rf
check '[pages:x]' '[pages:x]'
check "quote'\"\$" "quote'\"\$"

# A name that looks like a key or a row cannot forge one.
check $'x\nareas: 99' 'x\012areas:\04099'

cd /
stop_fs
