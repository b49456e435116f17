/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the reports of one run go. */
#include "analyzer/targets.h"

#include <string.h>

#include "analyzer/output.h"
#include "analyzer/registry.h"

static const struct format *find_format(const char *name, size_t length)
{
	for (const struct format *const *format = registry_formats(); *format; format++)
		if (strlen((*format)->name) == length && !memcmp((*format)->name, name, length))
			return *format;
	return NULL;
}

int targets_add(struct targets *targets, const char *text, struct error *err)
{
	size_t length = strcspn(text, ":");
	const char *path = text[length] ? text + length + 1 : NULL;
	const struct format *format = find_format(text, length);

	if (!format)
		return fail(err, EINVAL,
			    "--format: there is no format '%.*s'; 'heddle list formats' names them",
			    (int)length, text);
	if (path && !*path)
		return fail(err, EINVAL, "--format: '%s' needs the name of a file behind its colon",
			    text);
	if (targets->count == TARGETS_MAX)
		return fail(err, EINVAL, "--format: more than %d reports of one run", TARGETS_MAX);
	targets->rows[targets->count++] = (struct target){ format, path };
	return 0;
}

/* Not by what the file system says: it may change while a command runs. */
static bool is_one_place(const char *one, const char *other)
{
	if (!one || !other)
		return one == other;
	g_autofree char *first = g_canonicalize_filename(one, NULL);
	g_autofree char *second = g_canonicalize_filename(other, NULL);
	return !strcmp(first, second);
}

static int check_apart(const struct target *one, const struct target *other, struct error *err)
{
	if (!is_one_place(one->path, other->path))
		return 0;
	return fail(err, EINVAL,
		    "--format: %s and %s would both go to %s%s%s; give one of them a file, as "
		    "in %s:FILE",
		    one->format->name, other->format->name, one->path ? "'" : "",
		    one->path ? one->path : "standard output", one->path ? "'" : "",
		    other->format->name);
}

/* "-" is standard output. */
static const char *plain_path(const char *path)
{
	return path && !strcmp(path, "-") ? NULL : path;
}

int targets_settle(struct targets *targets, const char *output, struct error *err)
{
	bool is_output_used = !targets->count;

	if (!targets->count)
		targets->rows[targets->count++] = (struct target){ registry_formats()[0], NULL };
	for (unsigned i = 0; i < targets->count; i++) {
		struct target *target = &targets->rows[i];

		is_output_used |= !target->path;
		target->path = plain_path(target->path ? target->path : output);
	}
	if (output && !is_output_used)
		return fail(err, EINVAL,
			    "--output has nothing to write: each --format has a file of its own");
	for (unsigned i = 0; i < targets->count; i++) {
		for (unsigned j = i + 1; j < targets->count; j++) {
			int ret = check_apart(&targets->rows[i], &targets->rows[j], err);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

int targets_check(const struct targets *targets, struct error *err)
{
	for (unsigned i = 0; i < targets->count; i++) {
		int ret = output_check(targets->rows[i].path, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}
