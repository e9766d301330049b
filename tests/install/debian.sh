#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages of Debian: built from what a release tarball has, without an error or a
# warning of lintian, and installed in a copy of this system, where they mount.  They are
# built without optimisation, which takes half the time; PACKAGES=whole builds them as a
# user does.
. "$(dirname "$0")/lib.sh"
requires_tools dpkg-buildpackage dh lintian
requires dpkg-checkbuilddeps "$top_srcdir/debian/control"
cd "$top_builddir"
version=$(sed -n 's/^PACKAGE_VERSION = //p' Makefile)
quietly make -s distdir distdir="$tmp/vmallocfs-$version"
cd "$tmp/vmallocfs-$version"
is "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)" "$version" "changelog"
options="nocheck parallel=$(nproc)"
[ "${PACKAGES-}" = whole ] || options+=" noopt"
DEB_BUILD_OPTIONS=$options quietly env -u CC -u CFLAGS -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	dpkg-buildpackage -us -uc
cd ..
[ -s "vmallocfs_$version.dsc" ] || fail "there is no source package"
is "$(ls ./*.deb | sed 's/_.*//' | sort -u | tr '\n' ' ')" \
	"./libvmallocfs-dev ./vmallocfs ./vmallocfs-dbgsym ./vmallocfs-doc "
lintian --allow-root --fail-on error,warning ./*.changes >lintian.out 2>&1 ||
	fail "$(cat lintian.out)"
dpkg -c "vmallocfs_$version"_*.deb >list
for file in bin/vmallocfs bin/vmallocfs-{info,replay,sweep} share/man/man1/vmallocfs-sweep.1.gz \
	share/bash-completion/completions/vmallocfs-sweep share/zsh/vendor-completions/_vmallocfs; do
	grep -q " ./usr/$file\$" list || [ "$(grep -c " ./usr/$file ->" list)" = 1 ] ||
		fail "$file is not in the package"
done

# In a copy of this system that is thrown away: dpkg installs, the package's tests run.
cat >install.sh <<'X'
set -e
mount --make-rprivate /
mount -t tmpfs none "$tmp/copy"
mkdir "$tmp/copy/up" "$tmp/copy/work" "$tmp/copy/root"
root=$tmp/copy/root
mount -t overlay none "$root" -o "lowerdir=/,upperdir=$tmp/copy/up,workdir=$tmp/copy/work" || exit 77
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mkdir "$root/debs"
cp "$tmp"/*.deb "$root/debs"
cp -r "$tmp"/vmallocfs-*/debian/tests "$root/debs/tests"
rm "$root"/debs/*dbgsym*
chroot "$root" sh -ec 'dpkg -i /debs/*.deb
for test in mount library; do
	sh /debs/tests/$test
done
dpkg -r vmallocfs libvmallocfs-dev vmallocfs-doc
[ ! -e /usr/bin/vmallocfs ]'
X
[ "$(id -u)" = 0 ] && [ -w /dev/fuse ] || skip "the packages are built; to install them takes root and /dev/fuse"
mkdir copy
status=0
tmp=$tmp unshare -m bash install.sh >install.log 2>&1 || status=$?
[ $status != 77 ] || skip "the packages are built; to install them takes an overlay of /"
[ $status = 0 ] && [ "$(grep -c '^passed' install.log)" = 2 ] || fail "$(cat install.log)"
