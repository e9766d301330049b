/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the stress test: made, read, written, resized, mapped, renamed, linked, removed
 * and listed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stress.h"

static const char *const dirs[] = { "", "vmalloc_user/", "vmalloc_32/", "vmalloc_exec/" };
#define NR_DIRS (sizeof(dirs) / sizeof(dirs[0]))

/* What may come of a call when others remove, link and fill the same files. */
static void allow(const char *what, const char *path)
{
	switch (errno) {
	case ENOENT:
	case EEXIST:
	case ENOMEM:
	case ENOSPC:
		break;
	default: /* EIO is for complain() to judge */
		complain(what, path);
	}
}

int pick_path(unsigned *seed, char *path, size_t size)
{
	int letter = 'a' + rand_r(seed) % NR_LETTERS;

	snprintf(path, size, "%s/%s%d%c", top, dirs[(unsigned)rand_r(seed) % NR_DIRS],
		 rand_r(seed) % NR_NAMES, letter);
	return letter;
}

static int pick_twin(unsigned *seed, char *path, size_t size)
{
	int letter = 'a' + rand_r(seed) % NR_LETTERS;

	snprintf(path, size, "%s/vmap/%d%c", top, rand_r(seed) % NR_NAMES, letter);
	return letter;
}

void write_file(unsigned *seed)
{
	static const int modes[] = { 0, 0, O_TRUNC, O_APPEND };
	char path[4096];
	int letter = pick_path(seed, path, sizeof(path));
	int fd = open(path, O_WRONLY | O_CREAT | modes[rand_r(seed) % 4], 0644);
	size_t len = (size_t)rand_r(seed) % 40000 + 1;
	off_t off = rand_r(seed) % (SIZE_MAX_FILE - 40000);
	char *buf;

	if (fd < 0) {
		allow("open for writing", path);
		return;
	}
	if (lseek(fd, 0, SEEK_END) > SIZE_MAX_FILE && ftruncate(fd, SIZE_MAX_FILE / 2))
		allow("ftruncate", path);
	buf = malloc(len);
	memset(buf, letter, len);
	if (pwrite(fd, buf, len, off) < 0)
		allow("write", path);
	free(buf);
	close(fd);
}

static void check_bytes(const char *path, int letter, const unsigned char *buf, ssize_t n)
{
	for (ssize_t i = 0; i < n && !damaging; i++) {
		if (buf[i] && buf[i] != letter) {
			fprintf(stderr, "stress: %s has a byte 0x%02x\n", path, buf[i]);
			atomic_store(&failed, true);
			return;
		}
	}
}

static void read_path(const char *path, int letter)
{
	static const size_t size = 65536;
	unsigned char *buf;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0) {
		allow("open for reading", path);
		return;
	}
	buf = malloc(size);
	while ((n = read(fd, buf, size)) > 0)
		check_bytes(path, letter, buf, n);
	if (n < 0)
		complain("read", path);
	free(buf);
	close(fd);
}

void read_file(unsigned *seed)
{
	char path[4096];
	int letter = pick_path(seed, path, sizeof(path));

	read_path(path, letter);
}

void read_twin(unsigned *seed)
{
	char path[4096];
	int letter = pick_twin(seed, path, sizeof(path));

	read_path(path, letter);
}

void write_twin(unsigned *seed)
{
	char path[4096], buf[5000];
	int letter = pick_twin(seed, path, sizeof(path));
	int fd = open(path, O_WRONLY);

	if (fd < 0) {
		allow("open a twin", path);
		return;
	}
	memset(buf, letter, sizeof(buf));
	if (pwrite(fd, buf, sizeof(buf), 0) < 0 && errno != EPERM) /* a twin shorter than that */
		allow("write a twin", path);
	close(fd);
}

void resize_file(unsigned *seed)
{
	char path[4096];

	pick_path(seed, path, sizeof(path));
	if (truncate(path, rand_r(seed) % SIZE_MAX_FILE))
		allow("truncate", path);
}

void remove_file(unsigned *seed)
{
	char path[4096];

	if (rand_r(seed) % 3)
		pick_path(seed, path, sizeof(path));
	else
		pick_twin(seed, path, sizeof(path));
	if (unlink(path))
		allow("unlink", path);
}

void rename_file(unsigned *seed)
{
	static const unsigned flags[] = { 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	char from[4096], to[4096];
	size_t len;

	if (rand_r(seed) % 3)
		pick_path(seed, from, sizeof(from));
	else
		pick_twin(seed, from, sizeof(from));
	strcpy(to, from);
	len = strlen(to);
	to[len - 2] = (char)('0' + rand_r(seed) % NR_NAMES);
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, flags[rand_r(seed) % 3]))
		allow("rename", from);
}

void link_file(unsigned *seed)
{
	char from[4096], to[4096];
	int letter = pick_path(seed, from, sizeof(from));

	snprintf(to, sizeof(to), "%s/vmap/%d%c", top, rand_r(seed) % NR_NAMES, letter);
	if (link(from, to) && errno != EINVAL) /* EINVAL: it is empty now */
		allow("link", from);
}

/* Stores through a shared mapping of a file that is never shrunk. */
void map_file(unsigned *seed)
{
	char path[4096];
	int letter = 'a' + rand_r(seed) % NR_LETTERS;
	unsigned char *p;
	int fd;

	snprintf(path, sizeof(path), "%s/vmalloc_32_user/%c", top, letter);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0 || ftruncate(fd, 32768)) {
		allow("open to map", path);
		if (fd >= 0)
			close(fd);
		return;
	}
	p = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		complain("mmap", path);
	} else {
		if (!sigsetjmp(bus, 1)) {
			p[rand_r(seed) % 32768] = (unsigned char)letter;
			check_bytes(path, letter, p, 32768);
		}
		munmap(p, 32768);
	}
	close(fd);
}

void list_all(unsigned *seed)
{
	char path[4096];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", top, dirs[(unsigned)rand_r(seed) % NR_DIRS]);
	dir = opendir(path);
	if (!dir) {
		complain("opendir", path);
		return;
	}
	while (readdir(dir))
		;
	closedir(dir);
}

/* Each area of the listing begins at or after the end of the one before. */
void read_listing(unsigned *seed)
{
	char path[4096], line[8192];
	unsigned long long last = 0, from, to;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top,
		 rand_r(seed) % 2 ? "status" : "proc/vmallocinfo");
	f = fopen(path, "r");
	if (!f) {
		complain("open", path);
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "0x%llx-0x%llx", &from, &to) != 2)
			continue;
		if (strstr(line, " unpurged vm_area")) /* these follow the areas */
			continue;
		if (from < last || to <= from) {
			errno = 0;
			complain("not in order:", line);
		}
		last = to;
	}
	fclose(f);
}

void read_kmem(unsigned *seed)
{
	char path[4096];
	off_t at = (off_t)(0xffffc90000000000ULL & 0x7fffffffffff);
	char *buf = malloc(100000);
	int fd;

	snprintf(path, sizeof(path), "%s/dev/kmem", top);
	fd = open(path, O_RDONLY);
	if (fd < 0 || pread(fd, buf, 100000, at + rand_r(seed) % 1000000) < 0)
		complain("read", path);
	if (fd >= 0)
		close(fd);
	free(buf);
}
