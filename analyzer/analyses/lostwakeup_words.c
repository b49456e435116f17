/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lost wake-ups in words. */
#include "analyzer/analyses/lostwakeup.h"

static const char *signalled(const struct lostwakeup_missed *missed)
{
	return missed->is_broadcast ? "broadcast" : "signalled";
}

static void add_steps(const struct wording *wording, struct finding *finding,
		      const struct lostwakeup_missed *missed)
{
	const char *cond = names_object(wording->names, missed->cond);
	struct wording_step signal = { .thread = missed->signaller,
				       .action = signalled(missed),
				       .object = cond,
				       .place = missed->signal_place,
				       .time_ns = missed->signal_ns };
	struct wording_step wait = { .thread = missed->waiter,
				     .action = missed->ended_ns ? "waited for" : "waits for",
				     .object = cond,
				     .place = missed->wait_place,
				     .time_ns = missed->since_ns,
				     .is_lasting = !missed->ended_ns };

	wording_add_step(wording, finding, &signal);
	wording_add_step(wording, finding, &wait);
	if (missed->ended_ns)
		g_array_index(finding->steps, struct finding_step, finding->steps->len - 1)
			.since_ns = elapsed_ns(missed->since_ns, missed->ended_ns);
}

/* Why the waiter is thought to have missed it. */
static const char *reason(const struct wording *wording, const struct lostwakeup_missed *missed)
{
	const char *waiter = names_thread(wording->names, missed->waiter);
	const char *signaller = names_thread(wording->names, missed->signaller);
	const char *mutex = names_object(wording->names, missed->mutex);

	if (missed->is_race)
		return report_format(wording->report,
				     "%s held %s already and was about to wait; %s does not use %s "
				     "around what it tells.",
				     waiter, mutex, signaller, mutex);
	return report_format(wording->report,
			     "Nobody else had %s in between: %s did not look at what it was told "
			     "before it waited, or waits for something else.",
			     mutex, waiter);
}

/* is_over: a time limit has ended the wait, which many a program waits for. */
static struct finding *add_finding(const struct wording *wording,
				   const struct lostwakeup_missed *missed, bool is_over)
{
	struct names *names = wording->names;
	/* What an early signal told may have been something else; a race is one whatever it told. */
	bool is_certain = missed->is_race && !model_lost(wording->model);
	struct finding *finding = wording_finding(
		wording, "lost-wakeup", is_over && !is_certain ? LEVEL_NOTE : LEVEL_WARNING,
		is_certain ? CERTAINTY_ACTUAL : CERTAINTY_POSSIBLE, missed->waiter->process);
	GPtrArray *identity = g_ptr_array_new();

	g_ptr_array_add(finding->threads, (char *)names_thread(names, missed->waiter));
	g_ptr_array_add(finding->threads, (char *)names_thread(names, missed->signaller));
	g_ptr_array_add(finding->objects, (char *)names_object(names, missed->cond));
	add_steps(wording, finding, missed);
	g_ptr_array_add(finding->notes, (char *)reason(wording, missed));
	g_ptr_array_add(identity,
			(char *)report_format(wording->report, "%s|%s|%s",
					      names_object_stable(names, missed->cond),
					      names_place_stable(names, missed->signal_place),
					      names_place_stable(names, missed->wait_place)));
	wording_set_identity(wording, finding, identity);
	finding->count = missed->count;
	return finding;
}

void lostwakeup_report(const struct wording *wording, const struct lostwakeup_missed *missed,
		       const char *rule)
{
	struct finding *finding = add_finding(wording, missed, false);
	const char *waiter = names_thread(wording->names, missed->waiter);

	finding->message = report_format(
		wording->report,
		"%s waits for %s, which %s %s before the wait began, when nobody waited for it.",
		waiter, names_object(wording->names, missed->cond),
		names_thread(wording->names, missed->signaller), signalled(missed));
	g_ptr_array_add(finding->notes,
			(char *)report_format(wording->report,
					      "Nobody is left to end the wait: the finding '%s' "
					      "tells about that.",
					      rule));
}

void lostwakeup_tell_timeout(const struct wording *wording, const struct lostwakeup_missed *missed)
{
	struct finding *finding = add_finding(wording, missed, true);
	int64_t waited_ns = elapsed_ns(missed->since_ns, missed->ended_ns);

	finding->message = report_format(
		wording->report,
		"%s waited %s for %s, until its time limit; %s %s it before the wait began, when "
		"nobody waited for it.",
		names_thread(wording->names, missed->waiter),
		names_duration(wording->names, waited_ns),
		names_object(wording->names, missed->cond),
		names_thread(wording->names, missed->signaller), signalled(missed));
}
