/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the stress test share.
 *
 *	stress.c	the threads, and what they did
 *	stress_files.c	files made, read, written, mapped, renamed, linked, removed
 *	stress_ctl.c	commands, knobs, texts
 *	stress_damage.c	random words in the frames
 *
 * An act does one thing to random files; *seed is its thread's own.
 */
#ifndef STRESS_H
#define STRESS_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define NR_LETTERS 4
#define NR_NAMES 3 /* of each letter in each directory */
#define SIZE_MAX_FILE 300000

extern const char *top; /* where it is mounted */
extern time_t deadline;
extern atomic_bool failed;
extern bool damaging;
extern unsigned damage_seed;
extern _Thread_local sigjmp_buf bus; /* where a SIGBUS goes on */

/* The call failed as errno says.  That fails the test, unless damage explains it. */
void complain(const char *what, const char *path);

/* The path of a random file; returns its letter. */
int pick_path(unsigned *seed, char *path, size_t size);

/* --- stress_files.c ------------------------------------------------------------ */

void write_file(unsigned *seed);
void read_file(unsigned *seed);
void read_twin(unsigned *seed);
void write_twin(unsigned *seed);
void resize_file(unsigned *seed);
void remove_file(unsigned *seed);
void rename_file(unsigned *seed);
void link_file(unsigned *seed);
void map_file(unsigned *seed);
void list_all(unsigned *seed);
void read_listing(unsigned *seed);
void read_kmem(unsigned *seed);

/* --- stress_ctl.c -------------------------------------------------------------- */

void write_commands(unsigned *seed);
void turn_knob(unsigned *seed);
void read_text(unsigned *seed);
void kill_reader(unsigned *seed);

/* --- stress_damage.c ----------------------------------------------------------- */

/* A thread: random words over one frame in a hundred, until the deadline. */
void *damage(void *arg);

#endif
