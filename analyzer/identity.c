/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identities of locks, from names, symbols and places. */
#include "analyzer/identity.h"

#include <string.h>

/* The base name of the module in which address lies, "" where that is not known. */
static const char *module_name(const struct process *process, uint64_t address)
{
	const struct module *module = process ? process_module(process, address) : NULL;
	const char *slash = module ? strrchr(module->path, '/') : NULL;

	if (slash)
		return slash + 1;
	return module ? module->path : "";
}

static struct place making_of(const struct object *object)
{
	return object->init_place.site ? object->init_place : object->first_place;
}

static struct identity identity_of_named(struct names *names, struct report *report,
					 const struct object *object, const char *name,
					 bool is_alone)
{
	const char *class_name = names_object_stable(names, object);
	struct place place = making_of(object);
	const char *module = module_name(object->process, object->address);

	/* On the heap: the module that uses it. */
	if (!*module)
		module = module_name(place.process, place.site);
	return (struct identity){
		.lock_key = is_alone ? report_format(report, "%s\n%s", module, name) : NULL,
		.class_key = report_format(report, "%s\n%s", module, class_name),
		.class_name = class_name,
		.is_portable = true,
	};
}

struct identity identity_of(struct names *names, struct report *report, const struct object *object)
{
	bool is_alone, is_made = object->init_place.site;
	const char *name = names_object_given(names, object, &is_alone);
	struct place place = making_of(object);

	if (name)
		return identity_of_named(names, report, object, name, is_alone);
	if (!place.site)
		return (struct identity){ .is_portable = false };
	const char *class_name = report_format(report, "%s %s %s", model_object_kind(object),
					       is_made ? "made at" : "first used at",
					       names_place(names, place));
	return (struct identity){
		.class_key = report_format(report, "%s\n%s", module_name(place.process, place.site),
					   class_name),
		.class_name = class_name,
		.is_portable = strcmp(names_place_stable(names, place), "?") != 0,
	};
}
