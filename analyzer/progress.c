/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line on a terminal that says what takes so long, and goes away again. */
#include "analyzer/progress.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NS 1000000000
#define INTERVAL_NS 200000000

static int64_t progress_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void progress_init(struct progress *progress, FILE *out)
{
	memset(progress, 0, sizeof(*progress));
	if (isatty(fileno(out)))
		progress->out = out;
	progress->start_ns = progress_now();
}

void progress_show(struct progress *progress, const char *text)
{
	if (!progress->out)
		return;
	/* A carriage return, and erase to the end of the line. */
	fprintf(progress->out, "\r\033[Kheddle: %s", text);
	fflush(progress->out);
	progress->is_shown = true;
}

void progress_text(char *text, size_t size, const struct reader_counts *counts)
{
	int length = snprintf(text, size, "read %.1f million events", (double)counts->events / 1e6);

	if (counts->bytes_total && length > 0 && (size_t)length < size)
		snprintf(text + length, size - (size_t)length, ", %d %%",
			 (int)(100.0 * (double)counts->bytes_read / (double)counts->bytes_total));
}

void progress_read(struct progress *progress, const struct reader_counts *counts)
{
	char text[80];

	if (!progress->out)
		return;
	int64_t now = progress_now();
	if (now - progress->start_ns < FIRST_NS || now - progress->latest_ns < INTERVAL_NS)
		return;
	progress->latest_ns = now;
	progress_text(text, sizeof(text), counts);
	progress_show(progress, text);
}

void progress_clear(struct progress *progress)
{
	if (!progress->is_shown)
		return;
	fputs("\r\033[K", progress->out);
	fflush(progress->out);
	progress->is_shown = false;
}
