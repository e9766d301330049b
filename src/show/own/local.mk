# SPDX-License-Identifier: GPL-2.0-or-later

libshow_a_SOURCES += \
	%D%/history_json.c \
	%D%/history_json.h \
	%D%/status.c \
	%D%/status_json.c
