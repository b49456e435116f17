/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/random/program.h"

#include <string.h>

#define NOBODY 255

/* One thread's steps, as they are written. */
struct writer {
	struct program *program;
	struct chance *chance;
	unsigned thread;
	uint8_t held[WORLD_ACTIONS]; /* steps that acquired what is not released yet */
	unsigned held_count;
	uint8_t depth[WORLD_OBJECTS];
	uint8_t to_create, to_join; /* masks of threads */
};

static struct program_step *add(struct writer *writer, enum action_kind kind, unsigned object)
{
	struct program *program = writer->program;
	unsigned index = program->counts[writer->thread]++;
	struct program_step *step = &program->steps[writer->thread][index];

	*step = (struct program_step){ .needs = -1 };
	step->action.kind = kind;
	step->action.object = (uint8_t)object;
	step->action.site = 0x1000 * (writer->thread + 1) + 0x10 * index;
	return step;
}

static bool is_full(const struct writer *writer)
{
	unsigned left = WORLD_ACTIONS - writer->program->counts[writer->thread];

	/* Each creation and join, a lock for a wait, and the releases of all. */
	return left < writer->held_count + 2 * WORLD_THREADS + 4;
}

static void release(struct writer *writer, unsigned place)
{
	unsigned from = writer->held[place];
	const struct action *taken = &writer->program->steps[writer->thread][from].action;
	enum action_kind kind = taken->kind == ACTION_TAKE ? ACTION_POST : ACTION_UNLOCK;

	add(writer, kind, taken->object)->needs = (int8_t)from;
	writer->depth[taken->object]--;
	writer->held_count--;
	memmove(writer->held + place, writer->held + place + 1, writer->held_count - place);
}

/* One that will be released. */
static void acquire(struct writer *writer, enum action_kind kind, unsigned object, bool is_read)
{
	unsigned dice = chance_below(writer->chance, 100);
	struct program_step *step = add(writer, kind, object);

	step->action.is_read = is_read;
	step->patience = dice < 10 ? PATIENCE_NONE : dice < 18 ? PATIENCE_TIMED : PATIENCE_ENDLESS;
	writer->held[writer->held_count++] = writer->program->counts[writer->thread] - 1;
	writer->depth[object]++;
}

/* The step by which thread holds object, which it does once, or -1. */
static int holding_step(const struct writer *writer, unsigned object)
{
	for (unsigned i = 0; i < writer->held_count; i++) {
		unsigned from = writer->held[i];

		if (writer->program->steps[writer->thread][from].action.object == object &&
		    writer->depth[object] == 1)
			return (int)from;
	}
	return -1;
}

static void use_lock(struct writer *writer, unsigned object, enum thing_kind kind)
{
	bool is_read = kind == THING_RWLOCK && chance_percent(writer->chance, 60);
	int from = holding_step(writer, object);

	if (writer->depth[object] && kind == THING_MUTEX && !chance_percent(writer->chance, 4))
		return;
	if (writer->depth[object] && kind == THING_RWLOCK) {
		bool holds_read = from < 0 ||
				  writer->program->steps[writer->thread][from].action.is_read;
		/* The system refuses a writer who asks again. */
		if (!holds_read || (!is_read && !chance_percent(writer->chance, 10)))
			return;
	}
	acquire(writer, ACTION_LOCK, object, is_read);
}

static void use_condition(struct writer *writer, unsigned object)
{
	unsigned mutex = writer->program->things[object].mutex;

	if (chance_percent(writer->chance, 55)) {
		bool is_signal = chance_percent(writer->chance, 70);

		add(writer, is_signal ? ACTION_SIGNAL : ACTION_BROADCAST, object);
		return;
	}
	if (!writer->depth[mutex])
		acquire(writer, ACTION_LOCK, mutex, false);
	if (writer->depth[mutex] != 1)
		return;
	int needs = holding_step(writer, mutex);
	struct program_step *step = add(writer, ACTION_WAIT, object);
	step->needs = (int8_t)needs;
	step->patience = chance_percent(writer->chance, 10) ? PATIENCE_TIMED : PATIENCE_ENDLESS;
}

static void use_semaphore(struct writer *writer, unsigned object)
{
	bool is_lock =
		chance_percent(writer->chance, writer->program->things[object].count ? 85 : 10);

	if (is_lock && !writer->depth[object])
		acquire(writer, ACTION_TAKE, object, false);
	else if (is_lock)
		return;
	else if (chance_percent(writer->chance, 50))
		add(writer, ACTION_POST, object);
	else
		add(writer, ACTION_TAKE, object)->patience =
			chance_percent(writer->chance, 10) ? PATIENCE_TIMED : PATIENCE_ENDLESS;
}

static unsigned lowest(unsigned mask)
{
	return (unsigned)__builtin_ctz(mask);
}

/* Threads are created in the order of their numbers. */
static void create(struct writer *writer)
{
	unsigned thread = lowest(writer->to_create);

	add(writer, ACTION_CREATE, thread);
	writer->to_create &= (uint8_t) ~(1u << thread);
}

static void join(struct writer *writer)
{
	unsigned thread = lowest(writer->to_join);

	add(writer, ACTION_JOIN, thread);
	writer->to_join &= (uint8_t) ~(1u << thread);
}

/* Those that it may join are there already. */
static bool may_join(const struct writer *writer)
{
	return writer->to_join && !(writer->to_create >> lowest(writer->to_join) & 1);
}

static void use_something(struct writer *writer)
{
	struct chance *chance = writer->chance;
	unsigned object = chance_below(chance, writer->program->thing_count);
	enum thing_kind kind = writer->program->things[object].kind;

	if (kind == THING_COND)
		use_condition(writer, object);
	else if (kind == THING_SEMAPHORE)
		use_semaphore(writer, object);
	else
		use_lock(writer, object, kind);
	if (writer->held_count && chance_percent(chance, 35))
		release(writer, chance_percent(chance, 70)
					? writer->held_count - 1
					: chance_below(chance, writer->held_count));
}

static void write_thread(struct writer *writer, unsigned wanted, bool is_early)
{
	while (is_early && writer->to_create)
		create(writer);
	for (unsigned i = 0; i < wanted && !is_full(writer); i++) {
		if (writer->to_create && chance_percent(writer->chance, 40))
			create(writer);
		use_something(writer);
		if (may_join(writer) && chance_percent(writer->chance, 5))
			join(writer);
	}
	while (writer->to_create)
		create(writer);
	while (writer->to_join && chance_percent(writer->chance, 8))
		join(writer);
	while (writer->held_count)
		release(writer, writer->held_count - 1);
	while (writer->to_join)
		join(writer);
}

static enum thing_kind draw_kind(struct chance *chance, unsigned theme)
{
	/* Percents of kinds, in their order: locks only, some of all, conditions, semaphores. */
	static const uint8_t weights[4][5] = {
		{ 60, 10, 30, 0, 0 },
		{ 40, 8, 18, 17, 17 },
		{ 40, 0, 0, 60, 0 },
		{ 30, 0, 0, 0, 70 },
	};
	unsigned dice = chance_below(chance, 100), kind = 0;

	while (dice >= weights[theme][kind])
		dice -= weights[theme][kind++];
	return kind;
}

static void draw_things(struct program *program, struct chance *chance)
{
	unsigned dice = chance_below(chance, 100);
	unsigned theme = dice < 35 ? 0 : dice < 70 ? 1 : dice < 85 ? 2 : 3;

	program->thing_count = 2 + chance_below(chance, WORLD_OBJECTS - 1);
	for (unsigned i = 1; i < program->thing_count; i++)
		program->things[i].kind = draw_kind(chance, theme);
	for (unsigned i = 1; i < program->thing_count; i++) {
		struct thing *thing = &program->things[i];
		unsigned mutex = chance_below(chance, program->thing_count);

		if (thing->kind == THING_COND)
			thing->mutex = program->things[mutex].kind == THING_MUTEX ? (uint8_t)mutex
										  : 0;
		else if (thing->kind == THING_SEMAPHORE)
			thing->count = chance_percent(chance, 60);
	}
}

/* Who joins thread: its creator, or one that was created by the same after it. */
static unsigned draw_joiner(const struct program *program, struct chance *chance, unsigned thread)
{
	unsigned dice = chance_below(chance, 100);
	unsigned next = thread + 1;

	if (dice < 60)
		return program->creators[thread];
	if (dice < 80 && next < program->thread_count &&
	    program->creators[next] == program->creators[thread])
		return next;
	return NOBODY;
}

void program_make(struct program *program, struct chance *chance)
{
	unsigned dice = chance_below(chance, 100);
	unsigned total = 4 + chance_below(chance, PROGRAM_OPERATIONS - 3);
	unsigned wanted[WORLD_THREADS] = { 0 };
	struct writer writers[WORLD_THREADS];

	memset(program, 0, sizeof(*program));
	memset(writers, 0, sizeof(writers));
	program->thread_count = dice < 35 ? 2 : dice < 70 ? 3 : 4;
	draw_things(program, chance);
	for (unsigned i = 0; i < total; i++)
		wanted[chance_below(chance, program->thread_count)]++;
	for (unsigned i = 1; i < program->thread_count; i++) {
		bool is_nested = i > 1 && chance_percent(chance, 20);

		program->creators[i] = is_nested ? (uint8_t)(1 + chance_below(chance, i - 1)) : 0;
		writers[program->creators[i]].to_create |= (uint8_t)(1u << i);
	}
	for (unsigned i = 1; i < program->thread_count; i++) {
		unsigned joiner = draw_joiner(program, chance, i);

		if (joiner != NOBODY)
			writers[joiner].to_join |= (uint8_t)(1u << i);
	}
	for (unsigned i = 0; i < program->thread_count; i++) {
		writers[i].program = program;
		writers[i].chance = chance;
		writers[i].thread = i;
		write_thread(&writers[i], wanted[i], chance_percent(chance, 60));
	}
}
