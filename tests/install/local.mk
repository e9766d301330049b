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

# What builds the core or the packages once more, in other ways.  check.sh --all runs it;
# make check-packages builds as a user does, which takes longer.
PACKAGE_TESTS = \
	%D%/arm64.sh \
	%D%/debian.sh \
	%D%/musl.sh \
	%D%/rpm.sh

EXTRA_DIST += $(INSTALL_TESTS) $(PACKAGE_TESTS) %D%/lib.sh

check-packages-quick:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(PACKAGE_TESTS)'

check-packages:
	PACKAGES=whole $(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(PACKAGE_TESTS)'

.PHONY: check-packages check-packages-quick
