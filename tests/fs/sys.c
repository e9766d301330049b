/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys CALL ARGUMENT...: makes one system call and prints what came of it, so
 * that a shell test can compare errnos and not the wording of tools.
 *
 *	$ sys truncate mnt/a 65536
 *	0
 *	$ sys open mnt/status O_WRONLY
 *	EACCES
 *
 * A result is printed as a decimal number, getxattr's and listxattr's as text,
 * a failure as the errno's name.  The exit status is 0 in both cases; 2 says
 * that the test itself is wrong.
 *
 * "sys serve" does this for one request after another, since to start a program
 * takes a hundred times as long as most calls.  A request is a number and as many
 * arguments, each with a NUL at its end; the first argument is the directory to work
 * in.  The answer is what would be printed, a newline, the exit status, and a NUL.
 * Each call is made by a child of its own, so that it leaves nothing open.
 *
 * Where a path stands, @N names file descriptor N, inherited from the shell.
 * Numbers take a 0x prefix; flags are names joined by |.  Calls that need an
 * open file open the path themselves, with just the access they need.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "../errno_name.h"

static const struct flag {
	const char *name;
	int value;
} flags[] = {
	{ "0", 0 },
	{ "O_RDONLY", O_RDONLY },
	{ "O_WRONLY", O_WRONLY },
	{ "O_RDWR", O_RDWR },
	{ "O_CREAT", O_CREAT },
	{ "O_EXCL", O_EXCL },
	{ "O_TRUNC", O_TRUNC },
	{ "O_APPEND", O_APPEND },
	{ "O_DIRECTORY", O_DIRECTORY },
	{ "O_TMPFILE", O_TMPFILE },
	{ "RENAME_NOREPLACE", RENAME_NOREPLACE },
	{ "RENAME_EXCHANGE", RENAME_EXCHANGE },
	{ "RENAME_WHITEOUT", RENAME_WHITEOUT },
	{ "KEEP_SIZE", FALLOC_FL_KEEP_SIZE },
	{ "PUNCH_HOLE", FALLOC_FL_PUNCH_HOLE },
	{ "COLLAPSE_RANGE", FALLOC_FL_COLLAPSE_RANGE },
	{ "ZERO_RANGE", FALLOC_FL_ZERO_RANGE },
	{ "INSERT_RANGE", FALLOC_FL_INSERT_RANGE },
	{ "SEEK_SET", SEEK_SET },
	{ "SEEK_END", SEEK_END },
	{ "SEEK_DATA", SEEK_DATA },
	{ "SEEK_HOLE", SEEK_HOLE },
	{ "MAP_SHARED", MAP_SHARED },
	{ "MAP_PRIVATE", MAP_PRIVATE },
	{ "PROT_READ", PROT_READ },
	{ "PROT_WRITE", PROT_WRITE },
	{ "S_IFREG", S_IFREG },
	{ "S_IFIFO", S_IFIFO },
	{ "S_IFCHR", S_IFCHR },
	{ "S_IFSOCK", S_IFSOCK },
};

static void usage(const char *what)
{
	fprintf(stderr, "sys: %s\n", what);
	exit(2);
}

static int flag_word(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strlen(flags[i].name) == len && !memcmp(flags[i].name, word, len))
			return flags[i].value;
	usage("no such flag");
	return 0;
}

static int flag_words(const char *s)
{
	int value = 0;

	for (;;) {
		size_t len = strcspn(s, "|");

		value |= flag_word(s, len);
		if (!s[len])
			return value;
		s += len + 1;
	}
}

/* Leaves errno alone: the call that it is an argument of may have failed already. */
static long long number(const char *s)
{
	int saved = errno;
	char *end;
	long long value;

	errno = 0;
	value = strtoll(s, &end, 0);
	if (errno || end == s || *end)
		usage("not a number");
	errno = saved;
	return value;
}

static mode_t octal(const char *s)
{
	return (mode_t)strtoul(s, NULL, 8);
}

/* A descriptor, or -1: a failure to open is the result, too. */
static int open_arg(const char *path, int how)
{
	if (path[0] == '@')
		return (int)number(path + 1);
	return open(path, how | O_CLOEXEC, 0644);
}

static char *buffer(size_t size, int byte)
{
	char *p = malloc(size ? size : 1);

	if (!p)
		usage("out of memory");
	memset(p, byte, size ? size : 1);
	return p;
}

/* The argument's first byte, or its value where it is a number of more than one digit. */
static int byte_arg(const char *s)
{
	return s[0] && s[1] ? (int)number(s) : (unsigned char)s[0];
}

static long long sys_open(char **a)
{
	return open(a[0], flag_words(a[1]), a[2] ? octal(a[2]) : 0644) < 0 ? -1 : 0;
}

static long long sys_truncate(char **a)
{
	return truncate(a[0], number(a[1]));
}

static long long sys_ftruncate(char **a)
{
	int fd = open_arg(a[0], O_WRONLY);

	return fd < 0 ? -1 : ftruncate(fd, number(a[1]));
}

/* pwrite PATH OFFSET COUNT BYTE */
static long long sys_pwrite(char **a)
{
	size_t count = (size_t)number(a[2]);
	char *buf = buffer(count, byte_arg(a[3]));
	int fd = open_arg(a[0], O_WRONLY);
	ssize_t n = fd < 0 ? -1 : pwrite(fd, buf, count, number(a[1]));

	free(buf);
	return n;
}

/* put PATH WORD: the word and a newline in one write, as echo makes it. */
static long long sys_put(char **a)
{
	size_t count = strlen(a[1]);
	char *buf = buffer(count + 1, '\n');
	int fd = open_arg(a[0], O_WRONLY);
	ssize_t n;

	memcpy(buf, a[1], count);
	n = fd < 0 ? -1 : write(fd, buf, count + 1);
	free(buf);
	return n;
}

/* finish PATH TEXT: writes it, without a newline, and gives what close(2) does. */
static long long sys_finish(char **a)
{
	size_t count = strlen(a[1]);
	int fd = open_arg(a[0], O_WRONLY);

	if (fd < 0 || write(fd, a[1], count) != (ssize_t)count)
		return -1;
	return close(fd);
}

/* again PATH TEXT TEXT: writes the first, come what may, and gives what the second write does. */
static long long sys_again(char **a)
{
	int fd = open_arg(a[0], O_WRONLY);

	if (fd < 0)
		return -1;
	if (write(fd, a[1], strlen(a[1])) < 0)
		errno = 0;
	return write(fd, a[2], strlen(a[2]));
}

/* append PATH COUNT BYTE */
static long long sys_append(char **a)
{
	size_t count = (size_t)number(a[1]);
	char *buf = buffer(count, byte_arg(a[2]));
	int fd = open_arg(a[0], O_WRONLY | O_APPEND);
	ssize_t n = fd < 0 ? -1 : write(fd, buf, count);

	free(buf);
	return n;
}

/* pread PATH OFFSET COUNT: the count only; dd and tail show bytes. */
static long long sys_pread(char **a)
{
	size_t count = (size_t)number(a[2]);
	char *buf = buffer(count, 0);
	int fd = open_arg(a[0], O_RDONLY);
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, count, number(a[1]));

	free(buf);
	return n;
}

/* rename OLD NEW FLAGS */
static long long sys_rename(char **a)
{
	return renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], (unsigned)flag_words(a[2]));
}

static long long sys_link(char **a)
{
	return link(a[0], a[1]);
}

static long long sys_symlink(char **a)
{
	return symlink(a[0], a[1]);
}

/* mknod PATH TYPE */
static long long sys_mknod(char **a)
{
	return mknod(a[0], (mode_t)flag_words(a[1]) | 0644, makedev(1, 3));
}

static long long sys_mkdir(char **a)
{
	return mkdir(a[0], 0755);
}

static long long sys_rmdir(char **a)
{
	return rmdir(a[0]);
}

static long long sys_unlink(char **a)
{
	return unlink(a[0]);
}

static long long sys_chmod(char **a)
{
	return chmod(a[0], octal(a[1]));
}

static long long sys_access(char **a)
{
	return access(a[0], (int)number(a[1]));
}

/* fallocate PATH FLAGS OFFSET LENGTH */
static long long sys_fallocate(char **a)
{
	int fd = open_arg(a[0], O_WRONLY);

	return fd < 0 ? -1 : fallocate(fd, flag_words(a[1]), number(a[2]), number(a[3]));
}

/* lseek PATH OFFSET WHENCE */
static long long sys_lseek(char **a)
{
	int fd = open_arg(a[0], O_RDONLY);

	return fd < 0 ? -1 : lseek(fd, number(a[1]), flag_words(a[2]));
}

/* mmap PATH LENGTH PROT TYPE: 0 if it could be mapped. */
static long long sys_mmap(char **a)
{
	int prot = flag_words(a[2]);
	int fd = open_arg(a[0], prot & PROT_WRITE ? O_RDWR : O_RDONLY);
	void *p;

	if (fd < 0)
		return -1;
	p = mmap(NULL, (size_t)number(a[1]), prot, flag_words(a[3]), fd, 0);
	return p == MAP_FAILED ? -1 : 0;
}

/* setxattr PATH NAME VALUE */
static long long sys_setxattr(char **a)
{
	return setxattr(a[0], a[1], a[2], strlen(a[2]), 0);
}

static long long sys_removexattr(char **a)
{
	return removexattr(a[0], a[1]);
}

static long long print_text(const char *text, ssize_t len)
{
	if (len < 0)
		return -1;
	for (ssize_t i = 0; i < len; i++)
		putchar(text[i] ? text[i] : '\n');
	if (len && text[len - 1])
		putchar('\n');
	exit(0);
}

/* getxattr PATH NAME [SIZE]: the value; its length where SIZE is 0. */
static long long sys_getxattr(char **a)
{
	char value[4096];
	size_t size = a[2] ? (size_t)number(a[2]) : sizeof(value);
	ssize_t n = getxattr(a[0], a[1], value, size);

	return size ? print_text(value, n) : n;
}

static long long sys_listxattr(char **a)
{
	char names[4096];

	return print_text(names, listxattr(a[0], names, sizeof(names)));
}

/* copy_file_range FROM TO COUNT */
static long long sys_copy_file_range(char **a)
{
	int in = open_arg(a[0], O_RDONLY);
	int out = in < 0 ? -1 : open_arg(a[1], O_WRONLY);

	return out < 0 ? -1 : copy_file_range(in, NULL, out, NULL, (size_t)number(a[2]), 0);
}

/* stat PATH FIELD */
static long long sys_stat(char **a)
{
	struct stat st;
	int err = a[0][0] == '@' ? fstat((int)number(a[0] + 1), &st) : lstat(a[0], &st);

	if (err)
		return -1;
	if (!strcmp(a[1], "size"))
		return st.st_size;
	if (!strcmp(a[1], "blocks"))
		return st.st_blocks;
	if (!strcmp(a[1], "nlink"))
		return (long long)st.st_nlink;
	if (!strcmp(a[1], "ino"))
		return (long long)st.st_ino;
	if (!strcmp(a[1], "uid"))
		return st.st_uid;
	if (!strcmp(a[1], "gid"))
		return st.st_gid;
	usage("no such field");
	return -1;
}

/* handle PATH: the number by which the kernel and the file system know the inode */
static long long sys_handle(char **a)
{
	union {
		struct file_handle head;
		unsigned char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	uint32_t half[2];
	int mount_id;

	if (name_to_handle_at(AT_FDCWD, a[0], &handle.head, &mount_id, 0))
		return -1;
	memcpy(half, handle.head.f_handle, sizeof(half));
	return (long long)((uint64_t)half[0] << 32 | half[1]);
}

static const struct call {
	const char *name;
	int min_args, max_args;
	long long (*fn)(char **args);
} calls[] = {
	{ "access", 2, 2, sys_access },
	{ "again", 3, 3, sys_again },
	{ "append", 3, 3, sys_append },
	{ "chmod", 2, 2, sys_chmod },
	{ "copy_file_range", 3, 3, sys_copy_file_range },
	{ "fallocate", 4, 4, sys_fallocate },
	{ "finish", 2, 2, sys_finish },
	{ "ftruncate", 2, 2, sys_ftruncate },
	{ "getxattr", 2, 3, sys_getxattr },
	{ "handle", 1, 1, sys_handle },
	{ "link", 2, 2, sys_link },
	{ "listxattr", 1, 1, sys_listxattr },
	{ "lseek", 3, 3, sys_lseek },
	{ "mkdir", 1, 1, sys_mkdir },
	{ "mknod", 2, 2, sys_mknod },
	{ "mmap", 4, 4, sys_mmap },
	{ "open", 2, 3, sys_open },
	{ "pread", 3, 3, sys_pread },
	{ "put", 2, 2, sys_put },
	{ "pwrite", 4, 4, sys_pwrite },
	{ "removexattr", 2, 2, sys_removexattr },
	{ "rename", 3, 3, sys_rename },
	{ "rmdir", 1, 1, sys_rmdir },
	{ "setxattr", 3, 3, sys_setxattr },
	{ "stat", 2, 2, sys_stat },
	{ "symlink", 2, 2, sys_symlink },
	{ "truncate", 2, 2, sys_truncate },
	{ "unlink", 1, 1, sys_unlink },
};

static int call(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call *c = &calls[i];
		long long result;

		if (strcmp(argv[1], c->name))
			continue;
		if (argc - 2 < c->min_args || argc - 2 > c->max_args)
			usage("wrong number of arguments");
		result = c->fn(argv + 2);
		if (result < 0)
			puts(errno_name(errno));
		else
			printf("%lld\n", result);
		return 0;
	}
	usage("no such call");
	return 2;
}

#define MAX_ARGS 16

/* The next request: its arguments, then NULLs.  0 at the end of the input. */
static int read_request(char **args)
{
	static char *count, *arg[MAX_ARGS];
	static size_t count_size, arg_size[MAX_ARGS];
	int n;

	if (getdelim(&count, &count_size, 0, stdin) <= 0)
		return 0;
	n = atoi(count);
	if (n < 2 || n > MAX_ARGS)
		usage("a request has from 2 to 16 arguments");
	for (int i = 0; i < n; i++) {
		if (getdelim(&arg[i], &arg_size[i], 0, stdin) <= 0)
			usage("half a request");
		args[i] = arg[i];
	}
	for (int i = n; i <= MAX_ARGS; i++)
		args[i] = NULL;
	return n;
}

/* In a child: args are a directory, a call, and its arguments. */
static void serve_one(int n, char **args)
{
	int status;

	if (chdir(args[0]) != 0) {
		perror(args[0]);
		_exit(2);
	}
	status = call(n, args);
	fflush(stdout);
	_exit(status);
}

static int serve(void)
{
	char *args[MAX_ARGS + 1];
	int n, status;

	if (chdir("/") != 0)
		return 2;
	while ((n = read_request(args))) {
		pid_t child = fork();

		if (child == 0)
			serve_one(n, args);
		if (child < 0 || waitpid(child, &status, 0) != child)
			return 2;
		printf("\n%d%c", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		       0);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		usage("no call named");
	return strcmp(argv[1], "serve") ? call(argc, argv) : serve();
}
