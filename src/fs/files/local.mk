# SPDX-License-Identifier: GPL-2.0-or-later

libfs_a_SOURCES += \
	%D%/announce.c \
	%D%/announce.h \
	%D%/area_file.c \
	%D%/area_file.h \
	%D%/cpu_mem.c \
	%D%/cpu_mem.h \
	%D%/dev.c \
	%D%/files.h \
	%D%/files_state.c \
	%D%/files_state.h \
	%D%/frames.c \
	%D%/frames.h \
	%D%/kcore.c \
	%D%/knob.c \
	%D%/knob.h \
	%D%/knob_call.c \
	%D%/knob_fault.c \
	%D%/knob_member.c \
	%D%/knob_number.c \
	%D%/knob_number.h \
	%D%/knob_rows.c \
	%D%/knob_tlb.c \
	%D%/loaded.c \
	%D%/loaded.h \
	%D%/region.c \
	%D%/region.h \
	%D%/set_event.c \
	%D%/set_event.h \
	%D%/text.c \
	%D%/text.h \
	%D%/text_copy.c \
	%D%/text_copy.h \
	%D%/trace_pipe.c \
	%D%/trace_pipe.h \
	%D%/user_file.c \
	%D%/user_ranges.c \
	%D%/user_ranges.h \
	%D%/vmcore.c \
	%D%/vmcore.h
