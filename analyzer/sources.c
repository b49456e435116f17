/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names within the source tree, and its files, each read once. */
#include "analyzer/sources.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX (8 << 20)

struct sources {
	char *root;  /* Owned by this: symbolic links followed */
	char *given; /* Owned by this: the same as it was named, absolute */
	GStringChunk *strings;
	GHashTable *names; /* absolute path: relative one, or "" */
	GHashTable *files; /* relative path: GArray of struct line_hash, NULL not readable */
};

/* The caller frees it. */
static char *find_root(void)
{
	char *current = g_get_current_dir();
	char *directory = g_strdup(current);

	for (;;) {
		g_autofree char *mark = g_build_filename(directory, ".git", NULL);
		char *parent = g_path_get_dirname(directory);
		bool is_top = !strcmp(parent, directory);

		if (g_file_test(mark, G_FILE_TEST_EXISTS)) {
			g_free(parent);
			g_free(current);
			return directory;
		}
		g_free(directory);
		directory = parent;
		if (is_top)
			break;
	}
	g_free(directory);
	return current;
}

static void lines_free(void *pointer)
{
	if (pointer)
		g_array_unref(pointer);
}

struct sources *sources_new(const char *root)
{
	struct sources *sources = g_new0(struct sources, 1);
	g_autofree char *found = root ? g_strdup(root) : find_root();
	char *real = realpath(found, NULL);

	sources->given = g_canonicalize_filename(found, NULL);
	sources->root = g_strdup(real ? real : sources->given);
	free(real);
	sources->strings = g_string_chunk_new(1024);
	sources->names = g_hash_table_new(g_str_hash, g_str_equal);
	sources->files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, lines_free);
	return sources;
}

void sources_free(struct sources *sources)
{
	if (!sources)
		return;
	g_hash_table_unref(sources->names);
	g_hash_table_unref(sources->files);
	g_string_chunk_free(sources->strings);
	g_free(sources->root);
	g_free(sources->given);
	g_free(sources);
}

/* What follows root and a slash in path, or NULL. */
static const char *behind(const char *path, const char *root)
{
	size_t length = strlen(root);

	if (length && root[length - 1] == '/')
		length--;
	if (strncmp(path, root, length) != 0 || path[length] != '/' || !path[length + 1])
		return NULL;
	return path + length + 1;
}

/* path is absolute and without dots. "" where it is not in the tree. */
static const char *find_name(struct sources *sources, const char *path)
{
	char *real = realpath(path, NULL);
	const char *name = behind(real ? real : path, sources->root);

	/* A file that is gone cannot say which links lead to it. */
	if (!name && !real)
		name = behind(path, sources->given);
	name = g_string_chunk_insert_const(sources->strings, name ? name : "");
	free(real);
	return name;
}

static const char *name_of(struct sources *sources, const char *path)
{
	const char *name = g_hash_table_lookup(sources->names, path);

	if (!name) {
		name = find_name(sources, path);
		g_hash_table_insert(sources->names,
				    g_string_chunk_insert_const(sources->strings, path),
				    (char *)name);
	}
	return *name ? name : NULL;
}

const char *sources_relative(struct sources *sources, const char *path)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);

	return name_of(sources, absolute);
}

const char *sources_path(struct sources *sources, const struct frame *frame)
{
	if (!frame->file || !*frame->file)
		return NULL;
	/* Some builds say "." for their directory, or none: their names begin at the root. */
	g_autofree char *directory = g_canonicalize_filename(
		frame->directory && *frame->directory ? frame->directory : ".", sources->root);
	g_autofree char *absolute = g_canonicalize_filename(frame->file, directory);
	return name_of(sources, absolute);
}

/* The whole of a regular file that is not too large, and a NUL; NULL else. The caller frees it. */
static char *read_file(const char *path, size_t *size)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_SIZE_MAX) {
		text = g_malloc((size_t)status.st_size + 1);
		ssize_t got = read(fd, text, (size_t)status.st_size);
		*size = got < 0 ? 0 : (size_t)got;
		text[*size] = '\0';
	}
	close(fd);
	return text;
}

static GArray *read_lines(const struct sources *sources, const char *path)
{
	g_autofree char *absolute = g_build_filename(sources->root, path, NULL);
	size_t size = 0;
	g_autofree char *text = read_file(absolute, &size);

	return text ? line_hashes(text, size) : NULL;
}

const struct line_hash *sources_line(struct sources *sources, const char *path, int line)
{
	void *lines;

	if (!g_hash_table_lookup_extended(sources->files, path, NULL, &lines)) {
		lines = read_lines(sources, path);
		g_hash_table_insert(sources->files,
				    g_string_chunk_insert_const(sources->strings, path), lines);
	}
	const GArray *array = lines;
	if (!array || line < 1 || (guint)line > array->len)
		return NULL;
	return &g_array_index(array, struct line_hash, line - 1);
}
