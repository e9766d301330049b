/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request loop without a kernel and without a mount.  A socket pair takes the
 * place of /dev/fuse: the test writes requests to one end, and reads the answers
 * there.
 *
 * 	test --request--> [socket pair] --> loop's threads --> op_getattr
 * 	     <--answer---                                  <--
 *
 * Each request is a GETATTR.  Its inode number says what it does (enum deed);
 * the answer's st_size is the thread that served it.
 */
#ifndef LOOPMOUNT_H
#define LOOPMOUNT_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/requests/loop.h"
#include "unit.h"

enum deed {
	SHORT = 2,
	LONG,	    /* says that it may take long, then waits for `go` */
	LONG_QUIET, /* the same, but says nothing */
	LONG_BUSY,  /* says nothing either, and keeps a CPU busy */
};

/* An answer is there much sooner; a loop that got stuck never has one. */
#define PATIENCE_MS 20000

static sem_t go;
static _Atomic bool done;
static _Atomic unsigned begun; /* long requests */

static inline void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st = { .st_ino = ino, .st_mode = S_IFREG, .st_size = gettid() };

	(void)fi;
	if (ino == LONG)
		loop_may_take_long();
	if (ino != SHORT)
		begun++;
	if (ino == LONG || ino == LONG_QUIET)
		sem_wait(&go);
	while (ino == LONG_BUSY && !done)
		;
	/* Once more makes no difference. */
	if (ino != SHORT)
		loop_may_take_long();
	fuse_reply_attr(req, &st, 0);
}

static const struct fuse_lowlevel_ops ops = { .getattr = op_getattr };

/* Threads that the host refuses, as pthread_create() does when there are too many. */
static _Atomic bool refuse;
static _Atomic unsigned refused;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	if (refuse) {
		refused++;
		return EAGAIN;
	}
	return __real_pthread_create(thread, attr, fn, arg);
}

/* Buffers that the host refuses, of threads that have none yet. */
static _Atomic bool no_buffers;
static _Atomic unsigned without_buffer;

int __real_fuse_session_receive_buf(struct fuse_session *se, struct fuse_buf *buf);
int __wrap_fuse_session_receive_buf(struct fuse_session *se, struct fuse_buf *buf);

int __wrap_fuse_session_receive_buf(struct fuse_session *se, struct fuse_buf *buf)
{
	if (no_buffers && !buf->mem) {
		without_buffer++;
		return -ENOMEM;
	}
	return __real_fuse_session_receive_buf(se, buf);
}

static inline void log_nothing(enum fuse_log_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
}

struct mount {
	int kernel; /* our end of the socket pair */
	struct fuse_session *se;
	struct loop *loop;
	pthread_t server;
	_Atomic bool ended;
	int result;
	uint64_t last_unique;
};

static inline void *server_thread(void *arg)
{
	struct mount *mnt = arg;

	mnt->result = loop_run(mnt->loop);
	mnt->ended = true;
	return NULL;
}

/* Returns the request's number. */
static inline uint64_t ask(struct mount *mnt, uint32_t opcode, uint64_t node, const void *arg,
			   size_t size, uint32_t client)
{
	char message[256];
	struct fuse_in_header header = {
		.len = (uint32_t)(sizeof(header) + size),
		.opcode = opcode,
		.unique = ++mnt->last_unique * 2,
		.nodeid = node,
		.pid = client,
	};

	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), arg, size);
	ck_assert_int_eq(send(mnt->kernel, message, header.len, 0), header.len);
	return header.unique;
}

static inline uint64_t getattr(struct mount *mnt, enum deed deed, uint32_t client)
{
	const struct fuse_getattr_in arg = { 0 };

	return ask(mnt, FUSE_GETATTR, deed, &arg, sizeof(arg), client);
}

static inline bool is_answered(struct mount *mnt, int patience)
{
	struct pollfd fd = { .fd = mnt->kernel, .events = POLLIN };

	return poll(&fd, 1, patience) == 1;
}

/* Which thread answered request `unique`, which must be the next one to be answered. */
static inline pid_t answer(struct mount *mnt, uint64_t unique)
{
	struct {
		struct fuse_out_header header;
		struct fuse_attr_out out;
	} reply;

	ck_assert(is_answered(mnt, PATIENCE_MS));
	ck_assert_int_gt(recv(mnt->kernel, &reply, sizeof(reply), 0), 0);
	ck_assert_int_eq(reply.header.error, 0);
	ck_assert_uint_eq(reply.header.unique, unique);
	return (pid_t)reply.out.attr.size;
}

/* Of whichever request comes first. */
static inline void take_answer(struct mount *mnt)
{
	char reply[256];

	ck_assert(is_answered(mnt, PATIENCE_MS));
	ck_assert_int_gt(recv(mnt->kernel, reply, sizeof(reply), 0), 0);
}

static inline pid_t short_request(struct mount *mnt)
{
	return answer(mnt, getattr(mnt, SHORT, 1));
}

/* Waits until as many long requests are under way. */
static inline void wait_begun(unsigned n)
{
	while (begun < n)
		sched_yield();
}

static inline void mount_begin(struct mount *mnt, unsigned max_threads, unsigned max_idle)
{
	const struct loop_config config = { max_threads, max_idle };
	const struct fuse_init_in init = { .major = 7, .minor = 31 };
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char reply[256];
	char path[32];
	int pair[2];

	*mnt = (struct mount){ 0 };
	sem_init(&go, 0, 0);
	done = false;
	refuse = no_buffers = false;
	begun = refused = without_buffer = 0;
	fuse_opt_add_arg(&args, "check_loop");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	mnt->kernel = pair[0];
	snprintf(path, sizeof(path), "/dev/fd/%d", pair[1]);
	mnt->se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	ck_assert_ptr_nonnull(mnt->se);
	fuse_opt_free_args(&args);
	ck_assert_int_eq(fuse_session_mount(mnt->se, path), 0);
	ck_assert_int_eq(loop_create(mnt->se, &config, &mnt->loop), 0);
	ck_assert_int_eq(pthread_create(&mnt->server, NULL, server_thread, mnt), 0);
	ask(mnt, FUSE_INIT, 0, &init, sizeof(init), 1);
	ck_assert_int_gt(recv(mnt->kernel, reply, sizeof(reply), 0), 0);
}

static inline void mount_end(struct mount *mnt, int result)
{
	if (!result)
		loop_stop(mnt->loop);
	pthread_join(mnt->server, NULL);
	ck_assert_int_eq(mnt->result, result);
	loop_destroy(mnt->loop);
	fuse_session_unmount(mnt->se);
	fuse_session_destroy(mnt->se);
	close(mnt->kernel);
	sem_destroy(&go);
}

/* Threads of this process, by what the kernel says. */
static inline unsigned count_threads(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned n = 0;
	char line[128];

	while (fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %u", &n);
	fclose(f);
	return n;
}

#endif
