/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders of locks that contradict each other across traces, in words. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/joined_private.h"
#include "analyzer/rings.h"

/* "held" and "requested", where the locks need not be the same. */
static const char *action_of(struct joining *joining, const struct kept_lock *lock, bool is_one)
{
	static const char *const words[][2] = { { "holds", "held" }, { "requests", "requested" } };

	for (unsigned i = 0; i < G_N_ELEMENTS(words) && !is_one; i++)
		if (g_str_has_prefix(lock->action, words[i][0]))
			return report_format(joining->report, "%s%s", words[i][1],
					     lock->action + strlen(words[i][0]));
	return lock->action;
}

static const char *thread_of(struct joining *joining, const struct seen *seen)
{
	const struct report *report = joining->reports->pdata[seen->trace];
	const char *own = seen->kept->thread_name;
	const char *name = report_format(joining->report, "%s in %s", own,
					 (char *)joining->labels->pdata[seen->trace]);

	report_note_stable(joining->report, name, report_stable_name(report, own));
	return name;
}

static void add_step(struct joining *joining, struct finding *finding, const struct seen *seen,
		     const struct kept_lock *lock, bool is_one)
{
	struct finding_step *step = finding_step(finding);

	step->thread = thread_of(joining, seen);
	step->action = action_of(joining, lock, is_one);
	step->object = report_string(joining->report, lock->name);
	report_note_stable(joining->report, lock->name, lock->stable);
	step->time_ns = lock->time_ns;
	step->stack = lock->stack;
	if (!g_ptr_array_find(finding->objects, step->object, NULL))
		g_ptr_array_add(finding->objects, (char *)step->object);
}

/* "one in a.events holds A and requests B" */
static const char *clause(struct joining *joining, const struct seen *seen, bool is_one)
{
	const struct kept_order *kept = seen->kept;

	return report_format(joining->report, "%s %s %s and %s %s", thread_of(joining, seen),
			     action_of(joining, &kept->held, is_one), kept->held.name,
			     action_of(joining, &kept->requested, is_one), kept->requested.name);
}

static bool is_one_lock_each(const struct seen *seen)
{
	return seen->kept->held.is_one && seen->kept->requested.is_one;
}

static void add_side(struct joining *joining, struct finding *finding, const struct seen *seen,
		     bool is_one)
{
	const struct kept_order *kept = seen->kept;
	const struct report *report = joining->reports->pdata[seen->trace];
	char *path = (char *)report->trace.path;

	g_ptr_array_add(finding->threads, (char *)thread_of(joining, seen));
	add_step(joining, finding, seen, &kept->held, is_one);
	add_step(joining, finding, seen, &kept->requested, is_one);
	if (!g_ptr_array_find(finding->traces, path, NULL))
		g_ptr_array_add(finding->traces, path);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same whichever trace comes first. */
static void set_identity(struct joining *joining, struct finding *finding, const unsigned *ring,
			 unsigned length)
{
	const char *words[RINGS_LENGTH_MAX] = { NULL };

	for (unsigned i = 0; i < length; i++) {
		const struct kept_order *kept = joined_seen(joining, ring[i])->kept;

		words[i] = report_format(joining->report, "%s|%s|%s", kept->held.stable,
					 kept->requested.stable, kept->place);
	}
	qsort(words, length, sizeof(words[0]), compare_words);
	g_ptr_array_add(finding->identity, "joined");
	for (unsigned i = 0; i < length; i++)
		g_ptr_array_add(finding->identity, (char *)words[i]);
}

static const char *message(struct joining *joining, const unsigned *ring, unsigned length,
			   bool is_one)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned i = 0; i < length; i++)
		g_string_append_printf(text, "%s%s", i ? "; " : "",
				       clause(joining, joined_seen(joining, ring[i]), is_one));
	g_string_append_printf(text, ". When %s happen in one run,%s they can deadlock.",
			       length == 2 ? "both" : "all of these",
			       is_one ? "" : " with the same locks,");
	return report_string(joining->report, text->str);
}

void joined_tell(struct joining *joining, const unsigned *ring, unsigned length)
{
	bool is_one = true;

	for (unsigned i = 0; i < length; i++)
		is_one &= is_one_lock_each(joined_seen(joining, ring[i]));
	struct finding *finding = report_finding(joining->report, "lock-order",
						 is_one ? LEVEL_WARNING : LEVEL_NOTE,
						 CERTAINTY_POSSIBLE);
	finding->message = message(joining, ring, length, is_one);
	for (unsigned i = 0; i < length; i++)
		add_side(joining, finding, joined_seen(joining, ring[i]), is_one);
	if (!is_one)
		g_ptr_array_add(finding->notes, "Locks are joined here that were made at one "
						"place, or have one name: they need not be the "
						"same ones.");
	g_ptr_array_add(finding->notes,
			(char *)report_format(joining->report,
					      "No process shows %s orders. Common locks that are "
					      "held each time were looked at; whether %s can "
					      "happen at the same time was not.",
					      length == 2 ? "both" : "all of these",
					      length == 2 ? "the two" : "they"));
	set_identity(joining, finding, ring, length);
}
