# SPDX-License-Identifier: GPL-2.0-or-later

noinst_LIBRARIES += libinfo.a
libinfo_a_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
libinfo_a_SOURCES = \
	%D%/changes.c \
	%D%/groups.c \
	%D%/image_changes.c \
	%D%/image_changes.h \
	%D%/image_things.c \
	%D%/image_things.h \
	%D%/info.h \
	%D%/info_answer_text.c \
	%D%/info_csv.c \
	%D%/info_dump.c \
	%D%/info_dump.h \
	%D%/info_html.c \
	%D%/info_images_text.c \
	%D%/info_json.c \
	%D%/info_options.c \
	%D%/info_options.h \
	%D%/info_picture.c \
	%D%/info_report.h \
	%D%/info_spaces.c \
	%D%/info_text.c \
	%D%/questions.c

bin_PROGRAMS += vmallocfs-info
vmallocfs_info_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
vmallocfs_info_SOURCES = %D%/vmallocfs_info.c
vmallocfs_info_LDADD = libinfo.a libinput.a libshow.a $(CORE_LIBS) \
	$(GLIB_LIBS) $(INPUT_LIBS) -lm
vmallocfs_info_LDFLAGS = $(CORE_LDFLAGS)
