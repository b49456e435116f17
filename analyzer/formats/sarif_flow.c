/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SARIF: the steps of a finding as a code flow with a thread flow for each thread. Some viewers show the
 * first thread flow alone: it is that of the main step, which names what the others do.
 */
#include <string.h>

#include "analyzer/formats/sarif.h"
#include "analyzer/formats/text.h"

#define FRAMES_MAX 64

static const struct finding_step *step_at(const struct finding *finding, guint index)
{
	return &g_array_index(finding->steps, struct finding_step, index);
}

static bool is_of(const struct finding *finding, guint index, const char *thread)
{
	return !g_strcmp0(step_at(finding, index)->thread, thread);
}

static bool takes(const struct finding_step *step)
{
	static const char *const words[] = { "holds", "held", "acquired", "took" };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(step->action, words[i]))
			return true;
	return false;
}

static bool releases(const struct finding_step *step)
{
	return g_str_has_prefix(step->action, "released") ||
	       g_str_has_prefix(step->action, "unlocked");
}

/* What the thread had taken by the steps before this one, and does not let go by one of them. */
static GPtrArray *held_before(const struct finding *finding, guint index)
{
	GPtrArray *held = g_ptr_array_new();

	for (guint i = 0; i < index; i++) {
		const struct finding_step *step = step_at(finding, i);

		if (!step->object || !is_of(finding, i, step_at(finding, index)->thread))
			continue;
		if (takes(step))
			g_ptr_array_add(held, (char *)step->object);
		if (releases(step))
			g_ptr_array_remove(held, (char *)step->object);
	}
	return held;
}

static void write_kinds(struct json *json, const struct finding_step *step)
{
	json_array_begin(json, "kinds");
	if (takes(step))
		json_string(json, NULL, "acquire");
	if (releases(step))
		json_string(json, NULL, "release");
	if (step->object)
		json_string(json, NULL, "lock");
	json_array_end(json);
}

/* How many locks are held, and which. */
static void write_held(struct json *json, const struct finding *finding, guint index)
{
	g_autoptr(GPtrArray) held = held_before(finding, index);
	g_autoptr(GString) names = g_string_new(NULL);

	json_unsigned(json, "nestingLevel", held->len);
	if (!held->len)
		return;
	for (guint i = 0; i < held->len; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : "", (char *)held->pdata[i]);
	g_autofree char *clean = text_clean(names->str, CI_NAME_MAX);
	json_object_begin(json, "state");
	sarif_message(json, "holds", clean);
	json_object_end(json);
}

/*
 * In a ring nothing says which thread came first, and in another run it is another one: what each does as
 * its nth is as early as what the others do as theirs.
 */
static guint order_of(const struct finding *finding, guint index)
{
	guint before = 0;

	if (!ci_is_ring(finding))
		return index + 1;
	for (guint i = 0; i < index; i++)
		before += is_of(finding, i, step_at(finding, index)->thread);
	return before + 1;
}

static void write_function(struct json *json, const char *name)
{
	g_autofree char *function = text_clean(name, CI_NAME_MAX);

	json_array_begin(json, "logicalLocations");
	json_object_begin(json, NULL);
	json_string(json, "fullyQualifiedName", function);
	json_string(json, "kind", "function");
	json_object_end(json);
	json_array_end(json);
}

static void write_frame(struct json *json, const struct ci *ci, const struct frame *frame)
{
	g_autofree char *module = frame->module ? g_path_get_basename(frame->module) : NULL;
	const char *path = frame->line > 0 ? sources_path(ci->sources, frame) : NULL;
	const struct ci_place place = { .path = path, .line = frame->line };

	json_object_begin(json, NULL);
	json_object_begin(json, "location");
	if (path)
		sarif_location(json, ci, &place, 0, NULL);
	if (frame->function)
		write_function(json, frame->function);
	json_object_end(json);
	if (module)
		json_string(json, "module", module);
	json_object_end(json);
}

static void write_stack(struct json *json, const struct ci *ci, const struct stack *stack)
{
	json_object_begin(json, "stack");
	json_array_begin(json, "frames");
	for (unsigned i = 0; i < stack->count && i < FRAMES_MAX; i++)
		write_frame(json, ci, &stack->frames[i]);
	json_array_end(json);
	json_object_end(json);
}

/* Of the main step: what stands against it. The caller frees it. */
static char *words_of(const struct finding *finding, guint index)
{
	const struct finding_step *step = step_at(finding, index);
	char *words = ci_step_words(step);

	if (!ci_is_ring(finding) || step != ci_main_step(finding))
		return words;
	GString *all = g_string_new(words);
	const char *separator = "; against that, ";
	g_free(words);
	for (guint i = index + 1; i < finding->steps->len && all->len < CI_TEXT_MAX; i++) {
		g_autofree char *other = ci_step_words(step_at(finding, i));

		g_string_append_printf(all, "%s%s", separator, other);
		separator = ", ";
	}
	return g_string_free(all, FALSE);
}

static void write_step(struct json *json, const struct ci *ci, const struct finding *finding,
		       guint index, const struct ci_place *place)
{
	const struct finding_step *step = step_at(finding, index);
	g_autofree char *words = words_of(finding, index);

	json_object_begin(json, NULL);
	json_object_begin(json, "location");
	sarif_location(json, ci, place, 0, words);
	json_object_end(json);
	write_stack(json, ci, &step->stack);
	write_kinds(json, step);
	write_held(json, finding, index);
	json_unsigned(json, "executionOrder", order_of(finding, index));
	json_string(json, "importance", step == ci_main_step(finding) ? "essential" : "important");
	json_object_end(json);
}

/* Steps without a place in the tree are left to the message; so a thread may have none here. */
static void write_thread(struct json *json, const struct ci *ci, const struct finding *finding,
			 const char *thread)
{
	g_autofree char *name = text_clean(thread, CI_NAME_MAX);
	bool is_open = false;

	for (guint i = 0; i < finding->steps->len && i < SARIF_STEPS_MAX; i++) {
		struct ci_place place;

		if (!is_of(finding, i, thread) || !ci_step_place(ci, step_at(finding, i), &place))
			continue;
		if (!is_open) {
			json_object_begin(json, NULL);
			json_string(json, "id", name);
			sarif_message(json, "message", name);
			json_array_begin(json, "locations");
		}
		is_open = true;
		write_step(json, ci, finding, i, &place);
	}
	if (is_open) {
		json_array_end(json);
		json_object_end(json);
	}
}

static gboolean is_same(const void *one, const void *other)
{
	return !g_strcmp0(one, other);
}

/* Each once, that of the main step first. */
static GPtrArray *threads_of(const struct finding *finding)
{
	GPtrArray *threads = g_ptr_array_new();

	g_ptr_array_add(threads, (char *)ci_main_step(finding)->thread);
	for (guint i = 0; i < finding->steps->len; i++) {
		char *thread = (char *)step_at(finding, i)->thread;

		if (!g_ptr_array_find_with_equal_func(threads, thread, is_same, NULL))
			g_ptr_array_add(threads, thread);
	}
	return threads;
}

static bool has_place(const struct ci *ci, const struct finding *finding)
{
	struct ci_place place;

	for (guint i = 0; i < finding->steps->len && i < SARIF_STEPS_MAX; i++)
		if (ci_step_place(ci, step_at(finding, i), &place))
			return true;
	return false;
}

void sarif_flow(struct json *json, const struct ci *ci, const struct finding *finding)
{
	if (!has_place(ci, finding))
		return;
	g_autoptr(GPtrArray) threads = threads_of(finding);

	json_array_begin(json, "codeFlows");
	json_object_begin(json, NULL);
	json_array_begin(json, "threadFlows");
	for (guint i = 0; i < threads->len; i++)
		write_thread(json, ci, finding, threads->pdata[i]);
	json_array_end(json);
	json_object_end(json);
	json_array_end(json);
}
