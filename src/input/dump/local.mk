# SPDX-License-Identifier: GPL-2.0-or-later

libinput_a_SOURCES += \
	%D%/dump.h \
	%D%/dump_file.h \
	%D%/dump_frames.c \
	%D%/dump_listing.h \
	%D%/dump_magic.c \
	%D%/dump_memory.c \
	%D%/dump_memory.h \
	%D%/dump_runs.h \
	%D%/dump_segments.c \
	%D%/dump_segments.h \
	%D%/dump_tables.c \
	%D%/dump_tables.h \
	%D%/dump_verify.c \
	%D%/dump_verify.h \
	%D%/kallsyms.c \
	%D%/kallsyms.h \
	%D%/kernel_areas.h \
	%D%/kernel_list.c \
	%D%/kernel_list.h \
	%D%/kernel_modules.h \
	%D%/kernel_types.h \
	%D%/unpack.c \
	%D%/unpack.h

# What needs libkdumpfile and libbpf, or what is said in its place.
if KDUMPFILE
libinput_a_SOURCES += \
	%D%/dump.c \
	%D%/dump_file.c \
	%D%/dump_listing.c \
	%D%/dump_runs.c \
	%D%/dump_vmallocinfo.c \
	%D%/kernel_areas.c \
	%D%/kernel_modules.c \
	%D%/kernel_types.c
else
libinput_a_SOURCES += %D%/dump_absent.c
endif
