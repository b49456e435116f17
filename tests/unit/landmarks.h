/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Code and data of the test runner itself whose functions, lines and parts are known: what tests
 * of symbols and names are held against. landmarks.c must be compiled with -g.
 */
#ifndef TESTS_UNIT_LANDMARKS_H
#define TESTS_UNIT_LANDMARKS_H

#include <pthread.h>
#include <stdint.h>

#include "analyzer/model.h"

/* A call: its return address, and the line it is on. */
struct landmark_call {
	uint64_t address;
	int line;
};

struct landmark_account {
	long balance;
	union {
		pthread_mutex_t mutex;
		long words[8];
	};
};

struct landmark_bank {
	char name[16];
	pthread_mutex_t lock;
	struct landmark_account accounts[4];
	struct {
		struct {
			pthread_cond_t __reserved;
		} __M_inner;
		long after;
	} wrapped;
	struct {
		pthread_mutex_t _M_elems[3];
	} array;
};

extern struct landmark_bank landmark_bank;
extern pthread_mutex_t landmark_forks[5];
extern pthread_mutex_t landmark_grid[2][3];
extern long landmark_words[4];

struct landmark_call landmark_plain(void);

/* The call is in landmark_inner(), inlined into landmark_outer() on its line *ret. */
struct landmark_call landmark_outer(int *ret);

/*
 * The call is in a function of /usr/include/c++/landmarks, inlined into
 * landmark_through_header() of tests/unit/landmarks.c, line 202.
 */
struct landmark_call landmark_through_header(void);

/* Its linker symbol is that of `bank::transfer(int)`. */
void landmark_mangled(void) __asm__("_ZN4bank8transferEi");

/* A static variable of this function, and one of landmarks.c: both are called landmark_twin. */
pthread_mutex_t *landmark_local(void);
pthread_mutex_t *landmark_static(void);

/* A start routine. Returns its return address. */
void *landmark_worker(void *argument);

/* The runner as a module; path and build id are static. */
struct module landmark_module(void);

#endif
