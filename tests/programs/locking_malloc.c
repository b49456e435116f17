/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An allocator that locks, as jemalloc does. What the tracer allocates is no doing of the program. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "tests/programs/expect.h"

#define THREADS 8
#define ALLOCATIONS 100

static pthread_mutex_t allocator = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) char arena[256 << 20];
static size_t used;

/* The size lies before the block. */
void *malloc(size_t size)
{
	size_t wanted = ((size + 15) & ~(size_t)15) + 16;
	char *block = NULL;

	pthread_mutex_lock(&allocator);
	if (wanted > size && wanted <= sizeof(arena) - used) {
		block = arena + used + 16;
		used += wanted;
		memcpy(block - 16, &size, sizeof(size));
	}
	pthread_mutex_unlock(&allocator);
	if (!block)
		errno = ENOMEM;
	return block;
}

void free(void *block)
{
	(void)block;
}

void *calloc(size_t count, size_t size)
{
	/* Nothing is used twice, so all of it is zero. */
	return size && count > SIZE_MAX / size ? NULL : malloc(count * size);
}

void *realloc(void *block, size_t size)
{
	size_t old = 0;
	char *new = malloc(size);

	if (block)
		memcpy(&old, (char *)block - 16, sizeof(old));
	if (new &&block)
		memcpy(new, block, old < size ? old : size);
	return new;
}

static void *allocate(void *unused)
{
	for (int i = 0; i < ALLOCATIONS; i++) {
		volatile char *block = malloc(32);

		EXPECT(block != NULL, 1);
		block[0] = 1;
	}
	return unused;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, allocate, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
	return 0;
}
