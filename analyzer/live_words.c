/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A deadlock in one sentence, for who looks at a terminal while COMMAND runs. */
#include "analyzer/live.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libtrace/event.h"

#define TOLD_MAX 6
#define LINE_MAX_TOLD 120

/* The start of a file of /proc in one line; "" where it cannot be read. */
static const char *read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, line, size - 1) : 0;

	if (fd >= 0)
		close(fd);
	while (length > 0 && (line[length - 1] == '\0' || line[length - 1] == '\n'))
		length--;
	line[length > 0 ? length : 0] = '\0';
	for (ssize_t i = 0; i < length; i++)
		if (line[i] == '\0')
			line[i] = ' ';
	return line;
}

/* "process 17 (make check)" */
static void tell_process(FILE *out, const struct waits_seen *seen)
{
	char path[64], line[LINE_MAX_TOLD];

	fprintf(out, "process %d", seen->pid);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", seen->pid);
	if (!seen->is_elsewhere && *read_line(path, line, sizeof(line)))
		fprintf(out, " (%s)", line);
}

/* "18 (worker)", with its process where that is not the first one's. */
static void tell_thread(FILE *out, const struct waits_seen *first, const struct waits_seen *seen)
{
	char path[64], name[64];

	fprintf(out, "%d", seen->tid);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", seen->pid, seen->tid);
	if (!seen->is_elsewhere && *read_line(path, name, sizeof(name)))
		fprintf(out, " (%s)", name);
	if (seen->pid == first->pid)
		return;
	fputs(" of ", out);
	tell_process(out, seen);
}

/* "waits for a mutex of " */
static void tell_wait(FILE *out, const struct waits_seen *seen)
{
	enum event_object object = event_info(seen->type)->object;

	if (object == OBJECT_THREAD)
		fputs("waits for the end of ", out);
	else
		fprintf(out, "waits for %s %s of ", object == OBJECT_RWLOCK ? "an" : "a",
			event_object_name(object));
}

static void tell_ring(FILE *out, const struct waits_seen *members, uint32_t known, uint32_t count)
{
	uint32_t told = known < TOLD_MAX ? known : TOLD_MAX;

	for (uint32_t i = 0; i < told; i++) {
		if (i > 0)
			fputs(", which ", out);
		tell_wait(out, &members[i]);
		if (i + 1 < told)
			tell_thread(out, members, &members[i + 1]);
	}
	if (told < count)
		fprintf(out, "another one, and so on, %u threads in a ring", count);
	else
		tell_thread(out, members, members);
}

char *live_sentence(const struct waits_seen *members, uint32_t known, uint32_t count, bool is_ended)
{
	char *sentence = NULL;
	size_t size;
	FILE *out = open_memstream(&sentence, &size);

	if (!out)
		return NULL;
	fputs("deadlock in ", out);
	tell_process(out, members);
	fputs(": thread ", out);
	tell_thread(out, members, members);
	fputc(' ', out);
	if (count == 1)
		fputs("waits for a mutex that it holds itself", out);
	else
		tell_ring(out, members, known, count);
	if (is_ended)
		fputs("; COMMAND is ended", out);
	fclose(out);
	return sentence;
}
