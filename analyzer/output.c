/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a report goes: standard output, or a file that is there whole or not at all. */
#include "analyzer/output.h"

#include <libgen.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <sys/stat.h>

#define STANDARD_OUTPUT "standard output"

static int output_fail(const char *name, int code, struct error *err)
{
	return fail(err, code, "cannot write '%s': %s", name, strerror(code));
}

/* 1: a file that can be replaced, or none yet. 0: a device, a pipe. */
static int output_is_replaced(const char *path, struct error *err)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return errno == ENOENT ? 1 : output_fail(path, errno, err);
	if (S_ISDIR(status.st_mode))
		return output_fail(path, EISDIR, err);
	return S_ISREG(status.st_mode);
}

/* path with its symbolic links followed, so that a link stays one. NULL: errno says why. */
static char *output_target(const char *path)
{
	char *target = realpath(path, NULL);

	return target || errno != ENOENT ? target : strdup(path);
}

int output_check(const char *path, struct error *err)
{
	if (!path)
		return 0;
	int ret = output_is_replaced(path, err);
	if (ret < 0)
		return ret;
	if (access(path, W_OK) < 0 && errno != ENOENT)
		return output_fail(path, errno, err);
	if (ret == 0)
		return 0;
	cleanup_free char *target = output_target(path);
	if (!target)
		return output_fail(path, errno, err);
	return access(dirname(target), W_OK | X_OK) < 0 ? output_fail(path, errno, err) : 0;
}

/* As open() would have made it: mkstemp() is for the owner alone. */
static int output_permit(int fd, const char *path)
{
	struct stat old;
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, stat(path, &old) == 0 ? old.st_mode & 07777 : 0666 & ~mask);
}

static int output_temporary(struct output *output, const char *path, struct error *err)
{
	output->path = output_target(path);
	if (!output->path)
		return output_fail(path, errno, err);
	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
		output->temporary = NULL;
		return output_fail(path, ENOMEM, err);
	}
	int fd = mkstemp(output->temporary);
	if (fd < 0) {
		int code = errno;
		free(output->temporary);
		output->temporary = NULL;
		return output_fail(path, code, err);
	}
	output->file = fdopen(fd, "w");
	if (!output->file) {
		close(fd);
		return output_fail(path, ENOMEM, err);
	}
	return output_permit(fd, path) < 0 ? output_fail(path, errno, err) : 0;
}

int output_open(struct output *output, const char *path, struct error *err)
{
	*output = (struct output){ .file = stdout, .name = STANDARD_OUTPUT };
	if (!path)
		return 0;
	output->file = NULL;
	output->name = path;
	int ret = output_is_replaced(path, err);
	if (ret < 0)
		return ret;
	if (ret > 0) {
		ret = output_temporary(output, path, err);
		if (ret < 0)
			output_discard(output);
		return ret;
	}
	output->file = fopen(path, "w");
	return output->file ? 0 : output_fail(path, errno, err);
}

/* 0, or why not all that was written has arrived. */
static int output_finish(struct output *output)
{
	bool has_failed = ferror(output->file);

	/* A stream that failed keeps its data, so this says the reason again. */
	errno = 0;
	has_failed |= fflush(output->file) != 0;
	int code = has_failed ? errno : 0;
	if (output->file == stdout) {
		/* It has been told: nobody is to hear of it again when stdout is closed. */
		if (has_failed)
			__fpurge(stdout);
		clearerr(stdout);
	} else if (fclose(output->file) != 0 && !has_failed) {
		/* Closing is where a network file system says that it is full. */
		has_failed = true;
		code = errno;
	}
	output->file = NULL;
	return has_failed && !code ? EIO : code;
}

int output_close(struct output *output, struct error *err)
{
	int code = output_finish(output);

	if (!code && output->temporary) {
		if (rename(output->temporary, output->path) < 0) {
			code = errno;
		} else {
			free(output->temporary);
			output->temporary = NULL;
		}
	}
	int ret = code ? output_fail(output->name, code, err) : 0;
	output_discard(output);
	return ret;
}

void output_discard(struct output *output)
{
	if (output->file && output->file != stdout)
		fclose(output->file);
	if (output->temporary)
		unlink(output->temporary);
	free(output->temporary);
	free(output->path);
	*output = (struct output){ .name = STANDARD_OUTPUT };
}
