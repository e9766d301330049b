# SPDX-License-Identifier: GPL-2.0-or-later

# What surrounds the programs: how shells complete them, sweeps, exercises, a notebook, a mount unit.
INSTALL_TESTS = \
	%D%/completion_bash.sh \
	%D%/completion_zsh.sh \
	%D%/lists.sh \
	%D%/notebook.sh \
	%D%/quiz.sh \
	%D%/sweep.sh \
	%D%/sweep_slurm.sh \
	%D%/sweep_study.sh \
	%D%/systemd.sh

# What builds the core or the packages once more, in other ways.  check.sh --all runs the
# quick ones; make check-packages builds all of it, as a user does, which takes longer.
QUICK_PACKAGE_TESTS = \
	%D%/arm64.sh \
	%D%/musl.sh \
	%D%/rpm.sh
PACKAGE_TESTS = $(QUICK_PACKAGE_TESTS) %D%/bullseye.sh %D%/debian.sh %D%/nocheck.sh

EXTRA_DIST += $(INSTALL_TESTS) $(PACKAGE_TESTS) %D%/lib.sh

check-packages-quick:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(QUICK_PACKAGE_TESTS)'

check-packages:
	PACKAGES=whole $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(PACKAGE_TESTS)' \
		TIME_LIMIT='timeout -k 10 3600'

.PHONY: check-packages check-packages-quick
