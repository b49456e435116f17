/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors that checks of files and of other processes begin with. */
#ifndef TESTS_CONFORMANCE_OPEN_FILES_H
#define TESTS_CONFORMANCE_OPEN_FILES_H

#include <stdlib.h>
#include <unistd.h>

#include "tests/conformance/conform.h"

static int file, input, output; /* a file that has no name, the ends of a pipe */

static void open_all(void)
{
	char name[] = "/tmp/heddle-conform.XXXXXX";
	int ends[2];

	file = mkstemp(name);
	if (file == -1 || unlink(name) == -1 || pipe(ends) == -1)
		conform_give_up("make files");
	input = ends[0];
	output = ends[1];
}

#endif
