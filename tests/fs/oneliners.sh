#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/vmallocinfo and status, read by the lines that people type and by the
# parsers that are around: each gives what the files say.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M,nodes=2
cd "$mnt"

pages=0 bytes=0 sum=0
for ((i = 1; i <= 20; i++)); do
	truncate -s $((i * 4096)) f$i
	pages=$((pages + i))
	sum=$((sum + (i + 1) * 4096))
done
truncate -s 5M large # its page array is one more: 1280 pages, 8 bytes each
truncate -s 64K ioremap/dev
ln f7 vmap/twin
pages=$((pages + 1280 + 3))
sum=$((sum + 1281 * 4096 + 4 * 4096))
all=$((sum + 17 * 4096 + 8 * 4096))
info=proc/vmallocinfo

# How much vmalloc is in use?  The size is the second word.
is "$(grep vmalloc $info | awk '{ t += $2 } END { print t }')" $sum
is "$(awk '{ t += $2 } END { print t / 1024 " KB" }' $info)" "$((all / 1024)) KB"
is "$(grep -c pages= $info)" 22
# Lines with pages=, as hidumper adds them up.
is "$(grep 'pages=' $info | tr -s ' ' | cut -d ' ' -f 2 | awk '{ s += $1 } END { print s }')" $sum
# Pages of a kind, and of each node.
is "$(grep -o 'pages=[0-9]*' $info | cut -d= -f2 | awk '{ s += $1 } END { print s }')" $pages
is "$(grep -o ' N[0-9]*=[0-9]*' $info | awk -F= '{ s += $2 } END { print s }')" $pages
is "$(awk '{ for (i = 4; i <= NF; i++) if ($i ~ /^pages=/) { sub("pages=", "", $i); n += $i } } END { print n }' $info)" $pages

# The largest ones first.
is "$(sort -k2 -rn $info | head -n 1 | awk '{ print $2, $3 }')" "$((1281 * 4096)) large+0x0/0x500000"
is "$(sort -rn -k2 $info | sed -n '2,21p' | awk '{ print $2 }' | sort -rnc 2>&1)" ""
is "$(sort -k1 $info | cmp - $info 2>&1)" ""
# Who has it?  By caller, the sum of each.
is "$(awk '{ sub(/[+].*/, "", $3); t[$3] += $2 } END { for (c in t) print t[c], c }' $info |
	sort -rn | head -n 2 | tr '\n' ' ')" "$((1285 * 4096)) large $((21 * 4096)) f20 "
is "$(awk '$3 ~ /^f7\+/ { print $4, $5 }' $info)" "pages=7 vmalloc"
is "$(grep -c ioremap $info) $(grep -c ' vmap' $info) $(grep -c vpages $info)" "1 1 1"
is "$(grep ioremap $info | grep -o 'phys=0x[0-9a-f]*' | wc -l)" 1
# Where is it?  Ranges in the order of addresses.
is "$(awk '{ split($1, r, "-"); if (r[1] < last) print; last = r[2] }' $info)" ""

# A strict grammar: range size caller and words in a fixed order.
hex='0x[0-9a-f]{16}'
grammar="^$hex-$hex +[0-9]+ ([^ +]+\\+0x[0-9a-f]+/0x[0-9a-f]+|0x[0-9a-f]+)( \\[[^]]+\\])?"
grammar+="( pages=[0-9]+)?( phys=$hex)?( ioremap)?( vmalloc)?( vmap)?( user)?( vpages)?( N[0-9]+=[0-9]+)*\$"
grep -vE "$grammar" $info && fail "lines of another grammar"
# At least three words a line, split at white space twice at most.
awk 'NF < 4 { exit 1 }' $info || fail "a line that is too short"

# status: key: value, and a table.
is "$(sed -n 's/^areas: \([0-9]*\).*/\1/p' status)" "$(grep -c ^0x status)"
is "$(grep -c ^0x status)" "$(wc -l <$info)"
is "$(awk '/^0x/ { t += $2 } END { print t }' status)" $all
is "$(awk -F: '/^[a-z_]+:/ { n++ } END { print (n > 10) }' status)" 1

cd /
stop_fs
