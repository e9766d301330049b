# SPDX-License-Identifier: GPL-2.0-or-later

# One program, nothing mounted.
INFO_SH_TESTS = \
	%D%/cases.sh \
	%D%/dumps.sh \
	%D%/options.sh \
	%D%/pictures.sh \
	%D%/series.sh

EXTRA_DIST += $(INFO_SH_TESTS) %D%/lib.sh
