# SPDX-License-Identifier: GPL-2.0-or-later

# Programs for people who link the library, each with what it prints.
exampledir = $(docdir)/examples
dist_example_DATA = \
	%D%/fragment.c \
	%D%/fragment.txt \
	%D%/hello.c \
	%D%/hello.txt \
	%D%/walk.c \
	%D%/walk.txt
