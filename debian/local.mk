# SPDX-License-Identifier: GPL-2.0-or-later

# The package of Debian, which is built from the release tarball.
EXTRA_DIST += \
	%D%/changelog \
	%D%/control \
	%D%/copyright \
	%D%/libvmallocfs-dev.install \
	%D%/rules \
	%D%/source/format \
	%D%/tests/control \
	%D%/tests/library \
	%D%/tests/mount \
	%D%/vmallocfs-doc.install \
	%D%/vmallocfs.install
