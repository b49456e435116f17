/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Suppressions: reading them, and which findings they fit. */
#include "analyzer/suppressions.h"

#include "analyzer/glob.h"
#include "analyzer/rules.h"
#include "analyzer/words.h"

/* What is asked of a text of a finding: whether it fits. */
struct asking {
	const struct report *report;
	const char *pattern;
	bool (*fits)(const struct asking *asking, const char *text);
};

static bool fits_whole(const struct asking *asking, const char *text)
{
	return text && glob_matches(asking->pattern, text);
}

/* A path, or what follows one of its slashes: bank.c, src/bank.c. */
static bool fits_path(const struct asking *asking, const char *text)
{
	if (fits_whole(asking, text))
		return true;
	for (text = text ? strchr(text, '/') : NULL; text; text = strchr(text, '/'))
		if (glob_matches(asking->pattern, ++text))
			return true;
	return false;
}

/* What a report calls it, or what it is called in every run. */
static bool fits_name(const struct asking *asking, const char *text)
{
	return fits_whole(asking, text) ||
	       fits_whole(asking, report_stable_name(asking->report, text));
}

/* Where the list of parameters at the end of a C++ function's name begins; 0: it has none. */
static size_t parameters_of(const char *function)
{
	const char *end = strrchr(function, ')');
	int depth = 0;

	/* "transfer(int) const" */
	if (!end || strspn(end + 1, " const&") < strlen(end + 1))
		return 0;
	for (const char *at = end; at > function; at--) {
		depth += *at == ')' ? 1 : *at == '(' ? -1 : 0;
		if (!depth)
			return (size_t)(at - function);
	}
	return 0;
}

static bool fits_function(const struct asking *asking, const char *text)
{
	size_t length = text ? parameters_of(text) : 0;
	g_autofree char *bare = length ? g_strndup(text, length) : NULL;

	return fits_whole(asking, text) || (length && fits_whole(asking, bare));
}

static bool any_string(const struct asking *asking, const GPtrArray *strings)
{
	for (guint i = 0; i < strings->len; i++)
		if (asking->fits(asking, strings->pdata[i]))
			return true;
	return false;
}

/* column: offset of the text in what the list is of. */
static bool any_element(const struct asking *asking, const GArray *list, size_t size, size_t column)
{
	for (guint i = 0; i < list->len; i++) {
		const char *element = list->data + i * size + column;

		if (asking->fits(asking, *(const char *const *)(const void *)element))
			return true;
	}
	return false;
}

static bool any_frame(const struct asking *asking, const struct finding *finding, size_t column)
{
	for (guint i = 0; i < finding->steps->len; i++) {
		const struct stack *stack =
			&g_array_index(finding->steps, struct finding_step, i).stack;

		for (unsigned j = 0; j < stack->count; j++) {
			const char *frame = (const char *)&stack->frames[j] + column;
			if (asking->fits(asking, *(const char *const *)(const void *)frame))
				return true;
		}
	}
	return false;
}

#define ANY_STEP(asking, list, type, column)                                                       \
	any_element(asking, list, sizeof(struct type), offsetof(struct type, column))

static bool any_function(const struct asking *asking, const struct finding *finding)
{
	return any_frame(asking, finding, offsetof(struct frame, function));
}

static bool any_file(const struct asking *asking, const struct finding *finding)
{
	return any_frame(asking, finding, offsetof(struct frame, file));
}

static bool any_module(const struct asking *asking, const struct finding *finding)
{
	return any_frame(asking, finding, offsetof(struct frame, module));
}

static bool any_lock(const struct asking *asking, const struct finding *finding)
{
	return any_string(asking, finding->objects) ||
	       ANY_STEP(asking, finding->steps, finding_step, object) ||
	       ANY_STEP(asking, finding->schedule, schedule_step, object);
}

static bool any_thread(const struct asking *asking, const struct finding *finding)
{
	return any_string(asking, finding->threads) ||
	       ANY_STEP(asking, finding->steps, finding_step, thread) ||
	       ANY_STEP(asking, finding->schedule, schedule_step, thread);
}

static bool any_process(const struct asking *asking, const struct finding *finding)
{
	return asking->fits(asking, finding->process);
}

static bool any_fingerprint(const struct asking *asking, const struct finding *finding)
{
	return asking->fits(asking, finding->fingerprint);
}

static const struct kind {
	const char *name;
	bool (*any)(const struct asking *asking, const struct finding *finding);
	bool (*fits)(const struct asking *asking, const char *text);
} kinds[] = {
	{ "fun", any_function, fits_function },
	{ "file", any_file, fits_path },
	{ "module", any_module, fits_path },
	{ "lock", any_lock, fits_name },
	{ "thread", any_thread, fits_name },
	{ "process", any_process, fits_whole },
	{ "fingerprint", any_fingerprint, fits_whole },
};

static void suppression_free(void *pointer)
{
	struct suppression *suppression = pointer;

	g_array_unref(suppression->patterns);
	g_free(suppression->file);
	g_free(suppression->rule);
	g_free(suppression->reason);
	g_free(suppression);
}

static void pattern_done(void *pointer)
{
	g_free(((struct suppression_pattern *)pointer)->text);
}

GPtrArray *suppressions_new(void)
{
	return g_ptr_array_new_with_free_func(suppression_free);
}

/* KIND:PATTERN */
static int read_pattern(struct suppression *suppression, const char *word, struct error *err)
{
	size_t length = strcspn(word, ":");

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (strncmp(kinds[i].name, word, length) || kinds[i].name[length])
			continue;
		if (!word[length] || !word[length + 1])
			return fail(err, EINVAL, "'%s:' needs a pattern behind it", kinds[i].name);
		const struct suppression_pattern pattern = { i, g_strdup(word + length + 1) };
		g_array_append_val(suppression->patterns, pattern);
		return 0;
	}
	return fail(err, EINVAL,
		    "'%.60s' is not KIND:PATTERN, KIND being fun, file, module, lock, thread, "
		    "process or fingerprint",
		    word);
}

/* A pattern that no rule fits is a mistake. */
static int check_rule(const char *pattern, struct error *err)
{
	for (const struct rule *rule = rules_table(); rule->name; rule++)
		if (glob_matches(pattern, rule->name))
			return 0;
	return fail(err, EINVAL, "there is no rule '%.60s'; the nearest is '%s'", pattern,
		    rules_nearest(pattern)->name);
}

/* The words of a line that holds a suppression. */
static int read_words(struct suppression *suppression, const GPtrArray *words, struct error *err)
{
	const char *first = words->pdata[0];
	size_t length = strcspn(first, ":");
	int ret = 0;

	suppression->rule = g_strndup(first, length);
	ret = check_rule(suppression->rule, err);
	if (ret < 0)
		return ret;
	if (!first[length])
		return fail(err, EINVAL, "a suppression is RULE:KIND:PATTERN, not '%.60s' alone",
			    first);
	ret = read_pattern(suppression, first + length + 1, err);
	for (guint i = 1; i < words->len && ret == 0; i++)
		ret = read_pattern(suppression, words->pdata[i], err);
	return ret;
}

int suppressions_read_line(GPtrArray *suppressions, const char *path, unsigned number,
			   const char *line, struct error *err)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *comment = NULL;
	int ret = words_split(line, words, &comment, err);

	if (ret < 0 || !words->len)
		return ret;
	struct suppression *suppression = g_new0(struct suppression, 1);
	suppression->file = g_strdup(path);
	suppression->line = number;
	suppression->patterns = g_array_new(FALSE, FALSE, sizeof(struct suppression_pattern));
	g_array_set_clear_func(suppression->patterns, pattern_done);
	g_ptr_array_add(suppressions, suppression);
	ret = read_words(suppression, words, err);
	if (ret < 0)
		return ret;
	if (!comment || !*comment)
		return fail(err, EINVAL, "a suppression ends with its reason, behind ' # '");
	suppression->reason = words_clean(comment);
	return 0;
}

int suppressions_read(GPtrArray *suppressions, const char *path, struct error *err)
{
	g_auto(GStrv) lines = NULL;
	int ret = words_read_lines(path, -1, &lines, err);

	for (unsigned i = 0; ret == 0 && lines[i]; i++) {
		ret = suppressions_read_line(suppressions, path, i + 1, lines[i], err);
		if (ret < 0)
			return error_prefix(err, ret, "%s:%u", path, i + 1);
	}
	return ret;
}

static bool is_fit(const struct suppression *suppression, const struct report *report,
		   const struct finding *finding)
{
	if (!glob_matches(suppression->rule, finding->rule))
		return false;
	for (guint i = 0; i < suppression->patterns->len; i++) {
		const struct suppression_pattern *pattern =
			&g_array_index(suppression->patterns, struct suppression_pattern, i);
		const struct kind *kind = &kinds[pattern->kind];
		const struct asking asking = { report, pattern->text, kind->fits };

		if (!kind->any(&asking, finding))
			return false;
	}
	return true;
}

const struct suppression *suppressions_find(const GPtrArray *suppressions,
					    const struct report *report,
					    const struct finding *finding)
{
	const struct suppression *first = NULL;

	for (guint i = 0; i < suppressions->len; i++) {
		struct suppression *suppression = suppressions->pdata[i];

		if (!is_fit(suppression, report, finding))
			continue;
		suppression->is_used = true;
		first = first ? first : suppression;
	}
	return first;
}
