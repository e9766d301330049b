# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/area_file.c \
	%D%/dev.c \
	%D%/files.h \
	%D%/kcore.c \
	%D%/knob.c \
	%D%/knob.h \
	%D%/knob_value.c \
	%D%/region.c \
	%D%/region.h \
	%D%/text.c \
	%D%/trace_pipe.c \
	%D%/trace_pipe.h \
	%D%/user_file.c
