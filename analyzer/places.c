/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stacks as people read them: from return addresses by modules and symbols. */
#include "analyzer/places.h"

#include <string.h>

#include "libtrace/recording.h"

struct places {
	struct report *report; /* Weak */
	struct symbols *symbols;
	GHashTable *stacks; /* struct place: struct stack */
};

static guint place_hash(const void *pointer)
{
	const struct place *place = pointer;
	uint64_t key = place->site ^ place->stack * 0x9e3779b97f4a7c15;

	return g_int64_hash(&key) ^ g_direct_hash(place->process);
}

static gboolean place_equal(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return one->process == other->process && one->site == other->site &&
	       one->stack == other->stack;
}

struct places *places_new(struct report *report)
{
	struct places *places = g_new0(struct places, 1);

	places->report = report;
	places->symbols = symbols_new();
	places->stacks = g_hash_table_new_full(place_hash, place_equal, g_free, g_free);
	return places;
}

void places_free(struct places *places)
{
	if (!places)
		return;
	symbols_free(places->symbols);
	g_hash_table_unref(places->stacks);
	g_free(places);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *places_module(const struct frame *frame)
{
	return frame->module ? base_name(frame->module) : NULL;
}

/* Whether the module's base name begins with one of prefixes, the last of which is NULL. */
static bool module_is(const struct frame *frame, const char *const *prefixes)
{
	const char *name = places_module(frame);

	for (; name && *prefixes; prefixes++) {
		if (g_str_has_prefix(name, *prefixes))
			return true;
	}
	return false;
}

static bool is_ours(const struct frame *frame)
{
	static const char *const libraries[] = { RECORDING_PRELOAD_LIBRARY,
						 RECORDING_PROVIDER_LIBRARY, "libheddle.so", NULL };

	return module_is(frame, libraries);
}

static bool is_c_library(const struct frame *frame)
{
	static const char *const libraries[] = { "libc.so", "libc-", "libpthread", "ld-", NULL };

	return module_is(frame, libraries);
}

/* Under this lies nothing that the program has written. */
static bool is_trampoline(const struct frame *frame)
{
	static const char *const functions[] = { "start_thread",
						 "clone",
						 "clone3",
						 "__clone",
						 "__clone3",
						 "__libc_start_call_main",
						 "__libc_start_main",
						 "__libc_start_main_impl",
						 NULL };

	if (!frame->function)
		return false;
	if (strcmp(frame->function, "_start") == 0)
		return true;
	return is_c_library(frame) && g_strv_contains(functions, frame->function);
}

/* Append the frames at a return address. */
static void frames_append(struct places *places, const struct process *process, uint64_t address,
			  GArray *frames)
{
	const struct module *module = process ? process_module(process, address - 1) : NULL;
	struct source_frames found = { NULL, 0 };
	struct frame frame = { .address = address };

	if (module) {
		found = symbols_code(places->symbols, module, address - 1);
		frame.module = report_string(places->report, module->path);
		frame.offset = address - module->start;
	}
	for (unsigned i = 0; i < found.count; i++) {
		frame.function = report_string(places->report, found.frames[i].function);
		frame.file = report_string(places->report, found.frames[i].file);
		frame.line = found.frames[i].line;
		frame.is_inlined = found.frames[i].is_inlined;
		frame.directory = report_string(places->report, found.frames[i].directory);
		g_array_append_val(frames, frame);
	}
	if (found.count == 0)
		g_array_append_val(frames, frame);
}

static void remove_own(GArray *frames)
{
	guint kept = 0;

	for (guint i = 0; i < frames->len; i++) {
		struct frame *frame = &g_array_index(frames, struct frame, i);
		if (!is_ours(frame))
			g_array_index(frames, struct frame, kept++) = *frame;
	}
	g_array_set_size(frames, kept);
}

/*
 * The C library's part of the start of a thread and of main(). Its static functions have no names
 * in a stripped library; but what lies outermost in it is no callback of the program.
 */
static void remove_start(GArray *frames)
{
	for (guint i = 1; i < frames->len; i++) {
		if (is_trampoline(&g_array_index(frames, struct frame, i)))
			g_array_set_size(frames, i);
	}
	while (frames->len > 1 &&
	       is_c_library(&g_array_index(frames, struct frame, frames->len - 1)))
		g_array_set_size(frames, frames->len - 1);
}

static struct stack stack_load(struct places *places, struct place place)
{
	g_autoptr(GArray) frames = g_array_new(FALSE, TRUE, sizeof(struct frame));
	size_t count = 0;
	const uint64_t *addresses = place.process && place.stack
					    ? process_frames(place.process, place.stack, &count)
					    : NULL;
	bool has_site = false;

	for (size_t i = 0; i < count; i++)
		has_site |= addresses[i] == place.site;
	if (!has_site && place.site)
		frames_append(places, place.process, place.site, frames);
	for (size_t i = 0; i < count; i++) {
		if (addresses[i])
			frames_append(places, place.process, addresses[i], frames);
	}
	remove_own(frames);
	remove_start(frames);
	if (frames->len == 0 && place.site)
		frames_append(places, place.process, place.site, frames);
	struct frame *copy = report_alloc(places->report, frames->len * sizeof(struct frame));
	if (frames->len)
		memcpy(copy, frames->data, frames->len * sizeof(struct frame));
	return (struct stack){ copy, frames->len };
}

struct stack places_stack(struct places *places, struct place place)
{
	struct stack *stack = g_hash_table_lookup(places->stacks, &place);

	if (!stack) {
		struct place *key = g_new(struct place, 1);
		*key = place;
		stack = g_new(struct stack, 1);
		*stack = stack_load(places, place);
		g_hash_table_insert(places->stacks, key, stack);
	}
	return *stack;
}

const struct frame *places_frame(struct places *places, struct place place)
{
	struct stack stack = places_stack(places, place);

	return stack_main_frame(&stack);
}

const char *places_line(struct places *places, const struct frame *frame)
{
	if (frame->file && frame->line)
		return report_format(places->report, "%s:%d", frame->file, frame->line);
	if (frame->function)
		return frame->function;
	if (frame->module)
		return report_format(places->report, "%s+0x%" G_GINT64_MODIFIER "x",
				     places_module(frame), frame->offset);
	return report_format(places->report, "0x%" G_GINT64_MODIFIER "x", frame->address);
}

const char *places_routine(struct places *places, const struct process *process, uint64_t routine)
{
	/* What std::thread passes as routine, whatever the thread is to do. */
	static const char *const shared[] = { "execute_native_thread_routine", NULL };
	const struct module *module = routine ? process_module(process, routine) : NULL;
	const char *name = module ? symbols_function(places->symbols, module, routine) : NULL;

	return name && !g_strv_contains(shared, name) ? report_string(places->report, name) : NULL;
}

bool places_data(struct places *places, const struct process *process, uint64_t address,
		 struct symbol_data *ret)
{
	const struct module *module = process_module(process, address);

	return module && symbols_data(places->symbols, module, address, ret);
}
