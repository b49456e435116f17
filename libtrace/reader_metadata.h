/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A glance at a CTF metadata file before Babeltrace reads it. For the reader only. */
#ifndef LIBTRACE_READER_METADATA_H
#define LIBTRACE_READER_METADATA_H

#include <stdbool.h>

#include "libtrace/error.h"

#define METADATA_UUID_LENGTH 36

struct metadata {
	char uuid[METADATA_UUID_LENGTH + 1]; /* of the trace, empty if unknown */
	bool is_silent;			     /* LTTng's, but stops before the first stream */
	bool has_lttng_packets;		     /* each begins with the fields that LTTng has there */
};

/*
 * Fill ret. Fails where the file cannot be read, and where it is cut off or its
 * packets are wrong in a way over which Babeltrace would never end.
 */
int reader_metadata_look(const char *path, struct metadata *ret, struct error *err) MUST_CHECK;

#endif
