# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/attr.c \
	%D%/attr.h \
	%D%/counted.c \
	%D%/counted.h \
	%D%/dir.c \
	%D%/dir.h \
	%D%/file_ops.h \
	%D%/ids.c \
	%D%/ids.h \
	%D%/inode.c \
	%D%/inode.h \
	%D%/mount.h \
	%D%/names.c \
	%D%/names.h \
	%D%/open.c \
	%D%/open.h \
	%D%/rows.h \
	%D%/small_lock.c \
	%D%/small_lock.h
