/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* heddle list: what this build knows. */
#include "analyzer/cmd.h"
#include "analyzer/registry.h"
#include "libtrace/event.h"

static void list_row(const char *indent, int width, const char *name, const char *meaning)
{
	printf("%s%-*s  %s\n", indent, width, name, meaning);
}

static void list_events(const char *indent)
{
	for (enum event_type type = 0; type < EVENT_COUNT; type++)
		list_row(indent, 20, event_info(type)->name, event_info(type)->meaning);
}

static void list_analyses(const char *indent)
{
	for (const struct analysis *const *each = registry_analyses(); *each; each++)
		list_row(indent, 12, (*each)->name, (*each)->summary);
}

static void list_formats(const char *indent)
{
	for (const struct format *const *each = registry_formats(); *each; each++)
		list_row(indent, 12, (*each)->name, (*each)->summary);
}

static void list_primitives(const char *indent)
{
#define WRAPPED(name) printf("%s%s\n", indent, #name);
#include "primitives/wrapped.def"
#undef WRAPPED
}

static const struct {
	const char *name;
	void (*list)(const char *indent);
} lists[] = {
	{ "events", list_events },   { "analyses", list_analyses },	{ "rules", cmd_list_rules },
	{ "formats", list_formats }, { "primitives", list_primitives },
};

#define LIST_COUNT (sizeof(lists) / sizeof(lists[0]))

int cmd_list(const struct options *options)
{
	const char *wanted = options->arguments[0];

	if (options->argument_count > 1)
		return cmd_refuse("list", "list takes one word at most");
	for (size_t i = 0; i < LIST_COUNT; i++) {
		if (wanted && !strcmp(wanted, lists[i].name)) {
			lists[i].list("");
			return EXIT_CODE_CLEAN;
		}
		if (!wanted) {
			printf("%s%s:\n", i ? "\n" : "", lists[i].name);
			lists[i].list("  ");
		}
	}
	if (wanted)
		return cmd_refuse("list", "there is no list of '%s'", wanted);
	return EXIT_CODE_CLEAN;
}
