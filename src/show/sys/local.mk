# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_SOURCES += \
	%D%/callers.c \
	%D%/enough_now.c \
	%D%/extfrag.c \
	%D%/event_lines.c \
	%D%/holes.c \
	%D%/node_tables.c \
	%D%/node_tables.h \
	%D%/nodes.c \
	%D%/pooled.c \
	%D%/ptdump.c \
	%D%/tables.c \
	%D%/tables.h \
	%D%/tlb_entries.c \
	%D%/tracefs.c \
	%D%/vmas.c
