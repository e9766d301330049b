/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stress [-c] [-d SEED] DIR SECONDS: readers, writers, creators, removers, renamers,
 * linkers and listers at once, on a few names, so that they meet.
 *
 * Every file whose name ends in the letter c holds nothing but the byte c, or
 * zeros where nothing was written: a reader that finds anything else has read
 * a frame of another file.  Names change within a letter only, and a vmap twin
 * keeps its file's letter.  Prints what was done; exit status 1 if a byte was
 * wrong or a call failed in a way that the others do not explain.
 *
 * -d: meanwhile random things are written over 1 % of all frames, whatever they
 * are used for.  Bytes may be wrong then and a call may fail with EIO, or with
 * SIGBUS in a mapping; nothing else may.
 *
 * -c: others do the same through ctl, change policies, switches and knobs, draw
 * pictures, and read trace_pipe until they are killed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NR_LETTERS 4
#define NR_NAMES 3 /* of each letter in each directory */
#define SIZE_MAX_FILE 300000

static const char *const dirs[] = { "", "vmalloc_user/", "vmalloc_32/", "vmalloc_exec/" };
#define NR_DIRS (sizeof(dirs) / sizeof(dirs[0]))

static const char *top;
static time_t end;
static atomic_bool failed;
static atomic_uint nr_at_work; /* threads that have done something */
static bool damaging;
static bool vanishing; /* a mapped file may be taken away */
static unsigned damage_seed;
static _Thread_local sigjmp_buf bus; /* where a SIGBUS goes on */

static _Atomic unsigned long counts[32];

static void complain(const char *what, const char *path)
{
	if (damaging && errno == EIO)
		return;
	fprintf(stderr, "stress: %s %s: %s\n", what, path, strerror(errno));
	atomic_store(&failed, true);
}

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

static int pick_path(unsigned *seed, char *path, size_t size)
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

static void write_file(unsigned *seed)
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

static void read_file(unsigned *seed)
{
	char path[4096];
	int letter = pick_path(seed, path, sizeof(path));

	read_path(path, letter);
}

static void read_twin(unsigned *seed)
{
	char path[4096];
	int letter = pick_twin(seed, path, sizeof(path));

	read_path(path, letter);
}

static void write_twin(unsigned *seed)
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

static void resize_file(unsigned *seed)
{
	char path[4096];

	pick_path(seed, path, sizeof(path));
	if (truncate(path, rand_r(seed) % SIZE_MAX_FILE))
		allow("truncate", path);
}

static void remove_file(unsigned *seed)
{
	char path[4096];

	if (rand_r(seed) % 3)
		pick_path(seed, path, sizeof(path));
	else
		pick_twin(seed, path, sizeof(path));
	if (unlink(path))
		allow("unlink", path);
}

static void rename_file(unsigned *seed)
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

static void link_file(unsigned *seed)
{
	char from[4096], to[4096];
	int letter = pick_path(seed, from, sizeof(from));

	snprintf(to, sizeof(to), "%s/vmap/%d%c", top, rand_r(seed) % NR_NAMES, letter);
	if (link(from, to) && errno != EINVAL) /* EINVAL: it is empty now */
		allow("link", from);
}

/* Stores through a shared mapping of a file that is never shrunk. */
static void map_file(unsigned *seed)
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

static void list_all(unsigned *seed)
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
static void read_listing(unsigned *seed)
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

static void read_kmem(unsigned *seed)
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

static void write_commands(unsigned *seed)
{
	char text[32768] = "";
	int used = 0;

	for (unsigned n = (unsigned)rand_r(seed) % 8 + 1; n--;)
		used += make_command(seed, text + used, sizeof(text) - (size_t)used);
	if (rand_r(seed) % 4 == 0) /* the last one runs when the file is closed */
		text[used - 1] = '\0';
	open_and_write("ctl", text);
}

static void turn_knob(unsigned *seed)
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

static void read_text(unsigned *seed)
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
static void kill_reader(unsigned *seed)
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

static const struct act {
	const char *name;
	void (*fn)(unsigned *seed);
} acts[] = {
	{ "writes", write_file },
	{ "reads", read_file },
	{ "twin reads", read_twin },
	{ "twin writes", write_twin },
	{ "resizes", resize_file },
	{ "removals", remove_file },
	{ "renames", rename_file },
	{ "links", link_file },
	{ "mappings", map_file },
	{ "directories", list_all },
	{ "listings", read_listing },
	{ "kmem reads", read_kmem },
	/* with -c */
	{ "commands", write_commands },
	{ "knobs", turn_knob },
	{ "texts", read_text },
	{ "dead readers", kill_reader },
};
#define NR_COMMANDING 4
#define NR_ACTS (sizeof(acts) / sizeof(acts[0]))

static unsigned nr_acts = NR_ACTS - NR_COMMANDING; /* that there are now, a thread for each */

/* A thread has a favourite act and does the others now and then. */
static void *work(void *arg)
{
	unsigned favourite = *(unsigned *)arg;
	unsigned seed = favourite + 1;
	bool begun = false;

	while (time(NULL) < end && !atomic_load(&failed)) {
		unsigned n = rand_r(&seed) % 4 ? favourite : (unsigned)rand_r(&seed) % nr_acts;

		acts[n].fn(&seed);
		atomic_fetch_add(&counts[n], 1);
		if (!begun && atomic_fetch_add(&nr_at_work, 1) + 1 == nr_acts) {
			puts("all at work");
			fflush(stdout);
		}
		begun = true;
	}
	return NULL;
}

/* Something for a place that may be an entry of a table, an array, or data. */
static uint64_t random_word(unsigned *seed, uint64_t frames)
{
	uint64_t word = (uint64_t)rand_r(seed) << 42 ^ (uint64_t)rand_r(seed) << 21 ^
			(uint64_t)rand_r(seed);

	switch (rand_r(seed) % 5) {
	case 0: /* a table */
		return word % frames << 12 | 0x63;
	case 1: /* a page, perhaps a large one */
		return word % frames << 12 | 0x8000000000000163 | (word >> 40 & 0x80);
	case 2: /* a struct page */
		return 0xffffea0000000000 + word % frames * 64;
	case 3:
		return 0;
	default:
		return word;
	}
}

/* Where the page tables begin; others follow closely. */
static uint64_t read_cr3(void)
{
	unsigned long long cr3 = 0;
	char path[4096], line[8192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/status", top);
	f = fopen(path, "r");
	while (f && !cr3 && fgets(line, sizeof(line), f))
		sscanf(line, "cr3: 0x%llx", &cr3);
	if (f)
		fclose(f);
	return cr3;
}

/* In equal steps over the time that there is; a hit in eight is for the tables. */
static void *damage(void *arg)
{
	char path[4096];
	unsigned seed = damage_seed;
	uint64_t frames, n, cr3 = read_cr3();
	struct stat st;
	int fd;

	(void)arg;
	snprintf(path, sizeof(path), "%s/dev/mem", top);
	fd = open(path, O_RDWR);
	if (fd < 0 || fstat(fd, &st) || !cr3) {
		complain("look at", path);
		return NULL;
	}
	frames = (uint64_t)st.st_size >> 12;
	n = (frames + 99) / 100;
	for (uint64_t i = 0; i < n; i++) {
		double seconds = (double)(end - time(NULL)) / (double)(n - i);
		off_t at = (off_t)((uint64_t)rand_r(&seed) % frames << 12);
		bool whole = rand_r(&seed) % 2;
		uint64_t words[512];

		if (rand_r(&seed) % 8 == 0)
			at = (off_t)(cr3 + (uint64_t)rand_r(&seed) % 32 * 4096);
		if (!whole)
			at += rand_r(&seed) % 512 * 8;
		for (unsigned k = 0; k < 512; k++)
			words[k] = random_word(&seed, frames);
		if (pwrite(fd, words, whole ? sizeof(words) : sizeof(*words), at) < 0)
			complain("write", path);
		if (seconds > 0)
			usleep((useconds_t)(seconds * 1e6));
	}
	printf("%8" PRIu64 " frames damaged\n", n);
	close(fd);
	return NULL;
}

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(bus, 1);
}

int main(int argc, char **argv)
{
	pthread_t threads[NR_ACTS];
	unsigned numbers[NR_ACTS];
	pthread_t damager;
	int opt;

	while ((opt = getopt(argc, argv, "cd:")) != -1) {
		switch (opt) {
		case 'c':
			vanishing = true;
			nr_acts = NR_ACTS;
			break;
		case 'd':
			damaging = vanishing = true;
			damage_seed = (unsigned)strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	argv += optind - 1;
	if (argc - optind != 2)
		return 2;
	top = argv[1];
	end = time(NULL) + atoi(argv[2]);
	if (vanishing)
		signal(SIGBUS, on_bus);
	if (damaging) {
		if (pthread_create(&damager, NULL, damage, NULL))
			return 2;
	}
	for (unsigned i = 0; i < nr_acts; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, work, &numbers[i]))
			return 2;
	}
	for (unsigned i = 0; i < nr_acts; i++)
		pthread_join(threads[i], NULL);
	if (damaging)
		pthread_join(damager, NULL);
	for (unsigned i = 0; i < nr_acts; i++) {
		printf("%8lu %s\n", atomic_load(&counts[i]), acts[i].name);
		if (!atomic_load(&counts[i]))
			atomic_store(&failed, true);
	}
	return atomic_load(&failed);
}
