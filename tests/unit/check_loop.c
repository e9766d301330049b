/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request loop: who serves a request, and who has to wait for whom.
 */
#include "loopmount.h"

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

/* The loop goes on after a signal that interrupted a waiting thread. */
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
		/* Nor does it watch a thread that does not lead any more. */
		while (timer_runs())
			sched_yield();
		sem_post(&go);
		answer(&mnt, slow);
	}
	mount_end(&mnt, 0);
}
END_TEST

/* A thread that serves no requests may call this, too: it does nothing. */
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
