/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error value of the tool, and cleanup attributes for what libc gives out. */
#ifndef LIBTRACE_ERROR_H
#define LIBTRACE_ERROR_H

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * One sentence without a full stop, e.g. "cannot read 'x': No such file or
 * directory". It lives in the caller's frame and is set only when a function
 * that takes it has failed; nothing is to be freed.
 */
struct error {
	char text[512];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Fill err and return -code. code: a positive errno. */
static inline int fail(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline int fail(struct error *err, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -code;
}

/* Put "format: " in front of what err says; return code as it came. */
static inline int error_prefix(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline int error_prefix(struct error *err, int code, const char *format, ...)
{
	struct error said = *err;
	va_list args;

	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	size_t length = strlen(err->text);
	snprintf(err->text + length, sizeof(err->text) - length, ": %.*s",
		 (int)(sizeof(said.text) - 3), said.text);
	return code;
}

static inline void cleanup_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void cleanup_closedirp(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

#define cleanup_free __attribute__((cleanup(cleanup_freep)))
#define cleanup_close __attribute__((cleanup(cleanup_closep)))
#define cleanup_fclose __attribute__((cleanup(cleanup_fclosep)))
#define cleanup_closedir __attribute__((cleanup(cleanup_closedirp)))

#endif
