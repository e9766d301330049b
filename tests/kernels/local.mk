# SPDX-License-Identifier: GPL-2.0-or-later

# Not in make check: it needs QEMU and a kernel, see check.sh.
EXTRA_DIST += \
	%D%/boot.sh \
	%D%/guest_init \
	%D%/real.sh
