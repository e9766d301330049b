# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libshow.a
libshow_a_CPPFLAGS = $(AM_CPPFLAGS) -Isrc/show/page $(GLIB_CFLAGS)
nodist_libshow_a_SOURCES =
libshow_a_SOURCES = \
	%D%/caller_sums.c \
	%D%/caller_sums.h \
	%D%/columns.h \
	%D%/counters.c \
	%D%/counters.h \
	%D%/digits.h \
	%D%/elf_width.c \
	%D%/elf_width.h \
	%D%/enough_text.c \
	%D%/enough_text.h \
	%D%/event_words.c \
	%D%/event_words.h \
	%D%/figures.c \
	%D%/figures.h \
	%D%/growth.c \
	%D%/growth.h \
	%D%/json.c \
	%D%/json.h \
	%D%/show.h \
	%D%/snapshot.c \
	%D%/snapshot.h \
	%D%/words.c \
	%D%/words.h

include %D%/kernel/local.mk
include %D%/own/local.mk
include %D%/page/local.mk
include %D%/picture/local.mk
include %D%/proc/local.mk
include %D%/sys/local.mk
