# SPDX-License-Identifier: GPL-2.0-or-later

# What surrounds the programs: how shells complete them, and sweeps.
INSTALL_TESTS = \
	%D%/completion_bash.sh \
	%D%/completion_zsh.sh \
	%D%/lists.sh \
	%D%/sweep.sh \
	%D%/sweep_slurm.sh \
	%D%/sweep_study.sh

EXTRA_DIST += $(INSTALL_TESTS) $(PACKAGE_TESTS) %D%/lib.sh

# What builds the core or the packages once more, in other ways.
PACKAGE_TESTS = \
	%D%/musl.sh

check-packages:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(PACKAGE_TESTS)'

.PHONY: check-packages
