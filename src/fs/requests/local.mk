# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/door.h \
	%D%/entry.c \
	%D%/entry.h \
	%D%/handover.h \
	%D%/loop.c \
	%D%/loop.h \
	%D%/ops.c \
	%D%/ops.h \
	%D%/ops_attr.c \
	%D%/ops_dir.c \
	%D%/ops_file.c \
	%D%/ops_readdir.c \
	%D%/ops_xattr.c \
	%D%/reply.c \
	%D%/reply.h \
	%D%/task.c \
	%D%/task.h \
	%D%/watchdog.c \
	%D%/worker.h
