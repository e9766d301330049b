#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ctl: each command does what the file operation does, a line that fails says
# so, and lines may come in any pieces.
. "$(dirname "$0")/lib.sh"

# run LINE...: in one write each line.
run() { sys_is "$((${#1} + 1))" put ctl "$1"; }
# refuse ERRNO LINE: the write fails, ctl says why, and nothing has changed.
refuse() {
	local before
	before=$(awk '/^0x/' status | md5sum)
	expect_errno "$1" put ctl "$2"
	grep -q "^line 1: .*[a-z]" ctl || fail "$2: ctl reads '$(cat ctl)'"
	is "$(awk '/^0x/' status | md5sum)" "$before" "$2: "
}

start_fs -o memory=64M,nodes=2
cd "$mnt"
idle=$(idle_frames)
is "$(stat -c '%a %s %F' ctl)" "600 0 regular empty file"
is "$(cat ctl)" ok

# --- the same as the file operations ----------------------------------------

truncate -s 10000 file
run 'vmalloc line 10000'
is "$(row line | awk '{ print $2, $3, $4 }')" "$(row file | awk '{ print $2, $3, $4 }')"
is "$(stat -c '%a %u %g %s %b %h' line)" "$(stat -c '%a %u %g %s %b %h' file)"
rm file line

for dir in vmalloc_user vmalloc_32 vmalloc_32_user vmalloc_exec vmalloc_node/1 ioremap; do
	truncate -s 20K $dir/a
	flags=$(flags $dir/a)
	rm $dir/a
	run "vmalloc $dir/a 20K"
	is "$(flags $dir/a)" "$flags" $dir
	is "$(stat -c %s $dir/a)" 20480
	run "resize $dir/a 40001"
	is "$(stat -c %s $dir/a)" 40001 $dir
	run "vfree $dir/a"
	expect_errno ENOENT stat $dir/a size
done
run "vmalloc vmalloc_node/1/a 8K"
is "$("$sys" getxattr vmalloc_node/1/a user.vmalloc.node)" 1
run "vfree vmalloc_node/1/a"
is "$(idle_frames)" "$idle"

# Content is kept, callers are names, names are what status writes.
run 'vmalloc a\040b\134 5000'
printf content >'a b\'
run 'resize a\040b\134 1M'
is "$(head -c 7 'a b\')" content
is "$(pages 'a\\040b\\134')" 256
run 'resize a\040b\134 0'
is "$(stat -c '%s %b' 'a b\')" "0 0"
run 'resize a\040b\134 0x10'
is "$(stat -c '%s %b' 'a b\')" "16 8"
run 'vfree a\040b\134'

# vfree of an address leaves the file without an area, as the knob does.
run "vmalloc a 8K"
run "vfree $(addr a)"
is "$(stat -c '%s %b' a)" "0 0"
run "vfree 0x0"
truncate -s 8K a
mv a b
run "vfree $(addr b)"
is "$(stat -c %s b)" 0
before=$(logged 'nonexistent vm area')
run "vfree 0xffffc90000abc000"
is "$(logged 'nonexistent vm area')" $((before + 1))
rm b
run "vmalloc 0x10 4K"
run 'vfree \060x10'
is "$(key areas)" 0

# ioremap and vmap know their directories.
run "ioremap x 8K"
run "ioremap ioremap/y 4097"
is "$(flags ioremap/x) $(flags ioremap/y)" "ioremap ioremap"
all_bytes ioremap/x '\0'
run "vfree ioremap/x"
run "vfree ioremap/y"

# --- vmap: pages of several files, in order ----------------------------------

random_file "$tmp/a" 20480
random_file "$tmp/b" 10000
cp "$tmp/a" a
cp "$tmp/b" vmalloc_user/b
run "vmap t a:4-4 vmalloc_user/b:0-1 a:1-2 vmalloc_user/b"
page() { dd if="$1" bs=4096 skip="$2" count="$3" status=none; }
{ page "$tmp/a" 4 1; page "$tmp/b" 0 2; page "$tmp/a" 1 2; cat "$tmp/b"; } >"$tmp/want"
same vmap/t "$tmp/want"
is "$(stat -c '%s %u %g' vmap/t)" "$((5 * 4096 + 10000)) $(id -u) $(id -g)"
is "$(flags vmap/t)" vmap
# It is the same frame.
printf changed | dd of=a bs=4096 seek=4 conv=notrunc status=none
is "$(head -c 7 vmap/t)" changed
expect_errno EPERM truncate vmap/t 4096
# One of a vmap, and what goes away stays.
run "vmap vmap/u vmap/t:1-2 vmap/t:0-0"
run "vfree a"
run "vfree vmalloc_user/b"
run "vfree vmap/t"
same <(head -c 8192 vmap/u) <(page "$tmp/b" 0 2)
refuse EEXIST "vmap u vmap/u"
refuse ENOENT "vmap w nothing"
refuse EISDIR "vmap w vmalloc_user"
refuse EPERM "vmap w status"
refuse EINVAL "vmap w vmap/u:0-3"
refuse EINVAL "vmap w vmap/u:3-3"
has 'not so many pages' <ctl
refuse EINVAL "vmap w vmap/u:1"
refuse EINVAL "vmap w vmap/u vmap/u:1-0"
refuse EPERM "vmap vmalloc_user/w vmap/u"
: >empty
refuse EINVAL "vmap w empty"
run "ioremap x 8K"
refuse EINVAL "vmap w ioremap/x"
refuse ENOMEM "vmap w $(printf 'vmap/u %.0s' {1..6000})"
rm empty
run reset
is "$(idle_frames)" "$idle"

# --- get_vm_area: a place, and nothing there ---------------------------------

run "get_vm_area r 10000"
is "$(stat -c '%s %b' r)" "10000 0"
is "$(pages r)" 0
all_bytes r '\0'
is "$(wc -c <r)" 10000
sys_is 5 pwrite r 100 5 x
all_bytes r '\0'
for call in 'truncate r 0' 'truncate r 20000' 'pwrite r 10000 1 x' 'append r 1 x'; do
	# shellcheck disable=SC2086
	expect_errno EPERM $call
done
refuse EPERM "resize r 4096"
refuse EINVAL "vmap w r"
expect_errno EINVAL link r vmap/w
run "get_vm_area al 4K 2M"
is $(($(addr al) % (2 << 20))) 0
# An area ends at or below END, so the last page of a window is never used.
refuse ENOSPC "get_vm_area win 4K 0xffffc90001000000 0xffffc90001001fff"
run "get_vm_area win 4K 0xffffc90001000000 0xffffc90001002000"
is "$(addr win)" 0xffffc90001000000
refuse ENOSPC "get_vm_area w 4K 0xffffc90001000000 0xffffc90001002000"
run "get_vm_area both 4K 64K 0xffffc90002001000 0xffffc90003000000"
is "$(addr both)" 0xffffc90002010000
run "get_vm_area module 8K 0xffffffffa0000000 0xffffffffffffffff"
is "$(addr module)" 0xffffffffa0000000
refuse EINVAL "get_vm_area w 4K 0 0xffffffffffffffff"
refuse EINVAL "get_vm_area w 4K 0xffff888000000000 0xffff888000ffffff"
refuse EINVAL "get_vm_area w 4K 0xffffea0000000000 0xffffea0000ffffff"
refuse EINVAL "get_vm_area w 4K 3"
refuse EPERM "get_vm_area vmap/w 4K"
refuse EPERM "get_vm_area ioremap/w 4K"
run "get_vm_area vmalloc_node/1/w 4K"
is "$(knob check)" ok
# A file goes where a hole is, also beside these.
run "vfree $(addr r)"
is "$(stat -c %s r)" 0
run reset
is "$(key areas)" 0

# Recordings: the place is checked.
run "alloc n1 36864 0x0"
run "alloc n2 16422 0xa000"
run "free n1"
refuse EADDRNOTAVAIL "alloc n3 4096 0x12345000"
run "alloc n3 4096 0"
run "alloc n4 4096"
is "$(addr n4)" 0xffffc90000002000
run reset
cat "$data/placement-window-seed1.ops" >ctl
is "$(cat ctl)" ok
is "$(key areas)" "$(awk '$1 == "alloc" { n++ } $1 == "free" { n-- } END { print n }' \
	"$data/placement-window-seed1.ops")"
run reset
knob lazy_max_pages 1000000
cat "$data/lazy-window-seed1.ops" >ctl
is "$(cat ctl)" ok
run reset
knob lazy_max_pages 0

# --- errors ------------------------------------------------------------------

run "vmalloc a 4K"
refuse EEXIST "vmalloc a 4K"
is "$(cat ctl)" "line 1: vmalloc a: File exists"
refuse EEXIST "vmalloc status 4K"
refuse EEXIST "vmalloc vmap 4K"
refuse ENOENT "vfree nothing"
refuse ENOENT "vfree no/thing"
refuse ENOENT "vmalloc no/thing 4K"
refuse ENOTDIR "vmalloc a/b 4K"
refuse EPERM "vmalloc vmap/x 4K"
refuse EPERM "vmalloc proc/x 4K"
refuse EPERM "vfree status"
refuse EPERM "vfree ctl"
refuse EISDIR "vfree vmap"
refuse EISDIR "resize vmap 4K"
refuse ENOENT "resize b 4K"
refuse EPERM "resize status 0"
refuse EPERM "ioremap vmalloc_user/x 4K"
refuse ENAMETOOLONG "vmalloc $(printf 'x%.0s' {1..256}) 4K"
refuse ENOTDIR "vmalloc a/ 4K"
refuse EINVAL "vmalloc vmalloc_user/ 4K"
refuse EINVAL "vmalloc . 4K"
refuse EINVAL "vmalloc vmalloc_user/.. 4K"
refuse EINVAL "vmalloc b 0"
refuse EINVAL "vmalloc b"
refuse EINVAL "vmalloc b 18446744073709551616"
refuse EINVAL "vmalloc"
refuse EINVAL "nonsense"
refuse EINVAL "purge all"
refuse EINVAL "policy nonsense"
refuse EINVAL 'vfree a\0'
refuse ENOMEM "vmalloc b 18446744073709551615"
refuse ENOMEM "vmalloc b 65M"
refuse ENOMEM "resize a 1T"
refuse EFBIG "resize a 0xffffffffffffffff"
refuse ENOMEM "ioremap b 128T"
refuse ENOSPC "get_vm_area b 64T"
run "policy best-fit"
is "$(key policy)" best-fit
run "policy first-fit"
is "$(key policy)" first-fit
# Freed ranges wait, until a purge.
knob lazy_max_pages 1000
run $'vmalloc b 64K\nvmalloc c 4K\nvfree b\nvmalloc b 64K'
[ $(($(addr b))) -gt $(($(addr c))) ] || fail "a range that waits was taken"
run $'vfree b\npurge\nvmalloc b 64K'
[ $(($(addr b))) -lt $(($(addr c))) ] || fail "purge"
run $'vfree b\nvfree c'
knob lazy_max_pages 0
# Names as long as can be.
long=$(printf 'x%.0s' {1..255})
run "vmalloc $long 4K"
run "vfree $(addr "$long")"
is "$(stat -c %s "$long")" 0
run reset

# Frames that end half way leave nothing.
echo 7 >sys/kernel/debug/fail_page_alloc/fail-nth
refuse ENOMEM "vmalloc b 64K"
expect_errno ENOENT stat b size
is "$(idle_frames)" "$idle"
is "$(knob check)" ok

# --- lines and writes ----------------------------------------------------------

# A line that fails ends its write; what came before stands, what follows is not run.
expect_errno EEXIST put ctl $'vmalloc a 1\n\n# x\n  \nvmalloc b 1\nvmalloc a 1\nvmalloc c 1'
is "$(cat ctl)" "line 6: vmalloc a: File exists"
is "$(ls -d a b c 2>/dev/null | tr '\n' ' ')" "a b "
is "$(cat ctl)" "line 6: vmalloc a: File exists"
run purge
is "$(cat ctl)" ok

# Lines are counted per open; a failure stays to be read after it.
exec 7>ctl
printf 'vfree a\nvfree b\n' >&7
expect_errno EINVAL put ctl nonsense
expect_errno ENOENT put @7 $'#\nvfree a\n#\n#'
expect_errno ENOENT put @7 'vfree a'
is "$(cat ctl)" "line 7: vfree a: No such file or directory"
echo purge >&7
is "$(cat ctl)" "line 7: vfree a: No such file or directory"
exec 7>&-
is "$(cat ctl)" "line 7: vfree a: No such file or directory"

# In pieces of any size.
for ((i = 0; i < 100; i++)); do
	echo "vmalloc vmalloc_32/file$i $((4096 + i))"
	echo "# a comment"
	[ $((i % 2)) = 0 ] || echo "vfree vmalloc_32/file$i"
done >"$tmp/ops"
for bs in 1 7 1000 100000; do
	dd if="$tmp/ops" of=ctl bs=$bs status=none
	is "$(ls vmalloc_32 | wc -l)" 50 "bs=$bs"
	is "$(key areas)" 50
	run reset
done

# A last line without newline runs at close; close(2) has its error.
sys_is 0 finish ctl "vmalloc a 4K"
is "$(pages a)" 1
expect_errno EEXIST finish ctl "vmalloc a 4K"
is "$(cat ctl)" "line 1: vmalloc a: File exists"
expect_errno EEXIST finish ctl $'vfree a\nvmalloc a 4K\n#\nvmalloc a 4K'
is "$(cat ctl)" "line 4: vmalloc a: File exists"
sys_is 0 finish ctl ""
# Each close of a duplicate counts, and runs it once.
exec 7>ctl
echo -n 'vmalloc dup 4K' >&7
is "$(pages dup)" 1
exec 7>&-
is "$(cat ctl)" ok
# Not that of a child: it has the descriptor, and wrote nothing.
(
	printf 'vmalloc straddl'
	sleep 0
	printf 'ing 4K'
	sleep 0
	exec sleep 0
) >ctl
is "$(cat ctl) $(pages straddling)" "ok 1"
# The shell's own way of saying it.
! cp "$tmp/a" ctl 2>/dev/null || fail "random bytes are no commands"
run reset

# Of a write that failed, the line that it began is not run when it goes on.
sys_is 25 again ctl $'bad\nvmalloc no' $'where 4K\nvmalloc here 4K\n'
is "$(ls -d here where nowhere 2>/dev/null)" here
is "$(cat ctl)" "line 1: 'bad': not a command; the command help lists them"
expect_errno ENOENT again ctl $'bad\n\n\nvmalloc no' $'where 4K\nvfree nowhere\n'
is "$(cat ctl)" "line 5: vfree nowhere: No such file or directory"
long=$(printf 'x%.0s' {1..65537})
expect_errno EINVAL again ctl "$long" $'x\nbad\n'
is "$(cat ctl)" "line 2: 'bad': not a command; the command help lists them"
run reset

# What is wrong with a line: the word, and what would be right.
says() { # LINE WORD...: ctl names them all
	expect_errno EINVAL put ctl "$1"
	for word in "${@:2}"; do
		grep -qF -e "$word" ctl || fail "$1: '$(cat ctl)' is without $word"
	done
}
says 'vmaloc a 4K' "'vmaloc'" help
says 'vmalloc a 4Q' "'4Q'" 'vmalloc NAME SIZE'
says 'vmalloc a' size 'vmalloc NAME SIZE'
says 'purge now' "'now'" 'it is: purge'
says 'get_vm_area a 4K 3 0x1000 0x2000' "'3'" 'power of two'
says 'get_vm_area a 4K 0x2000 0y3000' "'0y3000'" 'START END'
says 'policy fist-fit' first-fit worst-fit linux-6.12
says "$(printf 'x%.0s' {1..200})" "...'"
says $'v\033' "'"

# Help, through any open, until the next answer.
run help
is "$(awk '{ print $1 }' ctl | tr '\n' ' ')" \
	"vmalloc vfree alloc free resize get_vm_area ioremap vmap purge reset policy on cpu remap unmap sleep say help "
is "$(cat ctl)" "$(cat ctl)"
for word in vfree resize vmap; do
	grep -q "^$word NAME" ctl || fail "help is without $word"
done
run purge
is "$(cat ctl)" ok

# An address as a shell prints it.
truncate -s 4K negative
run "vfree $(($(addr negative)))"
is "$(stat -c %s negative)$(row negative)" 0
rm negative
run "get_vm_area at 4K $((0xffffc90000100000)) $((0xffffc90000200000 - 1))"
is "$(addr at)" 0xffffc90000100000
run 'vfree at'

# The example of the manual page.
sed -n '/^\.Sh COMMANDS/,/^\.Sh [^C]/p' "$top_srcdir/vmallocfs.1" |
	sed -n '/^\.Bd/,/^\.Ed/p' | grep -v '^\.' >"$tmp/example"
is "$(wc -l <"$tmp/example")" 8
cat "$tmp/example" >ctl
is "$(cat ctl) $(key areas)" "ok 0"

# --- junk ------------------------------------------------------------------------

for size in 1 100 5000 300000 1048576; do
	head -c $size /dev/urandom >"$tmp/junk"
	! dd if="$tmp/junk" of=ctl bs=1M status=none 2>/dev/null ||
		[ "$(tr -d '\n' <"$tmp/junk" | wc -c)" -lt 3 ] || fail "$size random bytes"
	head -c $size /dev/zero >"$tmp/junk"
	! dd if="$tmp/junk" of=ctl bs=1M status=none 2>/dev/null || fail "$size zeros"
	# One line of that length, in one write and in many.
	{ printf 'vfree '; head -c $size /dev/zero | tr '\0' x; echo; } >"$tmp/junk"
	for bs in 1M 4K; do
		! dd if="$tmp/junk" of=ctl bs=$bs status=none 2>/dev/null || fail "$size x"
	done
done
is "$(cat ctl)" "line 1: longer than 65536 bytes"
{ printf '#'; head -c 65534 /dev/zero | tr '\0' x; echo; echo 'vmalloc a 4K'; } >"$tmp/junk"
cat "$tmp/junk" >ctl
is "$(cat ctl) $(pages a)" "ok 1"
run 'vfree a'

# Other things one does to a file.
expect_errno EINVAL truncate ctl 1
sys_is 0 truncate ctl 0
expect_errno EPERM unlink ctl
expect_errno EPERM rename ctl b 0
sys_is 3 pread ctl 0 100
sys_is 1 pread ctl 2 100
sys_is 0 pread ctl 3 100

# --- everything goes --------------------------------------------------------------

run "vmalloc open 8K"
printf kept >open
exec 7<>open
run "get_vm_area r 4K"
run "vmalloc vmalloc_node/0/x 3M"
run "ioremap x 4K"
run "vmap x open"
run reset
is "$(find . -type f ! -path './proc/*' ! -path './sys/*' ! -path './dev/*' | sort | tr '\n' ' ' |
	sed 's/\.\/map\.[a-z]* //g; s/\.\/status\.json //')" "./ctl ./status "
is "$(awk '/^0x/ { print $5 }' status)" 'open\040(deleted)'
is "$(head -c 4 <&7)" kept
is "$(stat -Lc %h /dev/fd/7)" 0
exec 7>&-
is "$(key areas)" 0
is "$(idle_frames)" "$idle"
is "$(knob check)" ok

# A crashed machine: allocation is EIO, and everything can be removed.
run "vmalloc a 4K"
knob in_interrupt 1
expect_errno EIO put ctl "vfree $(addr a)"
knob in_interrupt 0
refuse EIO "vmalloc b 4K"
refuse EIO "resize a 8K"
refuse EIO "get_vm_area b 4K"
refuse EIO "vmap b a"
refuse EIO "ioremap b 4K"
run "vfree a"
run reset
cd /
stop_fs

# Areas that a layout brought are files too, and go with the others.
start_fs -o memory=64M,load="$data/vmallocinfo-linux-6.1.txt"
before=$(key areas)
at=$(awk '/^0x.* vmalloc / { print substr($1, 1, 18); exit }' "$mnt/status")
echo "vmalloc a 1M
reset" >"$mnt/ctl"
is "$(key areas)" 0
stop_fs
start_fs -o memory=64M,load="$data/vmallocinfo-linux-6.1.txt"
is "$(key areas)" "$before"
echo "vfree $at" >"$mnt/ctl"
is "$(awk '/^0x/ { print substr($1, 1, 18) }' "$mnt/status" | grep -c "$at")" 0
stop_fs
