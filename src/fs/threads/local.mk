# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/coherence.c \
	%D%/coherence.h \
	%D%/forget.c \
	%D%/forget.h \
	%D%/sleepers.c \
	%D%/sleepers.h \
	%D%/sweeper.c \
	%D%/sweeper.h
