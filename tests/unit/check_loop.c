/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request loop: who serves a request, and who has to wait for whom.
 *
 * There is no kernel here and no mount.  A socket pair takes the place of
 * /dev/fuse: the test writes requests to one end, and reads the answers there.
 *
 *	test --request--> [socket pair] --> loop's threads --> op_getattr
 *	     <--answer---                                  <--
 *
 * Each request is a GETATTR.  Its inode number says what it does (enum deed);
 * the answer's st_size is the thread that served it.
 */
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

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
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

static void log_nothing(enum fuse_log_level level, const char *fmt, va_list ap)
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

static void *server_thread(void *arg)
{
	struct mount *mnt = arg;

	mnt->result = loop_run(mnt->loop);
	mnt->ended = true;
	return NULL;
}

/* Returns the request's number. */
static uint64_t ask(struct mount *mnt, uint32_t opcode, uint64_t node, const void *arg, size_t size,
		    uint32_t client)
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

static uint64_t getattr(struct mount *mnt, enum deed deed, uint32_t client)
{
	const struct fuse_getattr_in arg = { 0 };

	return ask(mnt, FUSE_GETATTR, deed, &arg, sizeof(arg), client);
}

static bool is_answered(struct mount *mnt, int patience)
{
	struct pollfd fd = { .fd = mnt->kernel, .events = POLLIN };

	return poll(&fd, 1, patience) == 1;
}

/* Which thread answered request `unique`, which must be the next one to be answered. */
static pid_t answer(struct mount *mnt, uint64_t unique)
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
static void take_answer(struct mount *mnt)
{
	char reply[256];

	ck_assert(is_answered(mnt, PATIENCE_MS));
	ck_assert_int_gt(recv(mnt->kernel, reply, sizeof(reply), 0), 0);
}

static pid_t short_request(struct mount *mnt)
{
	return answer(mnt, getattr(mnt, SHORT, 1));
}

/* Waits until as many long requests are under way. */
static void wait_begun(unsigned n)
{
	while (begun < n)
		sched_yield();
}

static void mount_begin(struct mount *mnt, unsigned max_threads, unsigned max_idle)
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

static void mount_end(struct mount *mnt, int result)
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
static unsigned count_threads(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned n = 0;
	char line[128];

	while (fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %u", &n);
	fclose(f);
	return n;
}

/* Short requests are all served by the same thread, and the loop makes no other. */
START_TEST(test_short)
{
	struct mount mnt;
	unsigned threads;
	pid_t first;

	mount_begin(&mnt, 10, 10);
	first = short_request(&mnt);
	threads = count_threads();
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(short_request(&mnt), first);
	ck_assert_uint_eq(count_threads(), threads);
	mount_end(&mnt, 0);
}
END_TEST

/* A long request is under way, whichever kind of long: a short one is answered meanwhile. */
START_TEST(test_long)
{
	struct mount mnt;
	uint64_t slow;

	mount_begin(&mnt, 10, 10);
	slow = getattr(&mnt, (enum deed)_i, 1);
	wait_begun(1);
	for (int i = 0; i < 100; i++)
		short_request(&mnt);
	ck_assert_uint_eq(begun, 1);
	done = true;
	sem_post(&go);
	answer(&mnt, slow);
	mount_end(&mnt, 0);
}
END_TEST

/*
 * The same after a client was alone for so long that the watchdog looks less
 * often, and with a second client that comes then.
 */
START_TEST(test_second_client)
{
	struct mount mnt;
	uint64_t slow;

	mount_begin(&mnt, 10, 10);
	for (int i = 0; i < 5000; i++)
		short_request(&mnt);
	slow = getattr(&mnt, (enum deed)_i, 1);
	wait_begun(1);
	answer(&mnt, getattr(&mnt, SHORT, 2));
	done = true;
	sem_post(&go);
	answer(&mnt, slow);
	mount_end(&mnt, 0);
}
END_TEST

/* Threads that have handed the lead on take it again later: a few are enough for ever. */
START_TEST(test_turns)
{
	struct mount mnt;

	mount_begin(&mnt, 1000, 1000);
	for (unsigned i = 1; i <= 200; i++) {
		uint64_t slow = getattr(&mnt, LONG, 1);

		wait_begun(i);
		short_request(&mnt);
		sem_post(&go);
		answer(&mnt, slow);
	}
	ck_assert_uint_lt(count_threads(), 20);
	mount_end(&mnt, 0);
}
END_TEST

/* Long requests have all threads: a short one waits until one of them is done, no longer. */
START_TEST(test_max_threads)
{
	struct mount mnt;
	uint64_t quick;

	mount_begin(&mnt, (unsigned)_i, (unsigned)_i);
	for (int i = 0; i < _i; i++) {
		getattr(&mnt, LONG, 1);
		wait_begun((unsigned)i + 1);
	}
	quick = getattr(&mnt, SHORT, 2);
	ck_assert(!is_answered(&mnt, 20));
	sem_post(&go);
	/* Whichever it is that goes on, its thread then serves the short one. */
	take_answer(&mnt);
	answer(&mnt, quick);
	for (int i = 1; i < _i; i++) {
		sem_post(&go);
		take_answer(&mnt);
	}
	mount_end(&mnt, 0);
}
END_TEST

/* No thread can be made: the loop goes on with those it has, and makes one once it can. */
START_TEST(test_no_thread)
{
	struct mount mnt;
	uint64_t slow, quick;

	mount_begin(&mnt, 10, 10);
	refuse = true;
	slow = getattr(&mnt, (enum deed)_i, 1);
	wait_begun(1);
	quick = getattr(&mnt, SHORT, 2);
	while (!refused)
		sched_yield();
	ck_assert(!is_answered(&mnt, 20));
	refuse = false;
	/* The watchdog asks again: the long request need not end for that. */
	answer(&mnt, quick);
	done = true;
	sem_post(&go);
	answer(&mnt, slow);
	mount_end(&mnt, 0);
}
END_TEST

/* The host never has another thread. */
START_TEST(test_alone)
{
	struct mount mnt;
	uint64_t slow;

	mount_begin(&mnt, 10, 10);
	refuse = true;
	for (unsigned i = 1; i <= 100; i++) {
		uint64_t quick;

		slow = getattr(&mnt, LONG, 1);
		wait_begun(i);
		quick = getattr(&mnt, SHORT, 2);
		sem_post(&go);
		answer(&mnt, slow);
		answer(&mnt, quick);
	}
	ck_assert_uint_ge(refused, 100);
	mount_end(&mnt, 0);
}
END_TEST

/* A new thread finds no memory to receive a request with: the others go on. */
START_TEST(test_no_buffer)
{
	struct mount mnt;
	uint64_t slow, quick;

	for (unsigned round = 0; round < 5; round++) {
		mount_begin(&mnt, 10, 10);
		no_buffers = true;
		slow = getattr(&mnt, LONG, 1);
		wait_begun(1);
		quick = getattr(&mnt, SHORT, 2);
		while (!without_buffer)
			sched_yield();
		/* There is memory again while the long request lasts, or there is still too little. */
		no_buffers = _i;
		if (!no_buffers)
			answer(&mnt, quick);
		sem_post(&go);
		answer(&mnt, slow);
		if (no_buffers)
			answer(&mnt, quick);
		mount_end(&mnt, 0);
	}
}
END_TEST

/* Threads beyond max_idle_threads go when they have nothing to do. */
START_TEST(test_max_idle)
{
	struct mount mnt;
	unsigned threads;

	mount_begin(&mnt, 10, 1);
	short_request(&mnt);
	threads = count_threads();
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 3; i++) {
			getattr(&mnt, LONG, 1);
			wait_begun(3 * round + i + 1);
		}
		short_request(&mnt);
		/* Three are busy and one leads; the first count may have had a spare one. */
		ck_assert_uint_ge(count_threads(), threads + 2);
		for (unsigned i = 0; i < 3; i++) {
			sem_post(&go);
			take_answer(&mnt);
		}
		/* The first thread stays, as the leader or beside it. */
		while (count_threads() > threads + 1)
			sched_yield();
		short_request(&mnt);
	}
	mount_end(&mnt, 0);
}
END_TEST

/* Stopping waits for requests under way; theirs are the last answers. */
START_TEST(test_stop)
{
	struct mount mnt;
	uint64_t slow;

	mount_begin(&mnt, 10, 10);
	slow = getattr(&mnt, (enum deed)_i, 1);
	wait_begun(1);
	short_request(&mnt);
	loop_stop(mnt.loop);
	ck_assert(!mnt.ended);
	done = true;
	sem_post(&go);
	answer(&mnt, slow);
	mount_end(&mnt, 0);
}
END_TEST

START_TEST(test_stop_before)
{
	const struct loop_config config = { 3, 3 };
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *se;
	struct loop *loop;
	char path[32];
	int pair[2];

	fuse_opt_add_arg(&args, "check_loop");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", pair[1]);
	se = fuse_session_new(&args, &ops, sizeof(ops), NULL);
	fuse_opt_free_args(&args);
	ck_assert_int_eq(fuse_session_mount(se, path), 0);
	ck_assert_int_eq(loop_create(se, &config, &loop), 0);
	loop_stop(loop);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_destroy(loop);
	fuse_session_unmount(se);
	fuse_session_destroy(se);
	close(pair[0]);
}
END_TEST

/* loop_run() returns the error of the connection, whichever thread met it. */
START_TEST(test_error)
{
	struct mount mnt;
	uint64_t slow;

	fuse_set_log_func(log_nothing);
	mount_begin(&mnt, 10, 10);
	slow = getattr(&mnt, LONG, 1);
	wait_begun(1);
	short_request(&mnt);
	/* The other end reads nothing, which is less than a request. */
	shutdown(mnt.kernel, SHUT_WR);
	sem_post(&go);
	answer(&mnt, slow);
	mount_end(&mnt, -EIO);
}
END_TEST

/* A signal that interrupts a thread which waits is no reason to end. */
START_TEST(test_interrupted)
{
	struct mount mnt;

	mount_begin(&mnt, 10, 10);
	for (int i = 0; i < 200; i++) {
		short_request(&mnt);
		pthread_kill(mnt.server, SIGUSR1);
	}
	short_request(&mnt);
	ck_assert(!mnt.ended);
	mount_end(&mnt, 0);
}
END_TEST

/* A connection that does not block is waited for, and not asked again and again. */
START_TEST(test_nonblocking)
{
	struct mount mnt;
	struct rusage before, after;

	mount_begin(&mnt, 10, 10);
	fcntl(fuse_session_fd(mnt.se), F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 10; i++)
		short_request(&mnt);
	getrusage(RUSAGE_SELF, &before);
	ck_assert(!is_answered(&mnt, 300));
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_lt((after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
				 after.ru_utime.tv_usec - before.ru_utime.tv_usec +
				 (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
				 after.ru_stime.tv_usec - before.ru_stime.tv_usec,
			 150000);
	short_request(&mnt);
	mount_end(&mnt, 0);
}
END_TEST

/* What the kernel says of our timer: true if it is set. */
static bool timer_runs(void)
{
	char path[64], link[64], line[128];
	bool found = false;
	bool runs = false;

	for (int fd = 0; fd < 64; fd++) {
		ssize_t n;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof(link) - 1);
		if (n < 0 || strncmp(link, "anon_inode:[timerfd]", (size_t)n))
			continue;
		found = true;
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		f = fopen(path, "r");
		while (fgets(line, sizeof(line), f))
			if (!strncmp(line, "it_value:", 9))
				runs = strcmp(line, "it_value: (0, 0)\n") != 0;
		fclose(f);
	}
	ck_assert(found);
	return runs;
}

/* The watchdog sleeps soon after the last request, and is awake again with the next. */
START_TEST(test_idle)
{
	struct mount mnt;
	uint64_t slow;

	mount_begin(&mnt, 10, 10);
	for (unsigned i = 1; i <= 5; i++) {
		short_request(&mnt);
		while (timer_runs())
			sched_yield();
		slow = getattr(&mnt, LONG_QUIET, 1);
		wait_begun(i);
		short_request(&mnt);
		/* Nor does it watch one that has no lead to lose any more. */
		while (timer_runs())
			sched_yield();
		sem_post(&go);
		answer(&mnt, slow);
	}
	mount_end(&mnt, 0);
}
END_TEST

/* For a thread that serves no requests there is nothing to say. */
START_TEST(test_stranger)
{
	loop_may_take_long();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("loop");
	TCase *tc = tcase_create("loop");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_short);
	tcase_add_loop_test(tc, test_long, LONG, LONG_BUSY + 1);
	tcase_add_loop_test(tc, test_second_client, LONG, LONG_BUSY + 1);
	tcase_add_test(tc, test_turns);
	tcase_add_loop_test(tc, test_max_threads, 1, 4);
	tcase_add_loop_test(tc, test_no_thread, LONG, LONG_BUSY + 1);
	tcase_add_test(tc, test_alone);
	tcase_add_loop_test(tc, test_no_buffer, 0, 2);
	tcase_add_test(tc, test_max_idle);
	tcase_add_loop_test(tc, test_stop, LONG, LONG_BUSY + 1);
	tcase_add_test(tc, test_stop_before);
	tcase_add_test(tc, test_error);
	tcase_add_test(tc, test_interrupted);
	tcase_add_test(tc, test_nonblocking);
	tcase_add_test(tc, test_idle);
	tcase_add_test(tc, test_stranger);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_main(suite());
}
