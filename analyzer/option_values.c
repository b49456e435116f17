/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The values that options take, from their text. */
#include "analyzer/option_values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/arguments.h"

#define TIME_MAX 1000000000 /* in seconds and in milliseconds */
#define NS_PER_SEC 1000000000
#define NS_PER_MS 1000000
#define SIZE_BYTES_MAX (UINT64_C(1) << 50)
#define RUNS_MAX 1000000

int option_number(const char *name, const char *text, int max, int *ret, struct error *err)
{
	char *end;

	errno = 0;
	long number = strtol(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || number > max)
		return fail(err, EINVAL, "--%s needs a number from 0 to %d, not '%s'", name, max,
			    text);
	*ret = (int)number;
	return 0;
}

int option_count(const char *name, const char *text, int max, unsigned *ret, struct error *err)
{
	/* A number that is not negative has the same form in both types. */
	return option_number(name, text, max, (int *)ret, err);
}

/*
 * In ns, of a decimal number of units; -1: it is none, or is too big. By
 * hand: strtod() takes "inf", "0x1p3" and what the locale likes.
 */
static int64_t parse_time(const char *text, int64_t unit_ns)
{
	const char *rest = text;
	int64_t ns = 0, weight = unit_ns;

	if (!isdigit((unsigned char)*rest))
		return -1;
	for (; isdigit((unsigned char)*rest); rest++) {
		ns = ns * 10 + (*rest - '0');
		if (ns > TIME_MAX)
			return -1;
	}
	ns *= unit_ns;
	if (*rest == '.' && isdigit((unsigned char)rest[1]))
		while (isdigit((unsigned char)*++rest))
			ns += (*rest - '0') * (weight /= 10);
	return *rest ? -1 : ns;
}

int option_seconds(const char *name, const char *text, int64_t *ret, struct error *err)
{
	*ret = parse_time(text, NS_PER_SEC);
	if (*ret > 0)
		return 0;
	return fail(err, EINVAL, "--%s needs seconds above 0 and up to %d, not '%s'", name,
		    TIME_MAX, text);
}

int option_limit(const char *name, const char *text, int64_t *ret, struct error *err)
{
	*ret = parse_time(text, NS_PER_MS);
	if (*ret >= 0)
		return 0;
	return fail(err, EINVAL, "--%s needs milliseconds from 0 to %d, not '%s'", name, TIME_MAX,
		    text);
}

int option_moment(const char *name, const char *text, struct moment_time *ret, struct error *err)
{
	int code = moment_parse(text, ret, err);

	return code ? error_prefix(err, code, "--%s", name) : 0;
}

int option_seed(const char *name, const char *text, uint32_t *ret, struct error *err)
{
	const char *rest = text;
	uint64_t number = 0;

	for (; isdigit((unsigned char)*rest) && number <= UINT32_MAX; rest++)
		number = number * 10 + (uint64_t)(*rest - '0');
	if (rest == text || *rest || number > UINT32_MAX)
		return fail(err, EINVAL, "--%s needs a number from 0 to %u, not '%s'", name,
			    UINT32_MAX, text);
	*ret = (uint32_t)number;
	return 0;
}

/* A number of bytes, or of units of 1024, 1024^2 or 1024^3. */
int option_size(const char *name, const char *text, uint64_t *ret, struct error *err)
{
	static const char units[] = "KMG";
	const char *rest = text;
	uint64_t size = 0;

	for (; isdigit((unsigned char)*rest) && size <= SIZE_BYTES_MAX; rest++)
		size = size * 10 + (uint64_t)(*rest - '0');
	const char *unit = *rest ? strchr(units, *rest) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	if (rest == text || rest[unit != NULL] || size > SIZE_BYTES_MAX >> shift)
		return fail(err, EINVAL, "--%s needs bytes, with K, M or G where wanted, not '%s'",
			    name, text);
	*ret = size << shift;
	return 0;
}

/* words ends with NULL; *ret becomes the place of text among them. */
int option_word(const char *name, const char *text, const char *const *words, unsigned *ret,
		struct error *err)
{
	char list[128] = "";

	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*ret = i;
			return 0;
		}
		strncat(list, i ? ", " : "", sizeof(list) - strlen(list) - 1);
		strncat(list, words[i], sizeof(list) - strlen(list) - 1);
	}
	return fail(err, EINVAL, "--%s is one of %s, not '%s'", name, list, text);
}

int option_level(const char *name, const char *text, enum level *ret, struct error *err)
{
	return option_word(name, text, arguments_find("LEVEL")->words, ret, err);
}

int option_color(const char *name, const char *text, enum color_when *ret, struct error *err)
{
	return option_word(name, text, arguments_find("WHEN")->words, ret, err);
}

int option_file(const char *name, const char *text, const char **ret, struct error *err)
{
	if (!*text)
		return fail(err, EINVAL, "--%s needs a name that is not empty", name);
	*ret = text;
	return 0;
}

int option_directory(const char *name, const char *text, const char **ret, struct error *err)
{
	struct stat status;

	if (stat(text, &status) < 0)
		return fail(err, EINVAL, "--%s: '%s': %s", name, text, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return fail(err, EINVAL, "--%s: '%s' is no directory", name, text);
	*ret = text;
	return 0;
}

int option_detail(const char *name, const char *text, bool *is_summary, struct error *err)
{
	unsigned word = 0;
	int ret = option_word(name, text, arguments_find("DETAIL")->words, &word, err);

	*is_summary = word == 1;
	return ret;
}

int option_runs(const char *name, const char *text, unsigned *ret, struct error *err)
{
	int code = option_count(name, text, RUNS_MAX, ret, err);

	if (code == 0 && *ret == 0)
		return fail(err, EINVAL, "--%s needs a number of runs above 0", name);
	return code;
}
