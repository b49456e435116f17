/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words for threads, objects and places. Used when a trace is over: names and
 * symbols are looked up only for what a report shows. Every result lives as long as
 * the report given to names_new() and is never NULL unless said. The report learns what each
 * thread and object that was asked for is called in every run.
 */
#ifndef ANALYZER_NAMES_H
#define ANALYZER_NAMES_H

#include "analyzer/model.h"
#include "analyzer/report.h"

struct names;

/* report must outlive the result. */
struct names *names_new(struct report *report);
/* Whose the texts are. */
struct report *names_report(struct names *names);
void names_free(struct names *names); /* NULL is allowed */

/*
 * The name the program gave it; else "main" for the main thread, else the name of the start
 * routine with the thread's index ("worker #3"), else "thread #3". Two threads of one process
 * with the same name get their index behind it. With more than one process in the trace, the
 * process follows in brackets ("worker #3 [pigz 4242]"); for that, report->trace.processes must
 * be set before the first call.
 */
const char *names_thread(struct names *names, const struct thread *thread);

/*
 * What a thread is called in every run: its name, with # for each number in it, or its start
 * routine, without index; "thread" where it has neither.
 */
const char *names_thread_stable(struct names *names, const struct thread *thread);

/*
 * heddle_name(); else the data symbol it lies in (`accounts`, `forks[2]`, `bank.lock`, `pool+24`);
 * else the place that made it ("mutex #3 made at pool.c:41"); else the place of its first use
 * ("mutex #3 first used at x.c:7"); else "mutex #3". A later generation at one address does not
 * share the name of the earlier one ("... (2nd)"). Two objects of one name in a process get the
 * file or function they are local to ("lock (pool.c)"), else their index ("lock #3").
 */
const char *names_object(struct names *names, const struct object *object);

/*
 * The same for fingerprints: no index, no address, no number that another run may change. "lock
 * (pool.c)" for what is local to a file or function, "accounts[].lock", "mutex made in pool_new",
 * "mutex".
 */
const char *names_object_stable(struct names *names, const struct object *object);

/*
 * The name the program gave it, or the data symbol it lies in and whose it is: "lock (pool.c)";
 * NULL where it has neither. ret_is_alone: no other object of its process has that name.
 */
const char *names_object_given(struct names *names, const struct object *object,
			       bool *ret_is_alone);

/*
 * The stack of a place, inlined frames included; at least one frame where site is known. Our own
 * libraries' frames are left out, and those by which the C library starts threads and main().
 */
struct stack names_stack(struct names *names, struct place place);

/*
 * "transfer (bank.c:41)", "g_mutex_lock (libglib-2.0.so.0+0x1234)", "libfoo.so+0x1234", "0x1234" or
 * "an unknown place". Where std::mutex and the like lead through system headers, the caller of
 * those is told.
 */
const char *names_place(struct names *names, struct place place);

/* The same without line, offset or address: the function's name, else the module's, else "?". */
const char *names_place_stable(struct names *names, struct place place);

struct report_object names_report_object(struct names *names, const struct object *object);

/*
 * For people, three digits: 12 ns, 1.50 us, 12.3 ms, 3.20 s, 75.0 s; from two minutes on whole
 * seconds, from two hours on whole minutes, cut off: 2 min 5 s, 3 h 0 min.
 */
const char *names_duration(struct names *names, int64_t ns);

#endif
