/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Misuse in words: one row a case, and the findings made from it. */
#include <string.h>

#include "analyzer/analyses/misuse.h"

#define OTHERS_MAX 6

/*
 * message: @t who did it, @h who had done what came before ("it" where that was the same one),
 * @o the object, @m and @n the mutexes, @w who else waited. before, after: what the two did, as the steps say it.
 */
struct words {
	const char *rule;
	enum level level;
	const char *message, *before, *after;
	const char *note;    /* NULL none */
	const char *variant; /* for the identity, where a rule has cases of other levels; or NULL */
};

static const struct words words_of[MISUSE_CASE_COUNT] = {
	[MISUSE_UNLOCK_NOT_OWNER] = { "unlock-not-owner", LEVEL_ERROR,
				      "@t unlocks @o, which @h holds.", "acquired", "unlocked",
				      NULL, NULL },
	[MISUSE_DOUBLE_UNLOCK] = { "double-unlock", LEVEL_ERROR,
				   "@t unlocks @o, which @h has released already.", "released",
				   "unlocked", NULL, NULL },
	[MISUSE_UNLOCK_NEVER_LOCKED] = { "double-unlock", LEVEL_ERROR,
					 "@t unlocks @o, which nobody has locked.", "initialised",
					 "unlocked", NULL, NULL },
	[MISUSE_RELOCK] = { "relock", LEVEL_ERROR, "@t locks @o, which it holds already.",
			    "acquired", "requested", NULL, NULL },
	[MISUSE_UPGRADE] = { "rwlock-upgrade", LEVEL_ERROR,
			     "@t requests @o for writing while it holds it for reading.",
			     "acquired the read lock of", "requested the write lock of", NULL,
			     NULL },
	[MISUSE_TRY_UPGRADE] = { "rwlock-upgrade", LEVEL_WARNING,
				 "@t tries to lock @o for writing while it holds it for reading, "
				 "which can never succeed.",
				 "acquired the read lock of", "tried the write lock of", NULL,
				 "try" },
	[MISUSE_DESTROY_LOCKED] = { "destroy-locked", LEVEL_ERROR,
				    "@t destroys @o, which @h holds.", "acquired", "destroyed",
				    NULL, NULL },
	[MISUSE_DESTROY_WAITED_ON] = { "destroy-waited-on", LEVEL_ERROR,
				       "@t destroys @o while @h waits for it.", "waits for",
				       "destroyed", NULL, NULL },
	[MISUSE_USE_AFTER_DESTROY] = { "use-after-destroy", LEVEL_ERROR,
				       "@t uses @o, which @h has destroyed.", "destroyed", "used",
				       NULL, NULL },
	[MISUSE_PERHAPS_AFTER_DESTROY] = { "use-after-destroy", LEVEL_WARNING,
					   "@t uses @o, which @h has destroyed.", "destroyed",
					   "used",
					   "The trace does not tell whether the program has given "
					   "it the value of a static initialiser in between.",
					   "perhaps" },
	[MISUSE_INIT_HELD] = { "double-init", LEVEL_ERROR,
			       "@t initialises @o again while @h holds it.", "acquired",
			       "initialised", NULL, NULL },
	[MISUSE_INIT_WAITED_ON] = { "double-init", LEVEL_ERROR,
				    "@t initialises @o again while @h waits for it.", "waits for",
				    "initialised", NULL, NULL },
	[MISUSE_INIT_AGAIN] = { "double-init", LEVEL_WARNING,
				"@t initialises @o, which @h has initialised before and nobody has "
				"destroyed since.",
				"initialised", "initialised", NULL, "again" },
	[MISUSE_PERHAPS_INIT_AGAIN] = { "double-init", LEVEL_NOTE,
					"@t initialises @o, which @h has initialised before and nobody has "
					"destroyed since.",
					"initialised", "initialised",
					"It is a fault unless the library in which it lies was "
					"unloaded in between.",
					"perhaps" },
	[MISUSE_WAIT_WITHOUT_MUTEX] = { "wait-without-mutex", LEVEL_ERROR,
					"@t waits for @o without holding its mutex @m.", "released",
					"waited for", NULL, NULL },
	[MISUSE_WAIT_OTHER_MUTEX] = { "wait-other-mutex", LEVEL_ERROR,
				      "@t waits for @o with the mutex @m while @h waits for it "
				      "with @n.",
				      "waits for", "waited for", NULL, NULL },
	[MISUSE_EXIT_HOLDING] = { "exit-holding", LEVEL_WARNING, "@t exited while it held @o.",
				  "acquired", "exited, holding", NULL, NULL },
	[MISUSE_PERHAPS_EXIT_HOLDING] = { "exit-holding", LEVEL_NOTE, "@t exited while it held @o.",
					  "acquired", "exited, holding",
					  "The process ended so soon after it that its last "
					  "destructors may not have run.",
					  "perhaps" },
	[MISUSE_FORK_WHILE_HELD] = { "fork-while-held", LEVEL_NOTE, "@t forked while @h held @o.",
				     "acquired", "forked",
				     "The child uses locks and has not become another program. In it "
				     "nobody can release this lock: whoever requests it there waits "
				     "for ever.",
				     NULL },
	[MISUSE_ROBUST_INCONSISTENT] = { "robust-inconsistent", LEVEL_WARNING,
					 "@t releases @o, which it got from a dead owner, without "
					 "declaring it consistent.",
					 "acquired", "released",
					 "Nobody can lock it again: each attempt fails with "
					 "ENOTRECOVERABLE.",
					 NULL },
	[MISUSE_CONDITION_UNLOCKED] = { "condition-unlocked", LEVEL_ERROR,
					"@t waits for or notifies @o without holding its lock.",
					NULL, "used", NULL, NULL },
	[MISUSE_OVER_RELEASE] = { "over-release", LEVEL_ERROR,
				  "@t releases @o more often than it was acquired.", NULL,
				  "released", NULL, NULL },
	[MISUSE_BROKEN_BARRIER] = { "broken-barrier", LEVEL_WARNING,
				    "@t broke @o: its time was over before all had come@w.", NULL,
				    "waited at",
				    "All who wait there get an error until it is reset.", NULL },
};

static const char *earlier_thread(const struct wording *wording, const struct misuse_fault *fault)
{
	if (!fault->before.thread)
		return "somebody";
	if (fault->before.thread == fault->after.thread)
		return "it";
	return names_thread(wording->names, fault->before.thread);
}

/* Whom it made fail, too, if anybody. */
static const char *others(const struct wording *wording, const struct misuse_fault *fault)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; fault->others && i < fault->others->len; i++) {
		const struct misuse_act *act = &g_array_index(fault->others, struct misuse_act, i);
		g_ptr_array_add(names, (char *)names_thread(wording->names, act->thread));
	}
	if (!names->len)
		return "";
	return report_format(wording->report, "; %s waited there, too",
			     wording_list(wording, names, OTHERS_MAX));
}

/* What stands for a letter of a message. */
static const char *word_for(const struct wording *wording, const struct misuse_fault *fault,
			    char letter)
{
	const struct object *object = letter == 'm'   ? fault->mutex
				      : letter == 'n' ? fault->other_mutex
						      : fault->object;

	if (letter == 't')
		return names_thread(wording->names, fault->after.thread);
	if (letter == 'h')
		return earlier_thread(wording, fault);
	if (letter == 'w')
		return others(wording, fault);
	return object ? names_object(wording->names, object) : "?";
}

static const char *message(const struct wording *wording, const struct misuse_fault *fault)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *rest = words_of[fault->what].message;

	for (const char *at; (at = strchr(rest, '@')); rest = at + 2) {
		g_string_append_len(text, rest, at - rest);
		g_string_append(text, word_for(wording, fault, at[1]));
	}
	g_string_append(text, rest);
	return report_string(wording->report, text->str);
}

static void add_act(const struct wording *wording, struct finding *finding,
		    const struct misuse_act *act, const char *action, const struct object *object)
{
	struct wording_step step = { .thread = act->thread,
				     .action = action,
				     .object = object ? names_object(wording->names, object) : NULL,
				     .place = act->place,
				     .time_ns = act->time_ns };
	char *name;

	if (!act->thread)
		return;
	wording_add_step(wording, finding, &step);
	name = (char *)names_thread(wording->names, act->thread);
	if (!g_ptr_array_find(finding->threads, name, NULL))
		g_ptr_array_insert(finding->threads, 0, name);
}

static void add_others(const struct wording *wording, struct finding *finding,
		       const struct misuse_fault *fault, const char *action)
{
	for (guint i = 0; fault->others && i < MIN(fault->others->len, OTHERS_MAX); i++)
		add_act(wording, finding, &g_array_index(fault->others, struct misuse_act, i),
			action, fault->object);
}

static void add_object(const struct wording *wording, struct finding *finding,
		       const struct object *object)
{
	if (object)
		g_ptr_array_add(finding->objects, (char *)names_object(wording->names, object));
}

static void add_notes(const struct wording *wording, struct finding *finding,
		      const struct misuse_fault *fault)
{
	const char *note = words_of[fault->what].note;
	const char *error = fault->result > 0 && fault->result < 4096
				    ? strerrorname_np((int)fault->result)
				    : NULL;

	if (error)
		g_ptr_array_add(finding->notes,
				(char *)report_format(wording->report, "The call failed with %s.",
						      error));
	if (note)
		g_ptr_array_add(finding->notes, (char *)note);
	if (fault->what == MISUSE_INIT_HELD && fault->is_doubtful)
		g_ptr_array_add(finding->notes,
				"Its memory may have been freed in between: then it was freed "
				"while locked.");
}

/* What is the same in every run; which of two waiters came first is not. */
static GPtrArray *identity_of(const struct wording *wording, const struct misuse_fault *fault)
{
	struct names *names = wording->names;
	GPtrArray *words = g_ptr_array_new();
	const char *object = names_object_stable(names, fault->object);
	bool is_exit = fault->what == MISUSE_EXIT_HOLDING ||
		       fault->what == MISUSE_PERHAPS_EXIT_HOLDING;
	struct place place = is_exit ? fault->before.place : fault->after.place;

	if (words_of[fault->what].variant)
		g_ptr_array_add(words, (char *)words_of[fault->what].variant);
	if (fault->other_mutex) {
		const char *first = names_object_stable(names, fault->mutex);
		const char *second = names_object_stable(names, fault->other_mutex);
		bool is_ordered = strcmp(first, second) <= 0;
		g_ptr_array_add(words, (char *)object);
		g_ptr_array_add(words, (char *)(is_ordered ? first : second));
		g_ptr_array_add(words, (char *)(is_ordered ? second : first));
		return words;
	}
	if (fault->mutex)
		g_ptr_array_add(words, (char *)names_object_stable(names, fault->mutex));
	g_ptr_array_add(words, (char *)report_format(wording->report, "%s|%s", object,
						     names_place_stable(names, place)));
	return words;
}

static enum certainty certainty_of(const struct wording *wording, const struct misuse_fault *fault)
{
	const struct misfits *misfits = model_misfits(wording->model);
	/* Misuse itself leads to the other kinds. */
	uint64_t broken = misfits->end_without_begin + misfits->begin_while_blocked +
			  misfits->after_exit + misfits->backward;
	bool is_sure = !fault->is_doubtful && !broken && !model_lost(wording->model);

	return is_sure ? CERTAINTY_ACTUAL : CERTAINTY_POSSIBLE;
}

static struct finding *new_finding(const struct wording *wording, const struct misuse_fault *fault)
{
	const struct words *words = &words_of[fault->what];
	struct finding *finding = wording_finding(wording, words->rule, words->level,
						  certainty_of(wording, fault),
						  fault->after.thread->process);
	const char *before = fault->before_action ? fault->before_action : words->before;
	const char *after = fault->after_action ? fault->after_action : words->after;
	/* A wait without the mutex is wrong because of what became of the mutex. */
	const struct object *earlier = fault->what == MISUSE_WAIT_WITHOUT_MUTEX ? fault->mutex
										: fault->object;

	finding->message = message(wording, fault);
	add_act(wording, finding, &fault->before, before, earlier);
	add_act(wording, finding, &fault->after, after,
		fault->what == MISUSE_FORK_WHILE_HELD ? NULL : fault->object);
	add_others(wording, finding, fault, after);
	add_object(wording, finding, fault->object);
	add_object(wording, finding, fault->mutex);
	add_object(wording, finding, fault->other_mutex);
	add_notes(wording, finding, fault);
	finding->count = fault->count;
	return finding;
}

/* What makes two faults one finding. */
static char *key_of(const struct misuse_fault *fault, const GPtrArray *identity)
{
	GString *key = g_string_new(words_of[fault->what].rule);

	for (unsigned i = 0; i < identity->len; i++)
		g_string_append_printf(key, "\n%s", (char *)identity->pdata[i]);
	return g_string_free(key, FALSE);
}

/* A fault of a program may concern a million locks: what is the same is told once. */
void misuse_report(const struct wording *wording, const GPtrArray *faults)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (unsigned i = 0; i < faults->len; i++) {
		const struct misuse_fault *fault = faults->pdata[i];
		GPtrArray *identity = identity_of(wording, fault);
		char *key = key_of(fault, identity);
		struct finding *finding = g_hash_table_lookup(known, key);

		if (finding) {
			finding->count += fault->count;
			finding->certainty = MAX(finding->certainty, certainty_of(wording, fault));
			g_ptr_array_unref(identity);
			g_free(key);
			continue;
		}
		finding = new_finding(wording, fault);
		wording_set_identity(wording, finding, identity);
		g_hash_table_insert(known, key, finding);
	}
}
