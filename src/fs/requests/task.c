/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On whose behalf a thread works: the number of the process comes with each
 * request, its name from /proc/PID/comm.
 *
 * That file is kept open for a few processes.  Reading it again costs little,
 * tells the name of the moment (a shell that becomes truncate keeps its
 * number), and fails once the process is gone, so that a number that comes
 * back is not taken for the old one.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fs/requests/task.h"

#define KNOWN_MAX 16

/*
 * Descriptors that are left to others where few can be open: libgcc_s is opened
 * when a thread is cancelled, and the process aborts if that fails.
 */
#define HEADROOM 8

struct tasks {
	pthread_mutex_t lock;
	rlim_t fd_max; /* descriptors from this one on are not kept */
	uint64_t clock;
	struct known {
		pid_t pid; /* 0: this place is free */
		int fd;	   /* its comm */
		uint64_t used;
	} known[KNOWN_MAX];
};

struct tasks *tasks_new(void)
{
	struct tasks *t = g_new0(struct tasks, 1);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		limit.rlim_cur = 0;
	t->fd_max = limit.rlim_cur > HEADROOM ? limit.rlim_cur - HEADROOM : 0;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void forget(struct known *k)
{
	if (k->pid)
		close(k->fd);
	*k = (struct known){ .pid = 0 };
}

void tasks_free(struct tasks *t)
{
	for (unsigned i = 0; i < KNOWN_MAX; i++)
		forget(&t->known[i]);
	pthread_mutex_destroy(&t->lock);
	g_free(t);
}

/* The place of that process, or the one that was not used for longest. Lock held. */
static struct known *known_place(struct tasks *t, pid_t pid)
{
	struct known *oldest = &t->known[0];

	for (unsigned i = 0; i < KNOWN_MAX; i++) {
		if (t->known[i].pid == pid)
			return &t->known[i];
		if (t->known[i].used < oldest->used)
			oldest = &t->known[i];
	}
	return oldest;
}

static bool read_comm(const struct known *k, char *comm)
{
	ssize_t n = pread(k->fd, comm, TRACE_COMM, 0);

	if (n <= 0)
		return false;
	if (comm[n - 1] == '\n' || n == TRACE_COMM)
		n--;
	comm[n] = '\0';
	return true;
}

static bool open_comm(struct known *k, pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	k->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (k->fd < 0)
		return false;
	k->pid = pid;
	return true;
}

/* As Linux names a process that it knows nothing of: "<...>". */
static void comm_of(struct tasks *t, pid_t pid, char *comm)
{
	struct known *k;

	handover_lock(&t->lock);
	k = known_place(t, pid);
	if (k->pid != pid || !read_comm(k, comm)) {
		forget(k);
		if (!open_comm(k, pid) || !read_comm(k, comm)) {
			forget(k);
			strcpy(comm, "<...>");
		}
	}
	if (k->pid && (rlim_t)k->fd >= t->fd_max)
		forget(k);
	if (k->pid)
		k->used = ++t->clock;
	pthread_mutex_unlock(&t->lock);
}

void task_set(struct fs *fs, fuse_req_t req)
{
	pid_t pid = req ? fuse_req_ctx(req)->pid : 0;
	char comm[TRACE_COMM] = "vmallocfs";

	if (pid)
		comm_of(fs->tasks, pid, comm);
	else
		pid = getpid();
	trace_set_task(fs->m, pid, comm);
}
