/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A crash dump, or the running kernel's /proc/kcore, as memory one can read.
 *
 * libkdumpfile knows the formats (ELF, makedumpfile's compressed ones) and
 * walks the page tables that the dump contains.  A dump that was packed as a
 * whole, with gzip or zstd, is unpacked first, into a file without a name that
 * goes with the process.
 *
 *	struct dump_file *f;
 *	char *error;
 *
 *	if (dump_file_open("vmcore", NULL, &f, &error)) ...
 *	if (dump_file_symbol(f, "vmap_area_list", &addr) &&
 *	    dump_file_read(f, addr, &first, sizeof(first))) ...
 *	dump_file_close(f);
 *
 * A dump is untrusted: whatever is read out of it may be anything.
 */
#ifndef INPUT_DUMP_FILE_H
#define INPUT_DUMP_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_file;

/* Hears how far unpacking is: 0 to 1. */
struct dump_progress {
	void (*step)(void *arg, double done);
	void *arg;
};

/* True if a file that begins with these bytes is a dump, packed ones excepted. */
bool dump_file_looks_like(const void *head, size_t len);

/* True if a regular file begins so, or what is packed in it with gzip or zstd. */
bool dump_file_is_one(const char *path);

/* The first bytes of what an open file holds, unpacked if need be: how many of them. */
size_t dump_first_bytes(int fd, unsigned char *head, size_t room);

/*
 * Opens a dump; progress may be NULL.  0 or -errno, and then *error is one line
 * without the path that says what is wrong and what to do (for g_free).
 * -ENOTSUP: built without libkdumpfile, or a format that it does not read.
 */
int dump_file_open(const char *path, const struct dump_progress *progress, struct dump_file **ret,
		   char **error);
/* Another holder of it; each closes it once. */
struct dump_file *dump_file_ref(struct dump_file *f);
void dump_file_close(struct dump_file *f);

/* True unless it is known that the dump left out the frame at physical address pfn * 4096. */
bool dump_file_has(struct dump_file *f, uint64_t pfn);

/* Bytes of its file, once that is unpacked. */
uint64_t dump_file_size(const struct dump_file *f);

/* How many pages its file can have at most. */
uint64_t dump_file_pages(struct dump_file *f);

/* Its segments, see dump_segments.h (g_array_unref). */
GArray *dump_file_segments(const struct dump_file *f);

/* All len bytes at a kernel address; false if any of them cannot be had. */
bool dump_file_read(struct dump_file *f, uint64_t addr, void *buf, size_t len);

/* The same at a physical address. */
bool dump_file_read_physical(struct dump_file *f, uint64_t addr, void *buf, size_t len);

/* True if VMCOREINFO says that the kernel was built with that option. */
bool dump_file_config(const struct dump_file *f, const char *name);

/* What VMCOREINFO says: SYMBOL(name), NUMBER(name), ....  False if it does not say it. */
bool dump_file_symbol(const struct dump_file *f, const char *name, uint64_t *ret);
bool dump_file_number(const struct dump_file *f, const char *name, uint64_t *ret);
bool dump_file_length(const struct dump_file *f, const char *name, uint64_t *ret);
bool dump_file_offset(const struct dump_file *f, const char *name, uint64_t *ret);
const char *dump_file_release(const struct dump_file *f); /* "6.1.0-56-amd64", or "?" */

/* "x86_64", "aarch64", ...; NULL if the dump does not say. */
const char *dump_file_arch(const struct dump_file *f);

#endif
