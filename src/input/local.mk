# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libinput.a
# What programs that link it link as well.
INPUT_LIBS = $(ZLIB_LIBS) $(ZSTD_LIBS) $(KDUMPFILE_LIBS)
libinput_a_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS) \
	$(KDUMPFILE_CFLAGS)
libinput_a_SOURCES = \
	%D%/command.c \
	%D%/command.h \
	%D%/command_cpu.c \
	%D%/command_words.h \
	%D%/event.c \
	%D%/event.h \
	%D%/event_time.c \
	%D%/event_time.h \
	%D%/ftrace.c \
	%D%/lines.c \
	%D%/lines.h \
	%D%/listing.c \
	%D%/listing.h \
	%D%/listing_clean.c \
	%D%/listing_line.c \
	%D%/listing_line.h \
	%D%/listing_names.c \
	%D%/listing_names.h \
	%D%/listing_read.c \
	%D%/listing_said.c \
	%D%/listing_said.h \
	%D%/listing_sort.c \
	%D%/listing_unmark.c \
	%D%/listing_window.c \
	%D%/load.c \
	%D%/load.h \
	%D%/load_dump.c \
	%D%/load_dump.h \
	%D%/load_source.c \
	%D%/load_source.h \
	%D%/progress_bar.c \
	%D%/progress_bar.h \
	%D%/probe.c \
	%D%/probe.h \
	%D%/size.c \
	%D%/size.h \
	%D%/word_lists.c \
	%D%/word_lists.h

include %D%/dump/local.mk
include %D%/image/local.mk
