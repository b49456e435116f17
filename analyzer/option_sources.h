/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options from elsewhere than the command line: the project's file .heddle, then HEDDLE_OPTIONS,
 * which wins over it. A line of the file and the variable are words as words_split() has them.
 *
 * The file is looked for in the current directory and, in a work tree of git, upwards to its top.
 * As it can make heddle write files, it is that of the user or of root, and not for all to write.
 */
#ifndef ANALYZER_OPTION_SOURCES_H
#define ANALYZER_OPTION_SOURCES_H

#include <glib.h>

#include "libtrace/error.h"

enum option_strength {
	OPTION_STRENGTH_FILE,
	OPTION_STRENGTH_ENVIRONMENT,
	OPTION_STRENGTH_GIVEN /* on the command line */
};

struct option_source {
	char *origin;	 /* "HEDDLE_OPTIONS", "/srv/project/.heddle:3" */
	char *directory; /* that names of files start from; NULL: the current one */
	enum option_strength strength;
	GPtrArray *words;  /* as argv: the first stands for the command; NULL ends it */
	GPtrArray *values; /* what option_source_value() has made */
};

struct option_sources {
	GPtrArray *list; /* struct option_source, weakest first */
	char *complaint; /* why a file is not read, to be said; or NULL */
};

/* Lives in the caller's frame, and is to be done with in any case. Errors are of usage. */
int option_sources_load(struct option_sources *sources, struct error *err) MUST_CHECK;
void option_sources_done(struct option_sources *sources);

/*
 * value of an option whose argument is argument, a row of arguments.def: a relative name of a file
 * starts from the source's directory. Lives as long as source.
 */
char *option_source_value(struct option_source *source, const char *argument, char *value);

#endif
