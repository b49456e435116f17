/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle dump: the events of a trace as text, one a line. */
#include "analyzer/cmd.h"
#include "libtrace/reader.h"

static int dump_events(struct reader *reader, struct error *err)
{
	const struct event *event;
	int ret;

	while ((ret = reader_next(reader, &event, err)) > 0) {
		event_print(event, stdout);
		/* main() says why; there is no use in reading on. */
		if (ferror(stdout))
			return 0;
	}
	return ret;
}

int cmd_dump(const struct options *options)
{
	struct reader *reader;
	struct error err;

	if (options->argument_count != 1)
		return cmd_refuse("dump", "dump needs one trace");
	int ret = reader_open(options->arguments[0], &reader, &err);
	if (ret == 0) {
		ret = dump_events(reader, &err);
		reader_close(reader);
	}
	if (ret < 0)
		cmd_say("%s", err.text);
	return ret < 0 ? EXIT_CODE_TRACE : EXIT_CODE_CLEAN;
}
