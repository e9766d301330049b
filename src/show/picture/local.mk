# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_SOURCES += \
	%D%/canvas.c \
	%D%/canvas.h \
	%D%/failed.c \
	%D%/failed.h \
	%D%/failed_svg.c \
	%D%/failed_txt.c \
	%D%/layout.c \
	%D%/layout.h \
	%D%/layout_rows.c \
	%D%/map_frames_txt.c \
	%D%/map_svg.c \
	%D%/map_txt.c \
	%D%/map_txt.h \
	%D%/svg.c \
	%D%/svg.h \
	%D%/svg_charts.c \
	%D%/svg_charts.h \
	%D%/svg_font.c \
	%D%/svg_font.h \
	%D%/svg_space.c \
	%D%/svg_space.h
