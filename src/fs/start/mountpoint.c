/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks before mounting.  libfuse would mount over a regular file, and over
 * files that are then out of sight.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/start/mountpoint.h"

/* In place: the \ooo of /proc/self/mountinfo. */
static void unescape_mount(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* True if something is mounted on exactly this path, which has no links in it. */
static bool is_mountpoint(const char *path)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!mounts)
		return false;
	while (!found && getline(&line, &size, mounts) > 0) {
		/* ID PARENT MAJOR:MINOR ROOT MOUNTPOINT ... */
		g_auto(GStrv) words = g_strsplit(line, " ", 6);

		if (g_strv_length(words) < 6)
			continue;
		unescape_mount(words[4]);
		found = !strcmp(words[4], path);
	}
	free(line);
	fclose(mounts);
	return found;
}

static char *check_empty(const char *dir)
{
	GDir *entries = g_dir_open(dir, 0, NULL);
	bool empty;

	if (!entries)
		return g_strdup_printf("%s cannot be read: mount somewhere else, "
				       "or use -o nonempty",
				       dir);
	empty = !g_dir_read_name(entries);
	g_dir_close(entries);
	return empty ? NULL
		     : g_strdup_printf("%s is not empty: use an empty directory, "
				       "or -o nonempty to cover what is in it",
				       dir);
}

static char *check_dir(const char *dir, bool nonempty)
{
	char path[PATH_MAX];
	struct stat st;

	if (stat(dir, &st)) {
		if (errno == ENOENT)
			return g_strdup_printf("%s does not exist: make it first, mkdir %s", dir,
					       dir);
		if (errno == ENOTCONN)
			return g_strdup_printf("%s is a mount whose server has died: "
					       "fusermount3 -u %s",
					       dir, dir);
		return g_strdup_printf("%s: %s", dir, g_strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return g_strdup_printf("%s is not a directory: give one to mount on", dir);
	if (nonempty)
		return NULL;
	if (realpath(dir, path) && is_mountpoint(path))
		return g_strdup_printf("%s is mounted already: unmount it, "
				       "or use -o nonempty to mount on top",
				       dir);
	return check_empty(dir);
}

static char *check_fuse(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	if (errno == EACCES || errno == EPERM)
		return g_strdup_printf("/dev/fuse: %s: this user may not use FUSE; "
				       "ask root, or run as root",
				       g_strerror(errno));
	return g_strdup_printf("/dev/fuse: %s: load the module with modprobe fuse, "
			       "or give the container this device",
			       g_strerror(errno));
}

char *mountpoint_check(const char *dir, bool nonempty)
{
	char *why = check_dir(dir, nonempty);

	return why ? why : check_fuse();
}
