/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands of the stress test, its knobs, and readers of texts.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress.h"

static void open_and_write(const char *file, const char *text)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, file);
	fd = open(path, O_WRONLY);
	if (fd < 0) {
		complain("open for writing", path);
		return;
	}
	/* Names come and go, places are taken: a command may fail in many ways. */
	if (write(fd, text, strlen(text)) < 0 && (errno == EIO || errno == ENOTCONN))
		complain(text, path);
	close(fd);
}

/* One command, on the names that all others use; a file's letter stays its own. */
static int make_command(unsigned *seed, char *line, size_t size)
{
	char path[4096], twin[4096];
	int letter = pick_path(seed, path, sizeof(path));
	const char *name = path + strlen(top) + 1;
	int kb = rand_r(seed) % 256 + 1;
	unsigned long long at = 0xffffc90000000000 + ((uint64_t)rand_r(seed) % 512 << 12);

	snprintf(twin, sizeof(twin), "vmap/%d%c", rand_r(seed) % NR_NAMES, letter);
	switch (rand_r(seed) % 12) {
	case 0:
	case 1:
	case 2:
		return snprintf(line, size, "vmalloc %s %dK\n", name, kb);
	case 3:
	case 4:
		return snprintf(line, size, "vfree %s\n",
				rand_r(seed) % 2   ? name
				: rand_r(seed) % 2 ? twin
						   : "reserved");
	case 5:
		return snprintf(line, size, "resize %s %dK\n", name, kb);
	case 6:
		/* Not by a name that is read: a page fault is no good end. */
		return snprintf(line, size, "%s reserved %dK\n",
				rand_r(seed) % 2 ? "get_vm_area" : "alloc", kb);
	case 7:
	case 8:
		return snprintf(line, size, "vmap %s %s:0-0 %s\n", twin, name, name);
	case 9:
		return snprintf(line, size, "vfree 0x%llx\n", at);
	case 10:
		return snprintf(line, size, "purge\n");
	default:
		return snprintf(line, size, rand_r(seed) % 16 ? "# nothing\n" : "reset\n");
	}
}

void write_commands(unsigned *seed)
{
	char text[32768] = "";
	int used = 0;

	for (unsigned n = (unsigned)rand_r(seed) % 8 + 1; n--;)
		used += make_command(seed, text + used, sizeof(text) - (size_t)used);
	if (rand_r(seed) % 4 == 0) /* the last one runs when the file is closed */
		text[used - 1] = '\0';
	open_and_write("ctl", text);
}

void turn_knob(unsigned *seed)
{
	static const char *const knobs[][2] = {
		{ "sys/kernel/mm/vmalloc/policy", "first-fit" },
		{ "sys/kernel/mm/vmalloc/policy", "next-fit" },
		{ "sys/kernel/mm/vmalloc/policy", "best-fit" },
		{ "sys/kernel/mm/vmalloc/policy", "worst-fit" },
		{ "sys/kernel/mm/vmalloc/policy", "top-down" },
		{ "sys/kernel/mm/vmalloc/lazy_max_pages", "0" },
		{ "sys/kernel/mm/vmalloc/lazy_max_pages", "1000" },
		{ "sys/kernel/mm/vmalloc/purge", "1" },
		{ "sys/kernel/mm/vmalloc/map_width", "40" },
		{ "sys/kernel/mm/vmalloc/map_width", "200" },
		{ "sys/kernel/mm/vmalloc/map_ascii", "1" },
		{ "sys/kernel/mm/vmalloc/map_ascii", "0" },
		{ "sys/kernel/tracing/tracing_on", "0" },
		{ "sys/kernel/tracing/tracing_on", "1" },
		{ "sys/kernel/tracing/events/vmalloc/enable", "0" },
		{ "sys/kernel/tracing/events/vmalloc/enable", "1" },
		{ "sys/kernel/mm/vmalloc/vfree", "0xffffc90000000000" },
	};
	unsigned n = (unsigned)rand_r(seed) % (sizeof(knobs) / sizeof(knobs[0]));

	open_and_write(knobs[n][0], knobs[n][1]);
	usleep(1000); /* the setting is in force for a moment */
}

void read_text(unsigned *seed)
{
	static const char *const texts[] = {
		"map.txt",	"map.svg",
		"map.html",	"status.json",
		"status",	"sys/kernel/mm/vmalloc/holes",
		"proc/kmsg",	"sys/kernel/tracing/trace",
		"ctl",		"sys/kernel/mm/vmalloc/check",
		"proc/meminfo", "sys/kernel/mm/vmalloc/policy",
	};
	char path[4096], buf[65536];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top,
		 texts[(unsigned)rand_r(seed) % (sizeof(texts) / sizeof(texts[0]))]);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) {
		complain("open", path);
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n < 0)
		complain("read", path);
	close(fd);
}

/* A reader of trace_pipe that waits, and is killed while it does. */
void kill_reader(unsigned *seed)
{
	char path[4096];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/sys/kernel/tracing/trace_pipe", top);
	pid = fork();
	if (!pid) {
		char buf[3000];
		int fd = open(path, O_RDONLY);

		while (fd >= 0 && read(fd, buf, sizeof(buf)) >= 0)
			;
		_exit(0);
	}
	usleep((useconds_t)rand_r(seed) % 5000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
