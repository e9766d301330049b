# SPDX-License-Identifier: GPL-2.0-or-later

EXTRA_DIST += \
	%D%/architecture.md \
	%D%/experiments.md \
	%D%/experiments/guards.sh \
	%D%/experiments/ioremap.sh \
	%D%/experiments/lab.sh \
	%D%/experiments/lazy.sh \
	%D%/experiments/physical.sh \
	%D%/experiments/policies.sh \
	%D%/hacking.md \
	%D%/lifetime.md \
	%D%/locking.md \
	%D%/vmalloc.md \
	%D%/walk.md
