/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words that threads change and wait on, and short locks made of one. All of the library waits
 * here. Words are changed by read-modify-write instructions alone: Helgrind takes those for
 * reads, and has nothing to say of words that nobody writes. All are sequentially consistent.
 */
#ifndef NATIVE_WORD_H
#define NATIVE_WORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/single_threaded.h>
#include <time.h>

static inline uint32_t word_load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* False: it was not from, and nothing is changed. */
static inline bool word_change(uint32_t *word, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(word, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/*
 * The same of a lock's word, by a thread and no signal handler, where nobody looks on: cheap
 * while there is but one thread, as libc's locks are.
 */
static inline bool word_change_alone(uint32_t *word, uint32_t from, uint32_t to)
{
	if (!__libc_single_threaded)
		return word_change(word, from, to);
	if (__atomic_load_n(word, __ATOMIC_RELAXED) != from)
		return false;
	__atomic_store_n(word, to, __ATOMIC_RELAXED);
	return true;
}

/* What it was before. */
static inline uint32_t word_swap(uint32_t *word, uint32_t to)
{
	return __atomic_exchange_n(word, to, __ATOMIC_SEQ_CST);
}

static inline uint32_t word_add(uint32_t *word, uint32_t count)
{
	return __atomic_fetch_add(word, count, __ATOMIC_SEQ_CST);
}

/*
 * Wait while the word is value, until somebody wakes the waiters; deadline: of CLOCK_MONOTONIC, NULL
 * none. HEDDLE_TIMED_OUT, or 0, which may mean nothing: look at the word. errno stays.
 */
int word_wait(const uint32_t *word, uint32_t value, const struct timespec *deadline);

/*
 * Wake up to count of those who wait on the word. It is not read: it may be gone by now, and
 * who waits on what is there then looks again.
 */
void word_wake(const uint32_t *word, int count);
#define WORD_ALL INT32_MAX

/*
 * A short lock of the library's own. Zero is free. All waits for it are short: no code of the program
 * runs while one is held.
 */
void latch_lock(uint32_t *latch);
void latch_unlock(uint32_t *latch);

#endif
