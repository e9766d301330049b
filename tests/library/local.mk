# SPDX-License-Identifier: GPL-2.0-or-later

# What people meet who link the library.
LIBRARY_TESTS = \
	%D%/archives.sh \
	%D%/headers.sh \
	%D%/install.sh \
	%D%/symbols.sh \
	%D%/version.sh

EXTRA_DIST += $(LIBRARY_TESTS) %D%/lib.sh %D%/sizes.c
