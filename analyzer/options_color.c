/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a report is coloured. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/options.h"

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool is_value(const char *variable, const char *value)
{
	const char *actual = getenv(variable);

	return actual && !strcmp(actual, value);
}

bool options_color(enum color_when when, int fd)
{
	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (fd < 0 || is_set("NO_COLOR"))
		return false;
	if (is_set("CLICOLOR_FORCE") && !is_value("CLICOLOR_FORCE", "0"))
		return true;
	if (is_set("FORCE_COLOR") && !is_value("FORCE_COLOR", "0"))
		return true;
	return !is_value("CLICOLOR", "0") && !is_value("TERM", "dumb") && isatty(fd);
}
