/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads and locks with and without names, named by themselves and by others. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "native/heddle/plain.h"
#include "tests/programs/expect.h"

static pthread_mutex_t *pool;
static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;

static void use(pthread_mutex_t *mutex)
{
	EXPECT(pthread_mutex_lock(mutex), 0);
	EXPECT(pthread_mutex_unlock(mutex), 0);
}

static void *names_itself(void *unused)
{
	char name[16];

	(void)unused;
	EXPECT(pthread_setname_np(pthread_self(), "self-named"), 0);
	EXPECT(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	EXPECT(strcmp(name, "self-named"), 0);
	EXPECT(pthread_setname_np(pthread_self(), "a name far too long"), ERANGE);
	use(&ledger);
	return NULL;
}

static void *has_no_name(void *unused)
{
	(void)unused;
	use(&ledger);
	use(&pool[0]);
	use(&pool[1]);
	return NULL;
}

static pthread_mutex_t *make_pool(void)
{
	pthread_mutex_t *made = calloc(2, sizeof(*made));

	pthread_mutex_init(&made[0], NULL);
	pthread_mutex_init(&made[1], NULL);
	return made;
}

int main(void)
{
	pthread_t threads[3];

	pool = make_pool();
	if (heddle_name)
		heddle_name(&pool[1], "the second \"pool\" lock");
	EXPECT(pthread_create(&threads[0], NULL, names_itself, NULL), 0);
	EXPECT(pthread_create(&threads[1], NULL, has_no_name, NULL), 0);
	EXPECT(pthread_create(&threads[2], NULL, has_no_name, NULL), 0);
	for (int i = 0; i < 3; i++)
		EXPECT(pthread_join(threads[i], NULL), 0);
	pthread_mutex_destroy(&pool[0]);
	pthread_mutex_destroy(&pool[1]);
	free(pool);
	puts("names given");
	return 0;
}
