# SPDX-License-Identifier: GPL-2.0-or-later

# What surrounds the programs: how shells complete them, how they are installed.
INSTALL_TESTS = \
	%D%/completion_bash.sh \
	%D%/completion_zsh.sh \
	%D%/lists.sh

EXTRA_DIST += $(INSTALL_TESTS) %D%/lib.sh
