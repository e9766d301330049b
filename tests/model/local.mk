# SPDX-License-Identifier: GPL-2.0-or-later

MODEL_TESTS = %D%/model
check_PROGRAMS += $(MODEL_TESTS)

%C%_model_SOURCES = \
	%D%/compare.c \
	%D%/history.c \
	%D%/history.h \
	%D%/model.c \
	%D%/model.h \
	%D%/ops.c \
	%D%/runs.c
