/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words for threads, objects and places.
 *
 * Names depend on the trace alone, not on the order in which they are asked for: all threads and
 * all named objects of a process are looked at when the first of them is asked for.
 */
#include "analyzer/names.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/places.h"

struct names {
	struct report *report; /* Weak */
	struct places *places;
	GHashTable *processes; /* struct process: struct process_names */
};

/* Texts are the report's. */
struct process_names {
	GHashTable *threads; /* struct thread: its name */
	GHashTable *objects; /* struct object: struct object_words; named ones only */
	GHashTable *used;    /* a name: address of the one object that has it, or NULL */
};

/* What an object may be called, from short to long. */
struct object_words {
	const char *plain;  /* "lock" */
	const char *scoped; /* "lock (pool.c)"; the same as plain where it is global */
	const char *stable;
};

static void process_names_free(void *pointer)
{
	struct process_names *words = pointer;

	g_clear_pointer(&words->threads, g_hash_table_unref);
	g_clear_pointer(&words->objects, g_hash_table_unref);
	g_clear_pointer(&words->used, g_hash_table_unref);
	g_free(words);
}

struct names *names_new(struct report *report)
{
	struct names *names = g_new0(struct names, 1);

	names->report = report;
	names->places = places_new(report);
	names->processes =
		g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, process_names_free);
	return names;
}

struct report *names_report(struct names *names)
{
	return names->report;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	places_free(names->places);
	g_hash_table_unref(names->processes);
	g_free(names);
}

static struct process_names *process_names(struct names *names, const struct process *process)
{
	struct process_names *words = g_hash_table_lookup(names->processes, process);

	if (!words) {
		words = g_new0(struct process_names, 1);
		g_hash_table_insert(names->processes, (void *)process, words);
	}
	return words;
}

static bool is_given(const char *name)
{
	return name && name[0];
}

/* A name the program made at run time may hold a number that is another one the next time. */
static const char *without_numbers(struct report *report, const char *name)
{
	g_autoptr(GString) text = g_string_new(NULL);

	while (*name) {
		size_t digits = strspn(name, "0123456789");
		if (digits)
			g_string_append_c(text, '#');
		else
			g_string_append_c(text, *name);
		name += digits ? digits : 1;
	}
	return report_string(report, text->str);
}

/* Without index. */
static const char *thread_base(struct names *names, const struct thread *thread)
{
	if (is_given(thread->name))
		return report_string(names->report, thread->name);
	if (thread->is_main)
		return "main";
	const char *routine = places_routine(names->places, thread->process, thread->routine);
	return routine ? routine : "thread";
}

const char *names_thread_stable(struct names *names, const struct thread *thread)
{
	const char *base = thread_base(names, thread);

	return is_given(thread->name) ? without_numbers(names->report, base) : base;
}

/* " [pigz 4242]" where the trace has more than one process. */
static const char *process_suffix(struct names *names, const struct process *process)
{
	if (names->report->trace.processes < 2 && process->index == 0)
		return "";
	if (!is_given(process->command))
		return report_format(names->report, " [%d]", process->pid);
	size_t length = strcspn(process->command, " ");
	g_autofree char *program = g_strndup(process->command, length);
	const char *slash = strrchr(program, '/');
	return report_format(names->report, " [%s %d]", slash ? slash + 1 : program, process->pid);
}

static void thread_add(struct names *names, GHashTable *threads, GHashTable *taken,
		       const struct thread *thread, bool is_numbered)
{
	struct report *report = names->report;
	const char *name = thread_base(names, thread);

	if (is_numbered)
		name = report_format(report, "%s #%u", name, thread->index);
	/* Somebody may have called a thread "worker #3". */
	while (!g_hash_table_add(taken, (char *)name))
		name = report_format(report, "%s #%u", name, thread->index);
	name = report_format(report, "%s%s", name, process_suffix(names, thread->process));
	g_hash_table_insert(threads, (void *)thread, (char *)name);
}

static GHashTable *threads_load(struct names *names, const struct process *process)
{
	GHashTable *threads = g_hash_table_new(g_direct_hash, g_direct_equal);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) shared = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < process->threads->len; i++) {
		char *base = (char *)thread_base(names, process->threads->pdata[i]);
		if (!g_hash_table_add(seen, base))
			g_hash_table_add(shared, base);
	}
	for (guint i = 0; i < process->threads->len; i++) {
		const struct thread *thread = process->threads->pdata[i];
		bool has_own = is_given(thread->name) || thread->is_main;
		thread_add(names, threads, taken, thread,
			   !has_own || g_hash_table_contains(shared, thread_base(names, thread)));
	}
	return threads;
}

const char *names_thread(struct names *names, const struct thread *thread)
{
	struct process_names *words = process_names(names, thread->process);

	if (!words->threads)
		words->threads = threads_load(names, thread->process);
	const char *name = g_hash_table_lookup(words->threads, thread);
	report_note_stable(names->report, name, names_thread_stable(names, thread));
	return name;
}

static bool object_words(struct names *names, const struct object *object, struct object_words *ret)
{
	struct report *report = names->report;
	struct symbol_data data;

	if (is_given(object->name)) {
		ret->plain = ret->scoped = report_string(report, object->name);
		ret->stable = without_numbers(report, object->name);
		return true;
	}
	if (!places_data(names->places, object->process, object->address, &data))
		return false;
	ret->plain = ret->scoped = report_string(report, data.name);
	ret->stable = report_string(report, data.stable);
	if (data.scope) {
		ret->scoped = report_format(report, "%s (%s)", data.name, data.scope);
		ret->stable = report_format(report, "%s (%s)", data.stable, data.scope);
	}
	return true;
}

/* Note that the object at address may be called name. */
static void use_name(GHashTable *used, const char *name, uint64_t address)
{
	void *other;

	if (!g_hash_table_lookup_extended(used, name, NULL, &other))
		g_hash_table_insert(used, (char *)name, (void *)(uintptr_t)address);
	else if ((uintptr_t)other != address)
		g_hash_table_insert(used, (char *)name, NULL);
}

static void objects_load(struct names *names, const struct process *process,
			 struct process_names *words)
{
	words->objects = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
	words->used = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < process->objects->len; i++) {
		const struct object *object = process->objects->pdata[i];
		struct object_words found;
		if (!object_words(names, object, &found))
			continue;
		use_name(words->used, found.plain, object->address);
		if (found.scoped != found.plain)
			use_name(words->used, found.scoped, object->address);
		g_hash_table_insert(words->objects, (void *)object,
				    g_memdup2(&found, sizeof(found)));
	}
}

/* NULL for an object without a name of its own. */
static const struct object_words *words_of(struct names *names, const struct object *object)
{
	struct process_names *words = process_names(names, object->process);

	if (!words->objects)
		objects_load(names, object->process, words);
	return g_hash_table_lookup(words->objects, object);
}

static const char *ordinal_ending(unsigned number)
{
	if (number % 100 / 10 == 1)
		return "th";
	switch (number % 10) {
	case 1:
		return "st";
	case 2:
		return "nd";
	case 3:
		return "rd";
	default:
		return "th";
	}
}

static const char *named_object(struct names *names, const struct object *object,
				const struct object_words *words)
{
	GHashTable *used = process_names(names, object->process)->used;
	const char *name = words->plain;

	if (!g_hash_table_lookup(used, name))
		name = words->scoped;
	if (!g_hash_table_lookup(used, name))
		return report_format(names->report, "%s #%u", words->plain, object->index);
	/* Where a native one was made tells which it is. */
	if (object->generation > 1 && object->native == NATIVE_NONE)
		return report_format(names->report, "%s (%u%s)", name, object->generation,
				     ordinal_ending(object->generation));
	return name;
}

/* A static object of the native library is made where it is defined. */
static const struct frame *definition(struct names *names, const struct object *object,
				      struct frame *buffer)
{
	struct symbol_data data;

	if (object->native == NATIVE_NONE ||
	    !places_data(names->places, object->process, object->address, &data) || !data.file)
		return NULL;
	*buffer = (struct frame){ .file = data.file, .line = data.line };
	return buffer;
}

/* Where it was made: "made at pool.c:41"; "" unknown. */
static const char *making(struct names *names, const struct object *object)
{
	const struct frame *frame = places_frame(names->places, object->init_place);
	const char *verb = "made";
	struct frame defined;

	if (!frame)
		frame = definition(names, object, &defined);
	if (!frame) {
		frame = places_frame(names->places, object->first_place);
		verb = "first used";
	}
	if (!frame)
		return "";
	bool is_function = frame->function && !(frame->file && frame->line);
	return report_format(names->report, " %s %s %s", verb, is_function ? "in" : "at",
			     places_line(names->places, frame));
}

/* "mutex #3 made at pool.c:41" */
static const char *nameless_object(struct names *names, const struct object *object)
{
	return report_format(names->report, "%s #%u%s", model_object_kind(object), object->index,
			     making(names, object));
}

/* "condition `not_empty` made at queue.c:31": the native library tells all of that of each object. */
static const char *native_object(struct names *names, const struct object *object, const char *name)
{
	return report_format(names->report, "%s `%s`%s", model_object_kind(object), name,
			     making(names, object));
}

const char *names_object(struct names *names, const struct object *object)
{
	const struct object_words *words = words_of(names, object);
	const char *name = words ? named_object(names, object, words)
				 : nameless_object(names, object);

	if (words && object->native != NATIVE_NONE)
		name = native_object(names, object, name);

	report_note_stable(names->report, name, names_object_stable(names, object));
	return name;
}

const char *names_object_stable(struct names *names, const struct object *object)
{
	const struct object_words *words = words_of(names, object);
	const char *kind = model_object_kind(object);

	if (words)
		return words->stable;
	/* Which thread uses it first may be another one next time; who makes it, hardly. */
	if (!places_frame(names->places, object->init_place))
		return kind;
	return report_format(names->report, "%s made in %s", kind,
			     names_place_stable(names, object->init_place));
}

const char *names_object_given(struct names *names, const struct object *object, bool *ret_is_alone)
{
	const struct object_words *words = words_of(names, object);
	GHashTable *used = process_names(names, object->process)->used;

	if (!words)
		return NULL;
	*ret_is_alone = g_hash_table_lookup(used, words->scoped);
	return words->scoped;
}

struct report_object names_report_object(struct names *names, const struct object *object)
{
	return (struct report_object){
		.id = object->id,
		.kind = model_object_kind(object),
		.name = names_object(names, object),
	};
}

struct stack names_stack(struct names *names, struct place place)
{
	return places_stack(names->places, place);
}

const char *names_place(struct names *names, struct place place)
{
	const struct frame *frame = places_frame(names->places, place);

	if (!frame)
		return "an unknown place";
	if (!frame->function)
		return places_line(names->places, frame);
	struct frame nameless = *frame;
	nameless.function = NULL;
	return report_format(names->report, "%s (%s)", frame->function,
			     places_line(names->places, &nameless));
}

const char *names_place_stable(struct names *names, struct place place)
{
	const struct frame *frame = places_frame(names->places, place);

	if (frame && frame->function)
		return frame->function;
	return frame && frame->module ? places_module(frame) : "?";
}
