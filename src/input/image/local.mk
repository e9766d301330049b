# SPDX-License-Identifier: GPL-2.0-or-later

libinput_a_SOURCES += \
	%D%/image.h \
	%D%/image_boot.c \
	%D%/image_check.c \
	%D%/image_files.c \
	%D%/image_files.h \
	%D%/image_format.h \
	%D%/image_listing.c \
	%D%/image_listing.h \
	%D%/image_pages.c \
	%D%/image_pages.h \
	%D%/image_parts.h \
	%D%/image_read.c \
	%D%/image_write.c
