#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rpmbuild accepts vmallocfs.spec and makes a source package.  PACKAGES=whole also builds,
# and then each file that is installed must be in a package.
. "$(dirname "$0")/lib.sh"
requires_tools rpmbuild rpm
cd "$top_builddir"
version=$(sed -n 's/^PACKAGE_VERSION = //p' Makefile)
is "$(sed -n 's/^Version: *//p' "$top_srcdir/vmallocfs.spec")" "$version" "vmallocfs.spec"
quietly make -s distdir distdir="$tmp/vmallocfs-$version"
mkdir "$tmp/SOURCES"
tar -C "$tmp" -czf "$tmp/SOURCES/vmallocfs-$version.tar.gz" "vmallocfs-$version"
what=-bs
[ "${PACKAGES-}" != whole ] || what=-ba
quietly env -u CC -u CFLAGS -u MAKEFLAGS -u MFLAGS -u MAKELEVEL rpmbuild --nodeps \
	--define "_topdir $tmp" --define "_smp_mflags -j$(nproc)" $what "$top_srcdir/vmallocfs.spec"
rpm -qlp "$tmp"/SRPMS/*.src.rpm >"$tmp/list"
has -x vmallocfs.spec <"$tmp/list" && has -x "vmallocfs-$version.tar.gz" <"$tmp/list" ||
	fail "$(cat "$tmp/list")"
[ $what = -ba ] || exit 0
is "$(find "$tmp/RPMS" -name '*.rpm' -printf '%f\n' | sed "s/-$version.*//" | sort | tr '\n' ' ')" \
	"vmallocfs vmallocfs-devel vmallocfs-doc "
rpm -qlp "$tmp"/RPMS/*/vmallocfs-"$version"-*.rpm | has '/bin/vmallocfs-sweep$' || fail "no vmallocfs-sweep"
