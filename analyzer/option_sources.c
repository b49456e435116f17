/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options from the environment and from the project's file. */
#include "analyzer/option_sources.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "analyzer/arguments.h"
#include "analyzer/words.h"

#define FILE_NAME ".heddle"
#define VARIABLE "HEDDLE_OPTIONS"
#define IGNORE_FILE "--no-config"

static void source_free(void *pointer)
{
	struct option_source *source = pointer;

	g_free(source->origin);
	g_free(source->directory);
	g_ptr_array_unref(source->words);
	g_ptr_array_unref(source->values);
	g_free(source);
}

void option_sources_done(struct option_sources *sources)
{
	g_clear_pointer(&sources->list, g_ptr_array_unref);
	g_clear_pointer(&sources->complaint, g_free);
}

/* Nothing is added for a text without words. origin and directory are copied. */
static int add_source(GPtrArray *list, const char *origin, const char *directory,
		      enum option_strength strength, const char *text, struct error *err)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *comment = NULL;

	g_ptr_array_add(words, g_strdup(origin));
	int ret = words_split(text, words, &comment, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s", origin);
	if (words->len == 1)
		return 0;
	g_ptr_array_add(words, NULL);
	struct option_source *source = g_new0(struct option_source, 1);
	source->origin = g_strdup(origin);
	source->directory = g_strdup(directory);
	source->strength = strength;
	source->words = g_steal_pointer(&words);
	source->values = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(list, source);
	return 0;
}

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The directory of the file, to be freed; NULL: there is none. */
static char *find_directory(void)
{
	g_autofree char *start = g_get_current_dir();
	g_autofree char *found = NULL;
	char *at = g_strdup(start);
	bool is_top = false;

	for (;;) {
		g_autofree char *file = g_build_filename(at, FILE_NAME, NULL);
		g_autofree char *top = g_build_filename(at, ".git", NULL);

		if (!found && is_file(file))
			found = g_strdup(at);
		is_top = g_file_test(top, G_FILE_TEST_EXISTS);
		if (is_top || !strcmp(at, "/") || !strcmp(at, "."))
			break;
		char *parent = g_path_get_dirname(at);
		g_free(at);
		at = parent;
	}
	g_free(at);
	/* Outside of a work tree nobody knows where the project ends. */
	if (found && !is_top && strcmp(found, start))
		return NULL;
	return g_steal_pointer(&found);
}

/* NULL: its owner may tell us what to do. */
static const char *distrust(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return "it is no file";
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return "it belongs to another user";
	return status.st_mode & S_IWOTH ? "everybody may write it" : NULL;
}

static int add_lines(GPtrArray *list, const char *path, const char *directory, int fd,
		     struct error *err)
{
	g_auto(GStrv) lines = NULL;
	int ret = words_read_lines(path, fd, &lines, err);

	for (unsigned i = 0; ret == 0 && lines[i]; i++) {
		g_autofree char *origin = g_strdup_printf("%s:%u", path, i + 1);
		ret = add_source(list, origin, directory, OPTION_STRENGTH_FILE, lines[i], err);
	}
	return ret;
}

static int load_file(struct option_sources *sources, struct error *err)
{
	g_autofree char *directory = find_directory();

	if (!directory)
		return 0;
	g_autofree char *path = g_build_filename(directory, FILE_NAME, NULL);
	/* Whatever has taken its place by now: it is not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
	const char *reason = distrust(fd);
	int ret = 0;
	if (reason)
		sources->complaint = g_strdup_printf("'%s' is not read: %s", path, reason);
	else
		ret = add_lines(sources->list, path, directory, fd, err);
	close(fd);
	return ret;
}

/* Whether HEDDLE_OPTIONS, if it has been added, wants no file to be read. */
static bool is_alone(const GPtrArray *list)
{
	const struct option_source *source = list->len ? list->pdata[0] : NULL;

	for (unsigned i = 1; source && source->words->pdata[i]; i++)
		if (!strcmp(source->words->pdata[i], IGNORE_FILE))
			return true;
	return false;
}

int option_sources_load(struct option_sources *sources, struct error *err)
{
	g_autoptr(GPtrArray) environment = g_ptr_array_new();
	const char *text = getenv(VARIABLE);

	*sources = (struct option_sources){
		.list = g_ptr_array_new_with_free_func(source_free),
	};
	int ret = text ? add_source(environment, VARIABLE, NULL, OPTION_STRENGTH_ENVIRONMENT, text,
				    err)
		       : 0;
	if (ret == 0 && !is_alone(environment))
		ret = load_file(sources, err);
	g_ptr_array_extend_and_steal(sources->list, g_steal_pointer(&environment));
	return ret;
}

static bool is_relative(const char *name)
{
	return *name && *name != '/' && strcmp(name, "-");
}

char *option_source_value(struct option_source *source, const char *argument, char *value)
{
	enum argument_kind kind = arguments_find(argument)->kind;
	char *name = value;

	if (kind == ARGUMENT_FORMAT) {
		name = strchr(value, ':');
		name = name ? name + 1 : "";
	} else if (kind != ARGUMENT_FILE && kind != ARGUMENT_DIRECTORY) {
		return value;
	}
	if (!source->directory || !is_relative(name))
		return value;
	value = g_strdup_printf("%.*s%s/%s", (int)(name - value), value, source->directory, name);
	g_ptr_array_add(source->values, value);
	return value;
}
