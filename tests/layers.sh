#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The law of doc/architecture.md, "Layers": a file includes the headers of its
# own layer, the headers of the layers below it that the law lets it use, and
# the libraries of its layer.  Of machine and vmalloc the layers above use the
# public headers alone; the exceptions are listed here and on that page.
set -eu
cd "$(dirname "$0")/.."

machine='vmallocfs/(types|machine|page|pgtable|cpu|state)\.h'
core="$machine|vmallocfs/(vmalloc|history)\.h"
failed=0

complain() {
	echo "$*"
	failed=1
}

# includes DIRECTORY: "FILE NAME" for each header that a source there includes.
includes() {
	find "$1" -name '*.[ch]' -exec grep -HE '^[[:space:]]*#[[:space:]]*include' {} + |
		sed -nE 's/^([^:]*):[^<"]*[<"]([^>"]*)[>"].*/\1 \2/p'
}

# excepted FILE NAME: true if the page names this exception.
excepted() {
	case "$1 $2" in
	src/vmalloc/*" machine/lock.h") ;;  # locks that cost nothing with one thread
	src/vmalloc/*" machine/cache.h") ;; # descriptors kept for the next area
	src/show/proc/*" machine/zone.h") ;; # the buddy lists, which /proc counts
	src/fs/inode/*" machine/slab.h") ;; # inodes without a head for each
	*) return 1 ;;
	esac
}

# layer DIR ALLOWED FORBIDDEN: ALLOWED headers of ours; FORBIDDEN ones of others.
layer() {
	local file name
	while read -r file name; do
		case $name in
		vmallocfs/* | machine/* | vmalloc/* | input/* | show/* | fs/* | replay/* | info/*)
			[[ $name =~ ^($2)$ ]] && continue
			excepted "$file" "$name" && continue
			;;
		*)
			[[ $name =~ ^($3) ]] || continue
			;;
		esac
		complain "$file: may not include $name"
	done < <(includes "src/$1")
}

layer machine "$machine|machine/.*" 'glib|gio|gmodule|fuse|check'
layer vmalloc "$core|vmalloc/.*" 'glib|gio|gmodule|fuse|check'
# The index is a room that knows nothing of the files around it.
layer vmalloc/index "$core|vmalloc/index/.*" 'glib|gio|gmodule|fuse|check'
layer input "$core|input/.*" 'fuse|check'
layer show "$core|show/.*" 'fuse|check'
layer fs "$core|input/.*|show/.*|fs/.*" 'check'
layer replay "$core|input/.*|show/.*|replay/.*" 'fuse|check'
layer info "$core|input/.*|show/.*|info/.*" 'fuse|check'

# The public headers need nothing but each other and libc.
ours_or_not_libc='^(glib|gio|fuse|check|machine/|vmalloc/|input/|show/|fs/|replay/|info/)'
while read -r file name; do
	[[ $name =~ ^($core)$ ]] && continue
	[[ $name =~ $ours_or_not_libc ]] && complain "$file: may not include $name"
done < <(includes include)

# A base name occurs once in src/, so that a name in a message is one file.
for name in $(find src -name '*.[ch]' | sed 's,.*/,,' | sort | uniq -d); do
	complain "src/ has more than one $name"
done
for name in $(find src -name '*.[ch]' | sed -e 's,.*/,,' | sort -u | sed 's/\.[ch]$//' | sort | uniq -c |
	awk '$1 > 2 { print $2 }'); do
	complain "src/ has more than one $name.c or $name.h"
done

# Each source file is named in a row of the page, and each folder heads a table there.
page=doc/architecture.md
named=$(sed -nE 's/^\| ([^|]*) \|.*/\1/p' "$page" | tr -s ', ' '\n\n')
for name in $(find src -type f ! -name local.mk | sed 's,.*/,,' | sort); do
	grep -qxF "$name" <<<"$named" || complain "$page has no row for $name"
done
for name in $(find src -mindepth 1 -type d); do
	# src/fs has no file of its own: its rooms have tables.
	[ -z "$(find "$name" -maxdepth 1 -name '*.[ch]')" ] ||
		grep -qxF "$name/" <<<"$named" || complain "$page has no table for $name/"
done

# Replies leave src/fs by one door, which announces what changed (requests/reply.h).
for file in $(grep -rlE 'fuse_reply_|texts_announce\(' src/fs --include='*.[ch]'); do
	case $file in
	src/fs/requests/reply.c | src/fs/files/announce.[ch]) ;;
	*) complain "$file: replies by itself; use requests/reply.h" ;;
	esac
done
exit $failed
