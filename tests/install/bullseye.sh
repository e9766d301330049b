#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 11, whose libfuse (3.10) and GLib (2.66) are the oldest that will do: debootstrap
# unpacks it from a mirror, a release tarball is built there, and the unit tests and a mounted
# one run in it.  VMALLOCFS_MIRROR names the mirror, VMALLOCFS_DEBS a directory that keeps its
# packages for the next time.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] && [ -w /dev/fuse ] || skip "this needs root and /dev/fuse"
requires_tools unshare chroot
requires unshare -m mount --make-rprivate /
mirror=${VMALLOCFS_MIRROR:-http://deb.debian.org/debian}
root=$tmp/root
packages=gcc,make,pkg-config,libfuse3-dev,fuse3,libglib2.0-dev,zlib1g-dev,libzstd-dev,check,attr
if [ -n "${VMALLOCFS_BULLSEYE-}" ]; then
	cp -a "$VMALLOCFS_BULLSEYE" "$root"
else
	requires_tools debootstrap
	cache=()
	[ -z "${VMALLOCFS_DEBS-}" ] || cache=(--cache-dir="$VMALLOCFS_DEBS")
	timeout 1800 debootstrap --variant=minbase --include="$packages" "${cache[@]}" bullseye \
		"$root" "$mirror" >"$tmp/bootstrap.log" 2>&1 ||
		skip "debootstrap unpacks no bullseye here: $(tail -n 1 "$tmp/bootstrap.log")"
fi

# What a release tarball has.
cd "$top_builddir"
version=$(sed -n 's/^PACKAGE_VERSION = //p' Makefile)
quietly make -s distdir distdir="$root/vmallocfs-$version"

# One build without link-time optimisation; warnings of so old a compiler are no errors.
# Its processes end with the namespace.
cat >"$tmp/inside.sh" <<'X'
set -e
mount --make-rprivate /
# Mounts of other tests would not end while this namespace has them too.
awk '$3 == "fuse.vmallocfs" { print $2 }' /proc/self/mounts | xargs -r umount -l
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" sh -ec '
cd /vmallocfs-*/
pkg-config --modversion fuse3 glib-2.0 >/versions
mkdir build
cd build
../configure -q --disable-lto CFLAGS=-O1
make -s -j"$(nproc)"
./vmallocfs --version
make -s -j"$(nproc)" check TESTS="\$(UNIT_TESTS) tests/fs/readwrite.sh"'
X
status=0
root=$root env -u CC -u CFLAGS -u TEST_CFLAGS -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	PATH=/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/tmp \
	unshare -mpf bash "$tmp/inside.sh" >"$tmp/inside.log" 2>&1 || status=$?
log=$root/vmallocfs-$version/build/test-suite.log
[ $status = 0 ] || fail "$(tail -n 40 "$tmp/inside.log"
	[ ! -s "$log" ] || sed '1,/^\.\. contents/d' "$log" | grep -vE '^(ok |PASS: |$)' | tail -n 100)"

# It was that system, and the tests ran.
is "$(cut -d . -f 1-2 "$root/versions" | tr '\n' ' ')" "3.10 2.66 " "libfuse and GLib there"
passed=$(sed -n 's/^# PASS: *//p' "$log")
[ "$passed" -gt 500 ] || fail "only $passed tests passed"
has '^PASS: tests/fs/readwrite.sh' <"$tmp/inside.log" || fail "the mounted test did not run"
echo "bullseye: $passed passed, $(sed -n 's/^# SKIP: *//p' "$log") skipped"
