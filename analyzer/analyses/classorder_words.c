/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes of locks that are taken in contradicting orders, in words. */
#include "analyzer/analyses/classorder.h"

static void add_step(const struct classorder_names *names, struct finding *finding,
		     const struct taken_order *taken, bool is_request)
{
	const struct wording *wording = names->wording;
	const struct object *object = is_request ? taken->requested : taken->held;
	bool is_read = is_request ? taken->requested_is_read : taken->held_is_read;
	const struct wording_step step = {
		.thread = taken->thread,
		.action = report_format(wording->report, "%s%s", is_request ? "requested" : "held",
					!wording_mode(object, is_read)[0] ? ""
					: is_read			  ? " the read lock of"
									  : " the write lock of"),
		.object = names_object(wording->names, object),
		.place = is_request ? taken->requested_place : taken->held_place,
		.time_ns = is_request ? taken->requested_ns : taken->held_ns,
	};

	wording_add_step(wording, finding, &step);
	g_ptr_array_add(finding->objects, (char *)step.object);
}

/* "one held A and requested B" */
static const char *clause(const struct classorder_names *names, const struct taken_order *taken)
{
	const struct wording *wording = names->wording;

	return report_format(wording->report, "%s held %s%s and requested %s%s",
			     names_thread(wording->names, taken->thread),
			     names_object(wording->names, taken->held),
			     wording_mode(taken->held, taken->held_is_read),
			     names_object(wording->names, taken->requested),
			     wording_mode(taken->requested, taken->requested_is_read));
}

static const char *class_name(struct classorder_names *names, const struct object *object)
{
	return classorder_identity(names, object)->class_name;
}

static const char *explain(struct classorder_names *names, const struct taken_order *const *ring,
			   unsigned length)
{
	struct report *report = names->wording->report;
	const char *held = class_name(names, ring[0]->held);
	const char *requested = class_name(names, ring[0]->requested);
	g_autoptr(GString) classes = g_string_new(held);

	if (length == 2 && !g_strcmp0(held, requested))
		return report_format(report,
				     "They are locks of one class (%s), nested neither in an order "
				     "of their addresses nor of their age. No two threads took "
				     "the same two of them in both orders.",
				     held);
	if (length == 2)
		return report_format(report,
				     "They are locks of two classes (%s; %s), taken in both "
				     "orders. No two threads took the same two of them in both "
				     "orders.",
				     held, requested);
	for (unsigned i = 1; i < length; i++)
		g_string_append_printf(classes, "; %s", class_name(names, ring[i]->held));
	return report_format(report,
			     "They are locks of %u classes (%s), taken in a ring. No threads took "
			     "the same ones of them so.",
			     length, classes->str);
}

static void set_identity(const struct classorder_names *names, struct finding *finding,
			 const struct taken_order *const *ring, unsigned length)
{
	const struct wording *wording = names->wording;
	GPtrArray *words = g_ptr_array_new();

	for (unsigned i = 0; i < length; i++) {
		const struct taken_order *taken = ring[i];
		const char *held = names_object_stable(wording->names, taken->held);
		const char *requested = names_object_stable(wording->names, taken->requested);
		const char *place = names_place_stable(wording->names, taken->requested_place);

		g_ptr_array_add(words, (char *)report_format(wording->report, "%s|%s|%s", held,
							     requested, place));
	}
	wording_set_identity(wording, finding, words);
}

void classorder_say(struct classorder_names *names, const struct taken_order *const *ring,
		    unsigned length)
{
	const struct wording *wording = names->wording;
	struct finding *finding = wording_finding(wording, "class-order", LEVEL_NOTE,
						  CERTAINTY_POSSIBLE, ring[0]->thread->process);
	g_autoptr(GString) message = g_string_new(NULL);

	for (unsigned i = 0; i < length; i++) {
		const struct taken_order *taken = ring[i];

		g_string_append_printf(message, "%s%s", i ? "; " : "", clause(names, taken));
		g_ptr_array_add(finding->threads,
				(char *)names_thread(wording->names, taken->thread));
		add_step(names, finding, taken, false);
		add_step(names, finding, taken, true);
	}
	finding->message = report_format(wording->report, "%s.", message->str);
	g_ptr_array_add(finding->notes, (char *)explain(names, ring, length));
	set_identity(names, finding, ring, length);
}
