/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What threads did to each other, in the order of the trace and in few bytes: what prediction
 * reads again when there are cycles to judge. Two or three bytes an operation.
 */
#ifndef ANALYZER_ANALYSES_ORDER_LOG_H
#define ANALYZER_ANALYSES_ORDER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With what each has as its first argument, and its second one. */
enum order_op {
	ORDER_REQUEST,	  /* request: what it makes next waits for this */
	ORDER_DEMAND,	  /* request: ORDER_REQUEST and ORDER_HOLD of its lock in one */
	ORDER_HOLD,	  /* object: acquired, without a request or after it */
	ORDER_HOLD_READ,  /* object */
	ORDER_RELEASE,	  /* object */
	ORDER_RELEASE_OF, /* object, thread: whose hold it was */
	ORDER_UNDO,	  /* object: the thread's last release of it did not happen */
	ORDER_WAIT,	  /* condition: waits from now on */
	ORDER_WOKEN,	  /* thread, entries back: the signal that ended its wait */
	ORDER_GAVE_UP,	  /* condition: its wait ended by itself */
	ORDER_SIGNAL,	  /* condition */
	ORDER_BROADCAST,  /* condition */
	ORDER_TAKE,	  /* semaphore */
	ORDER_POST,	  /* semaphore */
	ORDER_UNPOST,	  /* semaphore: the thread's last post of it did not happen */
	ORDER_ARRIVE,	  /* barrier */
	ORDER_DEPART,	  /* barrier */
	ORDER_CREATE,	  /* thread */
	ORDER_JOIN,	  /* thread: all that it did so far comes before */
	ORDER_PASS,	  /* once: its routine has run */
	ORDER_WAKE,	  /* futex */
	ORDER_AWOKEN,	  /* thread, entries back: as of ORDER_WOKEN, of a futex */
	ORDER_SUMMARY,	  /* not all is told from here on */
	ORDER_OP_COUNT
};

struct order_entry {
	enum order_op op;
	uint32_t thread;
	uint32_t number; /* 0, 1, ... in the log */
	uint32_t first, second;
};

struct order_log {
	uint8_t *bytes; /* Owned by this */
	size_t size, room;
	uint32_t count;	 /* entries */
	uint32_t thread; /* of the last one */
	bool is_full;	 /* later entries are not in it */
};

/* Zeroed memory is an empty log. */
void order_log_done(struct order_log *log);

/* The number that the next entry will have. */
static inline uint32_t order_log_next(const struct order_log *log)
{
	return log->count;
}

void order_log_add(struct order_log *log, enum order_op op, uint32_t thread, uint32_t first,
		   uint32_t second);

/* Zeroed memory is the start of a log. */
struct order_cursor {
	size_t at;
	uint32_t number, thread;
};

/* Returns whether there was one more. */
bool order_log_read(const struct order_log *log, struct order_cursor *cursor,
		    struct order_entry *ret);

#endif
