# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/dir.c \
	%D%/inode.c \
	%D%/inode.h \
	%D%/names.c \
	%D%/names.h
