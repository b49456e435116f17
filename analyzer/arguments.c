/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of arguments, made from arguments.def. */
#include "analyzer/arguments.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const struct argument_info table[] = {
#define ARGUMENT(name, kind) { name, ARGUMENT_##kind, false, NULL },
#define ARGUMENT_OPTIONAL(name, kind) { name, ARGUMENT_##kind, true, NULL },
#define ARGUMENT_WORDS(name, ...)                                                                  \
	{ name, ARGUMENT_WORD, false, (const char *const[]){ __VA_ARGS__, NULL } },
#include "analyzer/arguments.def"
#undef ARGUMENT_WORDS
#undef ARGUMENT_OPTIONAL
#undef ARGUMENT
	{ NULL, ARGUMENT_VALUE, false, NULL },
};

const struct argument_info *arguments_table(void)
{
	return table;
}

const struct argument_info *arguments_find(const char *name)
{
	const struct argument_info *info = table;

	while (info->name && strcmp(info->name, name))
		info++;
	assert(info->name);
	return info;
}
