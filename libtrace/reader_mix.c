/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packed recordings, known by the number of their run, and plain events.
 *
 * Packed operations come some time after they happened. So while there are any, plain events are
 * copied and wait until nothing earlier can come; where there are none they go through as they are.
 */
#include "libtrace/reader_mix.h"

/* Nobody reads more recordings at once; of more, parts are lost. */
#define SOURCES_MAX 16

/* So many plain events wait at most. */
#define WAITING_MAX 65536

/* A plain event, with its strings and frames behind it. */
struct waiting {
	struct event event;
	struct waiting *next;
	uint64_t memory[];
};

struct source {
	struct reader_batches *batches; /* Owned by this */
	uint64_t run;
	bool has_run;		  /* false: of the remains, and no message has come */
	const struct event *next; /* read ahead; NULL: none */
};

struct reader_mix {
	struct reader_ctf *ctf;		/* NULL: none, or ended. Owned by this */
	struct reader_remains *remains; /* NULL: none. Owned by this */
	struct source sources[SOURCES_MAX];
	size_t source_count;
	struct waiting *first, **end; /* plain events in their order. Owned by this */
	size_t waiting_count;
	struct waiting *told; /* which the caller has. Owned by this */
	uint64_t *foreign;    /* Weak */
};

static int no_memory(struct error *err)
{
	return fail(err, ENOMEM, "out of memory");
}

/* Plain events. */

static struct waiting *waiting_new(const struct event *event)
{
	size_t frames = event->frame_count * sizeof(*event->frames);
	size_t text = event->text ? strlen(event->text) + 1 : 0;
	size_t build_id = event->build_id ? strlen(event->build_id) + 1 : 0;
	struct waiting *waiting = malloc(sizeof(*waiting) + frames + text + build_id);

	if (!waiting)
		return NULL;
	char *at = (char *)waiting->memory;
	waiting->next = NULL;
	waiting->event = *event;
	if (frames)
		waiting->event.frames = memcpy(at, event->frames, frames);
	if (text)
		waiting->event.text = memcpy(at + frames, event->text, text);
	if (build_id)
		waiting->event.build_id = memcpy(at + frames + text, event->build_id, build_id);
	return waiting;
}

static int mix_keep(struct reader_mix *mix, const struct event *event, struct error *err)
{
	struct waiting *waiting = waiting_new(event);

	if (!waiting)
		return no_memory(err);
	*mix->end = waiting;
	mix->end = &waiting->next;
	mix->waiting_count++;
	return 0;
}

static const struct event *mix_take_kept(struct reader_mix *mix)
{
	struct waiting *first = mix->first;

	mix->first = first->next;
	mix->waiting_count--;
	if (!mix->first)
		mix->end = &mix->first;
	free(mix->told);
	mix->told = first;
	return &first->event;
}

/* Whether nothing can come any more that is earlier than the first plain event. */
static bool kept_is_due(const struct reader_mix *mix)
{
	if (!mix->ctf || mix->waiting_count > WAITING_MAX)
		return mix->first;
	for (size_t i = 0; mix->first && i < mix->source_count; i++)
		if (reader_batches_limit_ns(mix->sources[i].batches) < mix->first->event.time_ns)
			return false;
	return mix->first;
}

/* Packed ones. */

/* The recording of that run: NULL in *ret where there are too many. */
static int mix_source(struct reader_mix *mix, const struct packed_message *message,
		      struct reader_batches **ret, struct error *err)
{
	struct source *source = mix->sources;

	for (; source < mix->sources + mix->source_count; source++) {
		if (source->has_run && source->run != message->run)
			continue;
		source->run = message->run;
		source->has_run = true;
		*ret = source->batches;
		return 0;
	}
	*ret = NULL;
	if (mix->source_count == SOURCES_MAX)
		return 0;
	source->batches = reader_batches_new(reader_ctf_offset(mix->ctf), mix->foreign);
	if (!source->batches)
		return no_memory(err);
	source->run = message->run;
	source->has_run = true;
	mix->source_count++;
	*ret = source->batches;
	return 0;
}

static int mix_hear(struct reader_mix *mix, const struct packed_message *message, struct error *err)
{
	struct reader_batches *batches;
	int code = mix_source(mix, message, &batches, err);

	if (code < 0)
		return code;
	if (message->kind == PACKED_BATCH && (!batches || message->is_damaged))
		reader_batches_lost(mix->sources[0].batches, EVENT_packets_lost, 1);
	else if (!batches)
		return 0;
	else if (message->kind == PACKED_BATCH)
		code = reader_batches_part(batches, &message->part, READER_EMITTED);
	else if (message->kind == PACKED_LAYOUT)
		code = reader_batches_layout(batches, message->uses_tsc, message->names);
	else
		code = reader_batches_collected(batches, &message->clock);
	return code < 0 ? no_memory(err) : 0;
}

static void mix_end(struct reader_mix *mix)
{
	reader_ctf_close(mix->ctf);
	mix->ctf = NULL;
	for (size_t i = 0; i < mix->source_count; i++)
		reader_batches_end(mix->sources[i].batches);
}

/* One thing of the trace; *ret: an event that need not wait, or NULL. */
static int mix_pull(struct reader_mix *mix, const struct event **ret, struct error *err)
{
	const struct packed_message *message = NULL;
	const struct event *event;
	uint64_t foreign = reader_ctf_foreign(mix->ctf);
	int code = reader_ctf_next(mix->ctf, &event, &message, err);

	*ret = NULL;
	*mix->foreign += reader_ctf_foreign(mix->ctf) - foreign;
	if (code < 0 && code != -ENOMEM && mix->remains) {
		/* What a dead recorder left may be cut off. */
		reader_batches_lost(mix->sources[0].batches, EVENT_packets_lost, 1);
		code = DECODED_NOTHING;
	}
	if (code == DECODED_MESSAGE)
		return mix_hear(mix, message, err);
	if (code == DECODED_NOTHING)
		mix_end(mix);
	if (code != DECODED_EVENT)
		return code;
	if (mix->source_count)
		return mix_keep(mix, event, err);
	*ret = event;
	return 0;
}

/* The first of what is there: 1, 0 there is nothing as yet, or an error. */
static int mix_choose(struct reader_mix *mix, const struct event **ret, struct error *err)
{
	struct source *best = NULL;

	for (size_t i = 0; i < mix->source_count; i++) {
		struct source *source = &mix->sources[i];
		int code = source->next ? 1 : reader_batches_next(source->batches, &source->next);

		if (code < 0)
			return no_memory(err);
		if (code && (!best || source->next->time_ns < best->next->time_ns))
			best = source;
	}
	bool is_kept = best ? mix->first && mix->first->event.time_ns <= best->next->time_ns
			    : kept_is_due(mix);
	if (is_kept) {
		*ret = mix_take_kept(mix);
	} else if (best) {
		*ret = best->next;
		best->next = NULL;
	}
	return is_kept || best;
}

int reader_mix_next(struct reader_mix *mix, const struct event **ret, struct error *err)
{
	int code;

	for (;;) {
		/* By far the most. */
		if (mix->source_count == 1 && !mix->first && !mix->sources[0].next)
			code = reader_batches_next(mix->sources[0].batches, ret);
		else
			code = mix_choose(mix, ret, err);
		if (code > 0)
			return code;
		if (code < 0)
			return no_memory(err);
		if (!mix->ctf)
			return 0;
		code = mix_pull(mix, ret, err);
		if (code < 0 || *ret)
			return code < 0 ? code : 1;
	}
}

static int mix_start(struct reader_mix *mix, struct error *err)
{
	mix->end = &mix->first;
	if (mix->remains) {
		mix->source_count = 1;
		mix->sources[0].batches = reader_batches_new(0, mix->foreign);
		if (!mix->sources[0].batches ||
		    reader_remains_feed(mix->remains, mix->sources[0].batches) < 0)
			return no_memory(err);
	}
	if (!mix->ctf)
		mix_end(mix);
	return 0;
}

int reader_mix_open(struct reader_ctf *ctf, struct reader_remains *remains, uint64_t *foreign,
		    struct reader_mix **ret, struct error *err)
{
	struct reader_mix *mix = calloc(1, sizeof(*mix));

	if (!mix) {
		reader_ctf_close(ctf);
		reader_remains_close(remains);
		return no_memory(err);
	}
	mix->ctf = ctf;
	mix->remains = remains;
	mix->foreign = foreign;
	int code = mix_start(mix, err);
	if (code < 0)
		reader_mix_close(mix);
	else
		*ret = mix;
	return code;
}

void reader_mix_close(struct reader_mix *mix)
{
	if (!mix)
		return;
	for (size_t i = 0; i < mix->source_count; i++)
		reader_batches_free(mix->sources[i].batches);
	while (mix->first)
		(void)mix_take_kept(mix);
	free(mix->told);
	reader_ctf_close(mix->ctf);
	reader_remains_close(mix->remains);
	free(mix);
}
