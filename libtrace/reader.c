/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a path holds, behind one interface: text events, CTF traces, or a
 * recording, which is both, and perhaps buffers: the recorder's own events are merged into the
 * program's.
 */
#include "libtrace/reader.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "libtrace/reader_mix.h"
#include "libtrace/reader_text.h"
#include "libtrace/recording.h"

struct reader {
	struct reader_text *text; /* NULL: none. Owned by this */
	struct reader_mix *mix;	  /* NULL: none. Owned by this */
	/* The next event of each, read ahead to compare; NULL: not yet, or ended. */
	const struct event *text_event;
	const struct event *mix_event;
	bool is_text_ended;
	bool is_mix_ended;
	size_t silent; /* traces to tell of as lost */
	struct event silent_event;
	struct reader_counts counts;
};

/* Both sources' next events, as far as they have any. */
static int reader_look_ahead(struct reader *reader, struct error *err)
{
	int code = 1;

	if (!reader->mix_event && !reader->is_mix_ended) {
		code = reader_mix_next(reader->mix, &reader->mix_event, err);
		if (code <= 0)
			reader->mix_event = NULL;
		reader->is_mix_ended = code <= 0;
	}
	if (code >= 0 && !reader->text_event && !reader->is_text_ended) {
		code = reader_text_next(reader->text, &reader->text_event, err);
		if (code <= 0)
			reader->text_event = NULL;
		reader->is_text_ended = code <= 0;
	}
	return code < 0 ? code : 0;
}

/*
 * Whether the recorder's event comes before the program's. What it says of
 * start and end frames the program, also where stamps of different clocks' readers
 * disagree slightly.
 */
static bool text_is_first(const struct reader *reader)
{
	if (!reader->text_event || !reader->mix_event)
		return reader->text_event;
	if (reader->text_event->type == EVENT_recording_start)
		return true;
	if (reader->text_event->type == EVENT_recording_end)
		return false;
	return reader->text_event->time_ns <= reader->mix_event->time_ns;
}

static void reader_count(struct reader *reader, const struct event *event)
{
	uint64_t lost = event->value > 0 ? (uint64_t)event->value : 1;

	if (event->type == EVENT_events_lost)
		reader->counts.lost_events += lost;
	else if (event->type == EVENT_packets_lost)
		reader->counts.lost_packets += lost;
	else
		reader->counts.events++;
}

/* A trace of which nothing can be read is a loss, of at least a packet each. */
static const struct event *reader_tell_silent(struct reader *reader, const struct event *next)
{
	reader->silent_event = (struct event){
		.type = EVENT_packets_lost,
		.time_ns = next->time_ns,
		.value = (int64_t)reader->silent,
	};
	reader->silent = 0;
	return &reader->silent_event;
}

int reader_next(struct reader *reader, const struct event **ret, struct error *err)
{
	int code = reader_look_ahead(reader, err);

	if (code < 0 || (!reader->text_event && !reader->mix_event))
		return code;
	bool is_text = text_is_first(reader);
	const struct event *next = is_text ? reader->text_event : reader->mix_event;
	if (reader->silent && next->type != EVENT_recording_start) {
		*ret = reader_tell_silent(reader, next);
	} else if (is_text) {
		*ret = next;
		reader->text_event = NULL;
		if (!reader->mix)
			reader_text_progress(reader->text, &reader->counts.bytes_read,
					     &reader->counts.bytes_total);
	} else {
		*ret = next;
		reader->mix_event = NULL;
	}
	reader_count(reader, *ret);
	return 1;
}

/* The traces below a path, in *ret; NULL: none can be read. */
static int reader_open_traces(struct reader *reader, const char *path, const char *below,
			      bool is_recording, struct reader_ctf **ret, struct error *err)
{
	struct found_traces found;
	int code = reader_find(below, &found, err);

	*ret = NULL;
	if (!code && found.count)
		code = reader_ctf_open(path, &found, is_recording, ret, err);
	else if (!code && !is_recording && found.is_empty)
		code = fail(err, ENODATA, "'%s' is an empty directory", path);
	else if (!code && !is_recording && !found.silent)
		code = fail(err, ENODATA, "'%s' holds no trace: no file 'metadata' below it", path);
	reader->silent = found.silent;
	found_traces_done(&found);
	return code;
}

/*
 * LTTng makes its folder when the first program has registered: it may be missing. Where the
 * recorder died it may be cut off, but then there are the buffers.
 */
static int reader_open_recorded(struct reader *reader, const char *path, bool has_remains,
				struct reader_ctf **ret, struct error *err)
{
	cleanup_free char *below = NULL;

	*ret = NULL;
	if (asprintf(&below, "%s/%s", path, RECORDING_CTF) < 0) {
		below = NULL;
		return fail(err, ENOMEM, "out of memory");
	}
	if (access(below, F_OK) < 0 && errno == ENOENT)
		return 0;
	int code = reader_open_traces(reader, path, below, true, ret, err);
	if (code >= 0 || code == -ENOMEM || !has_remains)
		return code;
	reader->silent++;
	return 0;
}

static int reader_open_recording(struct reader *reader, const char *path, const char *notes,
				 struct error *err)
{
	struct reader_remains *remains = NULL;
	struct reader_ctf *ctf = NULL;
	int code = reader_text_open(notes, true, &reader->text, err);

	if (!code)
		code = reader_remains_open(path, &remains, err);
	if (!code)
		code = reader_open_recorded(reader, path, remains, &ctf, err);
	if (code < 0 || (!ctf && !remains)) {
		reader_remains_close(remains);
		return code;
	}
	return reader_mix_open(ctf, remains, &reader->counts.foreign_events, &reader->mix, err);
}

static int reader_open_directory(struct reader *reader, const char *path, struct error *err)
{
	struct reader_ctf *ctf;
	int code = reader_open_traces(reader, path, path, false, &ctf, err);

	return code < 0 || !ctf ? code
				: reader_mix_open(ctf, NULL, &reader->counts.foreign_events,
						  &reader->mix, err);
}

static int reader_open_sources(struct reader *reader, const char *path, struct error *err)
{
	cleanup_free char *notes = NULL;
	struct stat stat_of;

	if (!strcmp(path, "-"))
		return reader_text_open(path, false, &reader->text, err);
	if (stat(path, &stat_of) < 0)
		return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
	if (!S_ISDIR(stat_of.st_mode))
		return reader_text_open(path, false, &reader->text, err);
	if (asprintf(&notes, "%s/%s", path, RECORDING_NOTES) < 0) {
		notes = NULL;
		return fail(err, ENOMEM, "out of memory");
	}
	if (!stat(notes, &stat_of) && S_ISREG(stat_of.st_mode))
		return reader_open_recording(reader, path, notes, err);
	return reader_open_directory(reader, path, err);
}

static int reader_start(struct reader *reader, const char *path, struct error *err)
{
	int code = reader_open_sources(reader, path, err);

	if (code < 0)
		return code;
	reader->is_text_ended = !reader->text;
	reader->is_mix_ended = !reader->mix;
	code = reader_look_ahead(reader, err);
	if (code < 0)
		return code;
	if (!reader->text_event && !reader->mix_event)
		return fail(err, ENODATA, "'%s' holds no events of heddle",
			    strcmp(path, "-") ? path : "standard input");
	return 0;
}

int reader_open(const char *path, struct reader **ret, struct error *err)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return fail(err, ENOMEM, "out of memory");
	int code = reader_start(reader, path, err);
	if (code < 0) {
		reader_close(reader);
		return code;
	}
	*ret = reader;
	return 0;
}

const struct reader_counts *reader_counts(const struct reader *reader)
{
	return &reader->counts;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	reader_text_close(reader->text);
	reader_mix_close(reader->mix);
	free(reader);
}
