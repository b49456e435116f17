/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzzing of the text form: no line crashes event_parse(), and what it accepts
 * means the same when it is printed and read again.
 *
 *	clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. -o fuzz-event-parse \
 *		tests/fuzz/event_parse.c libtrace/event.c libtrace/event_print.c \
 *		libtrace/event_parse.c libtrace/slice.c
 *	./fuzz-event-parse -max_total_time=60 -dict=tests/fuzz/event_parse.dict
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libtrace/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *event_line(const struct event *event, size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);

	event_print(event, out);
	fclose(out);
	return text;
}

/* Compared as text: printing the second reading must give the first line again. */
static void check_round_trip(const struct event *event)
{
	struct event_buffer buffer = { 0 };
	size_t length, again_length;
	cleanup_free char *line = event_line(event, &length);
	struct error err;
	struct event back;

	if (event_parse(line, length - 1, &back, &buffer, &err) != 1)
		abort();
	cleanup_free char *again = event_line(&back, &again_length);
	if (again_length != length || memcmp(line, again, length))
		abort();
	event_buffer_done(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_buffer buffer = { 0 };
	struct error err = { "" };
	struct event event;
	int code = event_parse((const char *)data, size, &event, &buffer, &err);

	if (code == 1)
		check_round_trip(&event);
	if (code < 0 && !err.text[0])
		abort();
	event_buffer_done(&buffer);
	return 0;
}
