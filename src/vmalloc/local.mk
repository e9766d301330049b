# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libvmalloc.a
libvmalloc_a_SOURCES = \
	%D%/access.c \
	%D%/area.c \
	%D%/array.c \
	%D%/array.h \
	%D%/check.c \
	%D%/elsewhere.c \
	%D%/enough.c \
	%D%/enough.h \
	%D%/flags.c \
	%D%/generation.c \
	%D%/generation.h \
	%D%/history.c \
	%D%/history.h \
	%D%/history_moment.c \
	%D%/lazy.c \
	%D%/map.c \
	%D%/noroom.c \
	%D%/noroom.h \
	%D%/oops.c \
	%D%/policy.c \
	%D%/resize.c \
	%D%/resize.h \
	%D%/resize_plan.c \
	%D%/restore.c \
	%D%/restore.h \
	%D%/restore_leaves.c \
	%D%/saved_area.c \
	%D%/saved_area.h \
	%D%/space.c \
	%D%/stale.c \
	%D%/stale.h \
	%D%/user.c \
	%D%/user_maps.c \
	%D%/vmalloc.c \
	%D%/vmalloc_state.c \
	%D%/vmap.c \
	%D%/vmlist.c \
	%D%/vmlist.h \
	%D%/windows.c

include %D%/index/local.mk
