/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* recorder.txt of a recording: what the recorder itself has to say, as text events. */
#include "analyzer/notes.h"

#include "libtrace/recording.h"

int notes_open(struct notes *notes, const struct directory *directory, struct error *err)
{
	char path[PATH_MAX];
	int ret = directory_file(directory, RECORDING_NOTES, path, sizeof(path), err);

	if (ret < 0)
		return ret;
	notes->directory = directory;
	notes->file = fopen(path, "wxe");
	if (!notes->file)
		return fail(err, errno, "cannot write '%s': %s", path, strerror(errno));
	return 0;
}

void notes_close(struct notes *notes)
{
	cleanup_fclosep(&notes->file);
	notes->file = NULL;
}

static int said(const struct notes *notes, int ret, struct error *err)
{
	if (ret == 0 && !ferror(notes->file))
		return 0;
	int code = errno ? errno : EIO;
	return fail(err, code, "cannot write '%s/" RECORDING_NOTES "': %s", notes->directory->path,
		    strerror(code));
}

int notes_add(struct notes *notes, const struct event *event, struct error *err)
{
	errno = 0;
	event_print(event, notes->file);
	return said(notes, 0, err);
}

int notes_flush(struct notes *notes, struct error *err)
{
	errno = 0;
	return said(notes, fflush(notes->file), err);
}

int notes_write(struct notes *notes, enum event_type type, int64_t time_ns, int64_t value,
		const char *text, struct error *err)
{
	const struct event note = {
		.type = type,
		.pid = getpid(),
		.tid = getpid(),
		.time_ns = time_ns,
		.value = value,
		.text = text,
	};
	int ret = notes_add(notes, &note, err);

	return ret < 0 ? ret : notes_flush(notes, err);
}

int notes_write_costs(struct notes *notes, int64_t time_ns, const struct collector_result *result,
		      int64_t cpu_ns, struct error *err)
{
	const struct {
		const char *text;
		uint64_t value;
	} costs[] = {
		{ "events", result->counts.events },
		{ "bytes", result->counts.bytes },
		{ "flushes", result->counts.batches },
		{ "blocked_ns", result->counts.blocked_ns },
		{ "event_ps", (uint64_t)result->event_ps },
		{ "cpu_ns", (uint64_t)cpu_ns },
	};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sizeof(costs) / sizeof(costs[0]); i++)
		ret = notes_write(notes, EVENT_recording_cost, time_ns, (int64_t)costs[i].value,
				  costs[i].text, err);
	return ret;
}
