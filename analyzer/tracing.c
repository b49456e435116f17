/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What records while COMMAND runs: the LTTng session, and the collector that writes into it. */
#include "analyzer/tracing.h"

#include "libtrace/recording.h"
#include "libtrace/traces.h"

struct tracing_end {
	const struct tracing *tracing;
	struct progress *progress;
};

static int start_collector(struct tracing *tracing, const struct record_options *options,
			   const char *provider, struct error *err)
{
	const struct collector_options collector_options = {
		.buffers = tracing->buffers,
		.provider = provider,
		.home = session_home(tracing->session),
		.run = session_run(tracing->session),
		.max_bytes = options->max_bytes,
		.settings = {
			.stack_frames = options->stacks,
			.has_stacks_on_all = options->has_stacks_on_all,
			.is_ring_wanted = options->on_deadlock != LIVE_IGNORE,
			.detail = options->is_summary ? ARENA_DETAIL_SUMMARY : ARENA_DETAIL_FULL,
		},
	};

	return collector_start(&collector_options, &tracing->collector, err);
}

int tracing_start(struct tracing *tracing, const struct record_options *options,
		  const struct directory *directory, const char *provider, struct error *err)
{
	struct error why;

	*tracing = (struct tracing){ .is_progress_shown = options->is_progress_shown };
	int ret = directory_file(directory, RECORDING_BUFFERS, tracing->buffers,
				 sizeof(tracing->buffers), err);
	if (ret == 0)
		ret = session_start(directory->path, options->is_plain ? SESSION_MANY : SESSION_ONE,
				    &tracing->session, err);
	if (ret < 0 || options->is_plain)
		return ret;
	ret = start_collector(tracing, options, provider, err);
	if (ret == 0)
		return 0;
	/* LTTng does not tell the collector why it gets no buffers. */
	if (session_stop(tracing->session, NULL, NULL, &why) < 0)
		*err = why;
	return ret;
}

static void show_flushing(void *pointer)
{
	const struct tracing_end *end = pointer;

	if (end->tracing->is_progress_shown && !end->progress->is_shown)
		progress_show(end->progress, "writing the recording");
}

/* False: nobody takes what the collector writes. */
static bool is_collecting(void *pointer)
{
	const struct tracing_end *end = pointer;
	struct error ignored;

	show_flushing(pointer);
	return session_check(end->tracing->session, &ignored) == 0;
}

/* What is left in the buffers goes into the trace. */
static int finish_collector(struct tracing *tracing, struct tracing_end *end, struct error *err)
{
	struct error why;
	int ret =
		collector_finish(tracing->collector, is_collecting, end, &tracing->collected, err);

	tracing->has_collected = ret == 0;
	int state = session_check(tracing->session, &why);
	if (state < 0) {
		*err = why;
		return state;
	}
	return ret;
}

int tracing_end(struct tracing *tracing, int broken, struct progress *progress, struct error *err)
{
	struct tracing_end end = { tracing, progress };
	struct error why;
	int ret = broken;

	if (ret == 0 && tracing->collector)
		ret = finish_collector(tracing, &end, err);
	int stopped = session_stop(tracing->session, show_flushing, &end, &why);
	progress_clear(progress);
	if (ret == 0 && stopped < 0) {
		*err = why;
		ret = stopped;
	}
	collector_free(tracing->collector, ret == 0);
	tracing->session = NULL;
	tracing->collector = NULL;
	return ret;
}

void tracing_abandon(struct tracing *tracing)
{
	struct error ignored;

	collector_free(tracing->collector, true);
	(void)!session_stop(tracing->session, NULL, NULL, &ignored);
	tracing->session = NULL;
	tracing->collector = NULL;
}

bool tracing_has_events(const struct tracing *tracing, const struct directory *directory)
{
	char ctf[PATH_MAX];
	struct error ignored;
	int ret = directory_file(directory, RECORDING_CTF, ctf, sizeof(ctf), &ignored);
	size_t traces = ret < 0 ? 0 : traces_prune(ctf);

	/* The collector's own trace is never without an event. */
	return traces > 0 && (!tracing->has_collected || tracing->collected.counts.batches > 0);
}
