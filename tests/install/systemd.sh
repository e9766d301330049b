#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# systemd accepts the mount unit that comes as an example.
. "$(dirname "$0")/lib.sh"
requires_tools systemd-analyze
unit=mnt-vmallocfs.mount
cp "$top_srcdir/doc/systemd/$unit" "$tmp"
# verify OPTION...: what it complains of goes to $tmp/err.  It looks for the manual page.
verify() {
	MANPATH=$top_srcdir systemd-analyze verify --man=no "$tmp/$unit" >"$tmp/err" 2>&1
}
verify || fail "$(cat "$tmp/err")"
[ ! -s "$tmp/err" ] || fail "$(cat "$tmp/err")"
# A unit that is named for another directory is not accepted: the test can fail.
sed -i 's,^Where=.*,Where=/elsewhere,' "$tmp/$unit"
! verify || [ -s "$tmp/err" ] || fail "any unit is accepted"
