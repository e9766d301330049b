/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of ctl, and of recorded sequences of operations: one a line.
 *
 *	vmalloc NAME SIZE
 *	vfree NAME|ADDR
 *	resize NAME SIZE
 *	get_vm_area NAME SIZE [ALIGN] [START END]
 *	ioremap NAME SIZE
 *	vmap NAME FROM[:PAGE-PAGE] ...
 *	purge
 *	reset
 *	policy NAME
 *	on CPU
 *	cpu CPU load ADDR [BYTES]
 *	cpu CPU store ADDR HEX
 *	cpu CPU exec ADDR
 *	cpu CPU flush [ADDR]
 *	cpu CPU age ADDR LEN
 *	cpu CPU cr3 ID|kernel
 *	remap NAME|ADDR PGOFF PAGES
 *	unmap ID
 *	sleep SECONDS
 *	say TEXT
 *	help
 *
 *	alloc NAME SIZE [OFFSET]	recordings: get_vm_area, and where Linux put it
 *	free NAME
 *
 * Words are separated by blanks and tabs; a name is written as status shows it,
 * so that every name is a word: \040 for a blank, three octal digits for each
 * byte that is a blank, a control character or a backslash, and for any other
 * byte if the writer likes.  Empty lines and lines that start with # are ignored.
 *
 * Numbers are decimal, 0x hexadecimal or octal with a leading 0.  SIZE and ALIGN
 * may end in K, M, G or T; ALIGN is a power of two, or 0 for none.  END is the
 * last byte of the window.  START, END and ADDR may also be negative decimal numbers,
 * as a shell prints them.  A word that begins with 0x, or is such a number, is an
 * ADDR, any other a NAME (a file called 0x1 is \060x1, one called -1 is \0551).  The
 * part after a source's last colon is its PAGE-PAGE, both inclusive, if it begins with
 * a digit.  SECONDS are decimal and may have a fraction; TEXT is the rest of the line,
 * whatever its bytes, without the blanks around it.
 *
 * Parsing takes no memory: words are pointers into the line, which is changed.
 * It takes one pass, since programs read recordings of millions of lines.
 *
 *	struct command c;
 *	const char *why;
 *
 *	for (; (newline = memchr(line, '\n', end - line)); line = newline + 1)
 *		if (command_parse(line, newline - line, &c, &why))
 *			errx(1, "line %lu: %s", n, why);
 *		else
 *			...		// c.name is good until line is written to
 */
#ifndef SHOW_COMMAND_H
#define SHOW_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command_type {
	COMMAND_NONE, /* an empty line or a comment */
	COMMAND_VMALLOC,
	COMMAND_VFREE,
	COMMAND_RESIZE,
	COMMAND_GET_VM_AREA,
	COMMAND_IOREMAP,
	COMMAND_VMAP,
	COMMAND_PURGE,
	COMMAND_RESET,
	COMMAND_POLICY,
	COMMAND_ON,
	COMMAND_ALLOC,
	COMMAND_FREE,
	COMMAND_HELP,
	COMMAND_CPU,
	COMMAND_REMAP,
	COMMAND_UNMAP,
	COMMAND_SLEEP,
	COMMAND_SAY,
};

/* What `cpu` makes a processor do. */
enum cpu_verb { CPU_LOAD, CPU_STORE, CPU_EXEC, CPU_FLUSH, CPU_FLUSH_PAGE, CPU_AGE, CPU_CR3 };

/* The most bytes that one load or store moves. */
#define CPU_BYTES_MAX 4096

/* Nanoseconds in one second, and the most that `sleep` waits; bytes of what is said. */
#define COMMAND_SECOND UINT64_C(1000000000)
#define COMMAND_SLEEP_MAX (60 * COMMAND_SECOND)
#define COMMAND_SAY_MAX 200

struct command {
	enum command_type type;
	char *name;	/* NUL-terminated, unescaped; of vfree: NULL if it was an address */
	uint64_t addr;	/* of vfree ADDR; of alloc: OFFSET */
	uint64_t size;	/* bytes; of on: the processor; of unmap and cr3: ID, 0 is the kernel's; */
			/* of sleep: nanoseconds */
	char *text;	/* of say */
	uint64_t align; /* a power of two; 0: not given */
	uint64_t start; /* the window, if has_window; end is its last byte */
	uint64_t end;
	enum cpu_verb verb;   /* of cpu; its ADDR is addr, its BYTES or LEN or ID size */
	unsigned char *bytes; /* of cpu CPU store: size of them, in the line */
	uint64_t cpu;	      /* the processor, of cpu */
	uint64_t pgoff;	      /* of remap; its PAGES are size */
	bool has_window;
	bool has_offset;
	char *rest; /* of vmap: the sources, for command_next_source() */
	char *rest_end;
	const char *wrong; /* after an error: the word that is wrong; NULL: one is missing */
	size_t wrong_len;
};

/* One of the frames' sources of vmap. */
struct command_source {
	char *name;
	uint64_t first; /* pages, both inclusive; 0 and UINT64_MAX if not given */
	uint64_t last;
};

/*
 * Parses a line of `len` bytes, without its newline; line[len] is writable, and
 * is written to.  The line may hold any bytes.  All members of *ret are set.
 * 0, or -EINVAL, and then *why (static) says what is wrong with it.
 */
int command_parse(char *line, size_t len, struct command *ret, const char **why);

/*
 * 1 and the next source; 0 after the last one; -EINVAL and *why.  There is at
 * least one, but a later one may be malformed: look at all before acting.
 */
int command_next_source(struct command *c, struct command_source *ret, const char **why);

/*
 * Line n of the list of commands, from 0 on: how one is written, and in *does what
 * it does.  NULL after the last one.
 */
const char *command_list(size_t n, const char **does);

/* How a command is written, such as "vmalloc NAME SIZE"; NULL for COMMAND_NONE. */
const char *command_usage(enum command_type type);

/* The first word of a command, such as "vmalloc", for messages; "" for COMMAND_NONE. */
const char *command_word(enum command_type type);

#endif
