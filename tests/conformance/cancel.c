/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How threads end: cancelled in each way, by pthread_exit(), and what runs then in which order. */
#include "tests/conformance/conform.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t keys[3];

/* What ran, a letter each. */
static char order[64];

static void note(const char *letter)
{
	pthread_mutex_lock(&mutex);
	strcat(order, letter);
	pthread_mutex_unlock(&mutex);
}

static void note_it(void *letter)
{
	note(letter);
}

static const char *end_of(void *result)
{
	return result == PTHREAD_CANCELED ? "cancelled" : result ? "a value" : "no value";
}

/* Ends a thread that waits at the gate or is to stop by itself, and says how it ended. */
static void check_end(const char *name, void *(*routine)(void *), bool is_cancelled)
{
	atomic_int tid = 0;
	char what[64];

	order[0] = '\0';
	pthread_mutex_lock(&gate);
	pthread_t thread = run_thread(routine, &tid);
	while (is_cancelled && !atomic_load(&tid))
		pause_ms(1);
	if (is_cancelled) {
		snprintf(what, sizeof(what), "%s: cancel", name);
		CHECK(what, pthread_cancel(thread));
	}
	pthread_mutex_unlock(&gate);
	check_text(name, end_of(join_thread(thread)));
	snprintf(what, sizeof(what), "%s: what ran", name);
	check_text(what, order);
	CHECK("trylock after it", pthread_mutex_trylock(&mutex));
	pthread_mutex_unlock(&mutex);
}

static void pass_gate(void *tid)
{
	atomic_store((atomic_int *)tid, gettid());
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void *deferred(void *tid)
{
	pthread_cleanup_push(note_it, "a");
	pthread_cleanup_push(note_it, "b");
	pass_gate(tid);
	note("w");
	pthread_testcancel();
	note("not reached");
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *disabled(void *tid)
{
	int state;

	pthread_cleanup_push(note_it, "a");
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pass_gate(tid);
	pause_ms(1);
	pthread_testcancel();
	note("w");
	pthread_setcancelstate(state, NULL);
	pthread_testcancel();
	note("not reached");
	pthread_cleanup_pop(0);
	return NULL;
}

static void *disabled_to_the_end(void *tid)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pass_gate(tid);
	pthread_testcancel();
	return tid;
}

static void *asynchronous(void *tid)
{
	pthread_cleanup_push(note_it, "a");
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	atomic_store((atomic_int *)tid, gettid());
	for (;;)
		atomic_signal_fence(memory_order_seq_cst);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *cancels_itself(void *unused)
{
	(void)unused;
	pthread_cleanup_push(note_it, "a");
	check("cancel itself", pthread_cancel(pthread_self()));
	note("w");
	pthread_testcancel();
	note("not reached");
	pthread_cleanup_pop(0);
	return NULL;
}

static void *cancels_itself_at_once(void *unused)
{
	(void)unused;
	pthread_cleanup_push(note_it, "a");
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cancel(pthread_self());
	pthread_cleanup_pop(0);
	return NULL;
}

static void exit_deepest(void *value)
{
	pthread_cleanup_push(note_it, "c");
	pthread_exit(value);
	pthread_cleanup_pop(1);
}

static void exit_deep(void *value)
{
	pthread_cleanup_push(note_it, "b");
	exit_deepest(value);
	pthread_cleanup_pop(1);
}

static void *exits_deep(void *value)
{
	pthread_cleanup_push(note_it, "a");
	exit_deep(value);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *pops(void *unused)
{
	(void)unused;
	pthread_cleanup_push(note_it, "a");
	pthread_cleanup_push(note_it, "not run");
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(1);
	return NULL;
}

static void set_first_again(void *value)
{
	note("2");
	pthread_setspecific(keys[0], value);
}

static void note_first(void *unused)
{
	(void)unused;
	note("1");
}

static void set_itself_again(void *value)
{
	note("3");
	pthread_setspecific(keys[2], value);
}

static void set_keys(void *value)
{
	pthread_setspecific(keys[0], value);
	pthread_setspecific(keys[1], value);
	pthread_setspecific(keys[2], value);
}

static void *returns_with_keys(void *value)
{
	set_keys(value);
	return value;
}

static void *exits_with_keys(void *value)
{
	set_keys(value);
	pthread_cleanup_push(note_it, "a");
	pthread_exit(value);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *cancelled_with_keys(void *tid)
{
	set_keys(tid);
	pthread_cleanup_push(note_it, "a");
	pass_gate(tid);
	pthread_testcancel();
	pthread_cleanup_pop(0);
	return NULL;
}

/* Cancelled before it has run: it ends at its first cancellation point, or has just passed it. */
static void *ends_at_point(void *unused)
{
	(void)unused;
	for (;;)
		pthread_testcancel();
	return NULL;
}

static void many(void)
{
	int cancelled = 0;

	for (int i = 0; i < 100; i++) {
		pthread_t thread = run_thread(ends_at_point, NULL);

		pthread_cancel(thread);
		cancelled += join_thread(thread) == PTHREAD_CANCELED;
	}
	check_number("cancelled right after the creation", cancelled);
}

int main(void)
{
	conform_start();
	check("key_create", pthread_key_create(&keys[0], note_first));
	check("key_create", pthread_key_create(&keys[1], set_first_again));
	check("key_create", pthread_key_create(&keys[2], set_itself_again));
	check_end("deferred", deferred, true);
	check_end("disabled for a while", disabled, true);
	check_end("disabled to the end", disabled_to_the_end, true);
	check_end("asynchronous", asynchronous, true);
	check_end("by itself", cancels_itself, false);
	check_end("by itself, asynchronous", cancels_itself_at_once, false);
	check_end("exit from deep", exits_deep, false);
	check_end("cleanups popped", pops, false);
	check_end("return with keys", returns_with_keys, false);
	check_end("exit with keys", exits_with_keys, false);
	check_end("cancelled with keys", cancelled_with_keys, true);
	many();
	return 0;
}
