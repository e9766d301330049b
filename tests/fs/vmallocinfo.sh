#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# proc/vmallocinfo has the format of Linux, for every kind of area.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

truncate -s 8M a
truncate -s 10000 vmalloc_user/b vmalloc_exec/c vmalloc_32_user/d
truncate -s 4K ioremap/e
ln vmalloc_exec/c vmap/f
cat proc/vmallocinfo >"$tmp/info"

hex='0x[0-9a-f]{16}'
line="^$hex-$hex +[0-9]+ [^ ]+\\+0x0/0x[0-9a-f]+( pages=[0-9]+)?( phys=$hex)?( ioremap)?"
line="$line( vmalloc)?( vmap)?( user)?( vpages)?( N[0-9]+=[0-9]+)*\$"
grep -vE "$line" "$tmp/info" && fail "these lines are malformed"

# words CALLER: what follows it.
words() { grep -F " $1+0x0/" "$tmp/info" | head -n 1 | sed "s,^[^+]*+[^ ]* ,,"; }
is "$(words a)" "pages=2048 vmalloc vpages N0=2048"
is "$(words vmalloc_user/b)" "pages=3 vmalloc user N0=3"
is "$(words vmalloc_exec/c)" "pages=3 vmalloc N0=3"
is "$(words vmalloc_32_user/d)" "pages=3 vmalloc user N0=3"
[[ $(words ioremap/e) =~ ^phys=$hex\ ioremap$ ]] || fail "ioremap: $(words ioremap/e)"
is "$(words vmap/f)" "vmap"

# Sizes are column 2 and include the guard; addresses ascend.
awk '{ split($1, r, "-"); if (r[1] <= last) exit 1; last = r[1] }' "$tmp/info" || fail "order"
is "$(awk '/ a\+0x0/ && / vpages/ { print $2 }' "$tmp/info")" $(((2048 + 1) * 4096))
while read -r range size _; do
	is $((${range#*-} - ${range%-*})) "$size"
done <"$tmp/info"

# The same areas as in status.
diff <(cut -d' ' -f1 "$tmp/info") <(awk '/^0x/ { print $1 }' status) || fail "status differs"

cd /
stop_fs
