# SPDX-License-Identifier: GPL-2.0-or-later

# One file for all programs: bash looks for one that has the name of the command.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/vmallocfs
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/_vmallocfs

OTHER_COMPLETED = vmallocfs-info vmallocfs-quiz vmallocfs-replay vmallocfs-sweep
install-data-hook:
	for name in $(OTHER_COMPLETED); do \
		ln -sf vmallocfs "$(DESTDIR)$(bashcompletiondir)/$$name" || exit 1; \
	done
uninstall-hook:
	for name in $(OTHER_COMPLETED); do \
		rm -f "$(DESTDIR)$(bashcompletiondir)/$$name"; \
	done
