/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's log as its own layer sees it.
 */
#ifndef MACHINE_LOG_H
#define MACHINE_LOG_H

#include <vmallocfs/machine.h>

#define LOG_SIZE (256u << 10) /* bytes in the ring */
#define LOG_TEXT_MAX 992u     /* bytes of one message */

/*
 * The rate limit is a bucket of tokens, and each message takes one.  The bucket is
 * full at boot, holds at most RATELIMIT_BURST, and gets one back every
 * RATELIMIT_US.
 */
#define RATELIMIT_US UINT64_C(5000000)
#define RATELIMIT_BURST 10u

/*
 * Records lie one after the other in a ring.  head and tail count bytes since
 * boot; modulo LOG_SIZE they are places in the ring.
 */
struct log {
	pthread_mutex_t lock; /* everything but boot_ns and seq */
	uint64_t boot_ns;     /* when time 0 was, on the host's monotonic clock */
	_Atomic uint64_t seq;
	uint64_t head;	     /* where the next record goes */
	uint64_t tail;	     /* the oldest record */
	uint64_t limit_from; /* microseconds: when the bucket was last looked at */
	uint64_t limit_used; /* microseconds until the bucket is full again */
	unsigned limit_lost; /* messages suppressed since one was let through */
	unsigned char ring[LOG_SIZE];
};

/* 0 or -ENOMEM. */
int log_create(struct log **ret);
void log_destroy(struct log *log);

/* The part of __FILE__ below the source folder: "vmalloc/vfree.c". */
const char *log_source_file(const char *file);

#endif
