/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory that a recording is made in. */
#include "analyzer/directory.h"

#include <dirent.h>
#include <sys/stat.h>

#include "libtrace/recording.h"
#include "libtrace/tree.h"

/* Bytes that LTTng may add: ctf/ust/pid/<program>-<pid>-<date>/index/<channel>_<cpu>.idx */
#define NAMES_BELOW 200

static int check_empty(const char *path, struct error *err)
{
	DIR *directory = opendir(path);

	if (!directory)
		return fail(err, errno, "cannot use '%s': %s", path, strerror(errno));
	int entries = 0;
	for (struct dirent *entry; (entry = readdir(directory));)
		entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(directory);
	if (entries)
		return fail(err, ENOTEMPTY, "the directory '%s' is not empty", path);
	if (access(path, W_OK | X_OK) < 0)
		return fail(err, errno, "cannot write in '%s': %s", path, strerror(errno));
	return 0;
}

int directory_take(struct directory *directory, const char *path, struct error *err)
{
	directory->is_made = mkdir(path, 0777) == 0;
	if (!directory->is_made && errno != EEXIST)
		return fail(err, errno, "cannot make the directory '%s': %s", path,
			    strerror(errno));
	int ret = directory->is_made ? 0 : check_empty(path, err);
	if (ret == 0 && !realpath(path, directory->path))
		ret = fail(err, errno, "cannot use '%s': %s", path, strerror(errno));
	if (ret == 0 && strlen(directory->path) > PATH_MAX - NAMES_BELOW)
		ret = fail(err, ENAMETOOLONG, "cannot use '%s': its name is too long", path);
	if (ret < 0 && directory->is_made)
		rmdir(path);
	return ret;
}

void directory_clear(const char *directory)
{
	static const char *const names[] = { RECORDING_CTF, RECORDING_NOTES };
	char path[PATH_MAX + 32];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		tree_remove(path);
	}
}

void directory_give_back(const struct directory *directory)
{
	directory_clear(directory->path);
	if (directory->is_made)
		rmdir(directory->path);
}

int directory_file(const struct directory *directory, const char *name, char *path, size_t size,
		   struct error *err)
{
	int length = snprintf(path, size, "%s/%s", directory->path, name);

	if ((size_t)length >= size)
		return fail(err, ENAMETOOLONG, "cannot use '%s': its name is too long",
			    directory->path);
	return 0;
}
