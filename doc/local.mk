# SPDX-License-Identifier: GPL-2.0-or-later

dist_doc_DATA = \
	NEWS \
	README \
	%D%/architecture.md \
	%D%/exercises.md \
	%D%/experiments.md \
	%D%/hacking.md \
	%D%/lifetime.md \
	%D%/image.md \
	%D%/locking.md \
	%D%/placement.md \
	%D%/placement.sh \
	%D%/processor.md \
	%D%/scenarios.md \
	%D%/sweep.md \
	%D%/vmalloc.md \
	%D%/walk.md

# What experiments.md tells one to run.
experimentsdir = $(docdir)/experiments
dist_experiments_DATA = \
	%D%/experiments/guards.sh \
	%D%/experiments/ioremap.sh \
	%D%/experiments/lab.sh \
	%D%/experiments/lazy.sh \
	%D%/experiments/physical.sh \
	%D%/experiments/policies.sh \
	%D%/experiments/pools.sh \
	%D%/experiments/shootdowns.sh

# What scenarios.md tells one to play.
scenariosdir = $(docdir)/scenarios
dist_scenarios_DATA = \
	%D%/scenarios/first-failure.ctl \
	%D%/scenarios/lazy-purge.ctl \
	%D%/scenarios/picket-fence.ctl \
	%D%/scenarios/stale-entry.ctl

# What sweep.md tells one to run.
sweepdir = $(docdir)/sweep
dist_sweep_DATA = %D%/sweep/study.sh

# A mount unit to copy.
systemddir = $(docdir)/systemd
dist_systemd_DATA = %D%/systemd/mnt-vmallocfs.mount

# A notebook in the percent format, which is also a script.
notebookdir = $(docdir)/notebook
dist_notebook_DATA = %D%/notebook/fragmentation.py
