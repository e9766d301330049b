# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/ctl.c \
	%D%/ctl.h \
	%D%/ctl_cpu.c \
	%D%/ctl_find.c \
	%D%/ctl_run.c \
	%D%/ctl_vmap.c \
	%D%/vfree.c \
	%D%/vfree.h
