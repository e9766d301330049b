#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Modes, owners and times as on tmpfs.
. "$(dirname "$0")/lib.sh"
start_fs -o memory=64M
cd "$mnt"

: >a
is "$(stat -c '%a %u %g %F' a)" "644 $(id -u) $(id -g) regular empty file"
chmod 2751 a
is "$(stat -c %a a)" 2751
chmod 600 a
is "$(stat -c %a a)" 600

touch -d '2001-02-03 04:05:06.123456789 UTC' a
is "$(stat -c %Y a)" 981173106
is "$(stat -c %y a | cut -c20-29)" .123456789
touch -a -d @1000000000 a
is "$(stat -c '%X %Y' a)" "1000000000 981173106"

# Times before 1970 are exact, those that are too far away become the nearest one there is.
touch -d '1901-02-03 04:05:06.25 UTC' a
is "$(stat -c %Y a) $(stat -c %y a | cut -c20-29)" "-2174586894 .250000000"
touch -d '2500-01-01 UTC' a
is "$(stat -c %Y a)" 9223372036
touch -d '1500-01-01 UTC' a
is "$(stat -c %Y a)" -9223372036
touch -d @981173106 a
touch -a -d @1000000000 a

# now_is FIELD: that time of a was set within the last minute.
now_is() {
	local t
	t=$(stat -c "%$1" a)
	[ "$t" -ge $(($(date +%s) - 60)) ] && [ "$t" -le $(($(date +%s) + 1)) ] ||
		fail "time %$1 is $t"
}
now_is Z
printf x >>a
now_is Y
touch -d @1000000000 a
truncate -s 5000 a
now_is Y
touch -d @1000000000 a
is "$(stat -c %Y a)" 1000000000
cat a >/dev/null
is "$(stat -c %Y a)" 1000000000

# A directory's time follows its names.
touch -d @1000000000 . 2>/dev/null || true
: >b
[ "$(stat -c %Y .)" -ge $(($(date +%s) - 60)) ] || fail "the root's mtime"

if [ "$(id -u)" = 0 ]; then
	chown 12:34 a
	is "$(stat -c '%u %g' a)" "12 34"
	chown :56 a
	is "$(stat -c '%u %g' a)" "12 56"
fi

cd /
stop_fs
