# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_SOURCES += \
	%D%/buddyinfo.c \
	%D%/core_notes.h \
	%D%/iomem.c \
	%D%/kcore_head.c \
	%D%/kmsg.c \
	%D%/meminfo.c \
	%D%/pagetypeinfo.c \
	%D%/vmallocinfo.c \
	%D%/vmcore_head.c \
	%D%/zoneinfo.c \
	%D%/zones.h
