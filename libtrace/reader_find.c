/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for CTF traces: a walk over the directories below a path. */
#include "libtrace/reader_find.h"

#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>

#include "libtrace/reader_guard.h"

static void cleanup_fts(FTS **walk)
{
	if (*walk)
		fts_close(*walk);
}

/* Whether directory has no file with a byte in it. */
static bool directory_is_blank(const char *path)
{
	cleanup_closedir DIR *directory = opendir(path);
	struct dirent *entry;
	struct stat stat;

	while (directory && (entry = readdir(directory)))
		if (fstatat(dirfd(directory), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
		    (S_ISREG(stat.st_mode) && stat.st_size))
			return false;
	return directory;
}

static int found_grow(struct found_traces *found, struct error *err)
{
	size_t size = found->size ? 2 * found->size : 16;
	struct found_trace *traces = reallocarray(found->traces, size, sizeof(*traces));

	if (!traces)
		return fail(err, ENOMEM, "out of memory");
	found->traces = traces;
	found->size = size;
	return 0;
}

static int found_add(struct found_traces *found, const FTSENT *entry, struct error *err)
{
	/* Without the slash, unless it is the root. */
	size_t length = entry->fts_pathlen - entry->fts_namelen;
	cleanup_free char *path = strndup(entry->fts_path, length > 1 ? length - 1 : 1);
	struct found_trace trace;

	if (!path)
		return fail(err, ENOMEM, "out of memory");
	int code = reader_metadata_look(entry->fts_path, &trace.metadata, err);
	if (code < 0)
		return code;
	if (trace.metadata.is_silent && (entry->fts_statp->st_size || directory_is_blank(path))) {
		found->silent++;
		return 0;
	}
	code = reader_guard(path, trace.metadata.has_lttng_packets, err);
	if (code < 0)
		return code;
	code = found->count == found->size ? found_grow(found, err) : 0;
	if (code < 0)
		return code;
	trace.path = path;
	path = NULL;
	found->traces[found->count++] = trace;
	return 0;
}

static int found_compare(const void *a, const void *b)
{
	const struct found_trace *first = a, *second = b;
	int order = strcmp(first->metadata.uuid, second->metadata.uuid);

	return order ? order : strcmp(first->path, second->path);
}

static int found_step(struct found_traces *found, const FTSENT *entry, struct error *err)
{
	switch (entry->fts_info) {
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return fail(err, entry->fts_errno, "cannot read '%s': %s", entry->fts_path,
			    strerror(entry->fts_errno));
	case FTS_D:
	case FTS_DP:
		return 0;
	case FTS_F:
		found->is_empty = false;
		return strcmp(entry->fts_name, "metadata") ? 0 : found_add(found, entry, err);
	default:
		found->is_empty = false;
		return 0;
	}
}

int reader_find(const char *path, struct found_traces *ret, struct error *err)
{
	char *const roots[] = { (char *)path, NULL };
	__attribute__((cleanup(cleanup_fts)))
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	*ret = (struct found_traces){ .is_empty = true };
	if (!walk)
		return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
	while (errno = 0, entry = fts_read(walk)) {
		int code = found_step(ret, entry, err);
		if (code < 0)
			return code;
	}
	if (errno)
		return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
	if (ret->count)
		qsort(ret->traces, ret->count, sizeof(*ret->traces), found_compare);
	return 0;
}

void found_traces_done(struct found_traces *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->traces[i].path);
	free(found->traces);
	*found = (struct found_traces){ 0 };
}
