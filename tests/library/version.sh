#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# configure.ac says the version; everything else that names one agrees.
. "$(dirname "$0")/lib.sh"

version=$(sed -n 's/^AC_INIT(\[vmallocfs\], \[\([^]]*\)\].*/\1/p' "$srcdir/configure.ac")
[ -n "$version" ] || fail "configure.ac: there is no version"

cat >"$tmp/version.c" <<-'EOT'
	#include <stdio.h>
	#include <vmallocfs/types.h>

	int main(void)
	{
		printf("%s\n%s\n%d.%d.%d\n", VMALLOCFS_VERSION, vmallocfs_version(),
		       VMALLOCFS_VERSION_MAJOR, VMALLOCFS_VERSION_MINOR, VMALLOCFS_VERSION_MICRO);
	}
EOT
# shellcheck disable=SC2086
$CC -std=c11 $TEST_CFLAGS -I"$srcdir/include" "$tmp/version.c" libvmallocfs.a -pthread -o "$tmp/version"
printf '%s\n' "$version" "$version" "$version" | diff - <("$tmp/version") || fail "types.h"

[ "$(sed -n 's/^Version: //p' vmallocfs.pc)" = "$version" ] || fail "vmallocfs.pc"
for program in vmallocfs vmallocfs-info vmallocfs-replay; do
	[ "$("./$program" --version | sed -n 1p)" = "$program $version" ] || fail "$program --version"
done
case $(head -n 1 "$srcdir/NEWS") in
"vmallocfs $version"*) ;;
*) fail "NEWS begins with another version" ;;
esac
