/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The walk, and the rules it has met.
 *
 * A rule is kept under the address and the identity of its object, so that it does not
 * outlive dlclose(): another library at the same address has another identity. Each walk asks the
 * dynamic linker anew, once for each object that it meets; an object cannot go while one
 * of its functions is on the stack. Objects that never go are asked for once for all.
 *
 * A place of the table is two words, written one after the other by anybody: the rule, and
 * the key mixed with the rule. Words that do not belong together do not give the key back, so
 * readers need neither order nor lock; a place is overwritten when all that may hold a key are
 * full.
 */
#include "primitives/unwind.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__x86_64__) && defined(__LP64__)

#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>
#include <unistd.h>

#include "primitives/cfi.h"

/* Apart from the usual way, which is so kept short. */
#define NOINLINE __attribute__((noinline))

/* 512 KiB, of which only what is used takes memory. A bucket is a cache line. */
#define PLACES 4
#define BUCKET_BITS 13
#define BUCKETS (1U << BUCKET_BITS)
#define ODD UINT64_C(0xc4ceb9fe1a85ec53)

struct place {
	_Atomic uint64_t mixed, rule;
};

static _Alignas(64) struct place buckets[BUCKETS][PLACES];

/* Larger frames are not believed. */
#define FRAME_MAX (16UL << 20)

/* What stays as long as we are there: the program, libc, this library. */
#define LASTING_MAX 3
static struct cfi_object lasting[LASTING_MAX];
static atomic_uint lasting_count;

/* Linux maps nothing below. */
#define LOWEST_CODE 65536

/* What a function may use below rsp, and the kernel leaves alone. */
#define RED_ZONE 128

#define MET_MAX 4

/* Where a walk is. */
struct frame {
	uint64_t pc, rsp, rbp;
	uint64_t place; /* where pc was read */
	bool is_exact;	/* pc was interrupted, and is no return address */
};

/* The objects that a walk met. */
struct objects {
	const struct cfi_object *latest;
	struct cfi_object met[MET_MAX];
	unsigned met_count;
};

static void lasting_add(uint64_t address)
{
	unsigned count = atomic_load_explicit(&lasting_count, memory_order_relaxed);

	if (count < LASTING_MAX && cfi_find_object(address, &lasting[count]))
		atomic_store_explicit(&lasting_count, count + 1, memory_order_release);
}

void unwind_load(void)
{
	if (atomic_load_explicit(&lasting_count, memory_order_relaxed))
		return;
	lasting_add(getauxval(AT_ENTRY));
	lasting_add((uint64_t)&getpid);
	lasting_add((uint64_t)&unwind_load);
}

static bool object_has(const struct cfi_object *object, uint64_t address)
{
	return address - object->start < object->end - object->start;
}

/* NULL: no object has address. */
static NOINLINE const struct cfi_object *find_object(struct objects *objects, uint64_t address)
{
	unsigned count = atomic_load_explicit(&lasting_count, memory_order_acquire);

	for (unsigned i = 0; i < count; i++) {
		if (object_has(&lasting[i], address))
			return &lasting[i];
	}
	for (unsigned i = 0; i < objects->met_count && i < MET_MAX; i++) {
		if (object_has(&objects->met[i], address))
			return &objects->met[i];
	}
	struct cfi_object *met = &objects->met[objects->met_count % MET_MAX];
	if (!cfi_find_object(address, met))
		return NULL;
	objects->met_count++;
	return met;
}

static NOINLINE struct cfi_rule learn(const struct cfi_object *object, uint64_t address,
				      struct place *bucket, uint64_t key)
{
	struct cfi_rule rule = cfi_find_rule(object, address);
	unsigned at = 0;
	uint64_t word;

	memcpy(&word, &rule, sizeof(word));
	while (at < PLACES && atomic_load_explicit(&bucket[at].mixed, memory_order_relaxed))
		at++;
	if (at == PLACES)
		at = (unsigned)(address % PLACES);
	atomic_store_explicit(&bucket[at].rule, word, memory_order_relaxed);
	atomic_store_explicit(&bucket[at].mixed, key ^ word * ODD, memory_order_relaxed);
	return rule;
}

static struct cfi_rule find_rule(struct objects *objects, uint64_t address)
{
	struct cfi_rule rule = { .cfa = CFI_UNKNOWN };
	struct place *bucket = buckets[(address ^ address >> BUCKET_BITS) % BUCKETS];

	if (!objects->latest || !object_has(objects->latest, address))
		objects->latest = find_object(objects, address);
	if (!objects->latest)
		return rule;
	uint64_t key = address ^ objects->latest->identity;
	for (unsigned i = 0; i < PLACES; i++) {
		uint64_t mixed = atomic_load_explicit(&bucket[i].mixed, memory_order_relaxed);
		uint64_t word = atomic_load_explicit(&bucket[i].rule, memory_order_relaxed);

		if ((mixed ^ word * ODD) == key) {
			memcpy(&rule, &word, sizeof(rule));
			return rule;
		}
	}
	return learn(objects->latest, address, bucket, key);
}

static bool is_own(const struct frame *frame, const struct unwind_stack *stack)
{
	return stack->high && frame->rsp - stack->low <= stack->high - stack->low;
}

/* May the word at address be read? It lies above rsp, and not beyond the thread's own stack. */
static bool is_readable(const struct frame *frame, const struct unwind_stack *stack,
			uint64_t address)
{
	if (address - frame->rsp > FRAME_MAX || address % sizeof(uint64_t))
		return false;
	return !is_own(frame, stack) || address <= stack->high - sizeof(uint64_t);
}

static uint64_t word_at(uint64_t address)
{
	return *(const uint64_t *)address;
}

/* What the kernel put there for the return from the handler. */
static bool step_signal(struct frame *frame, const struct unwind_stack *stack)
{
	const ucontext_t *context = (const ucontext_t *)frame->rsp;
	const greg_t *registers = context->uc_mcontext.gregs;

	if (!is_readable(frame, stack, (uint64_t)&registers[REG_RIP]))
		return false;
	frame->pc = (uint64_t)registers[REG_RIP];
	frame->place = (uint64_t)&registers[REG_RIP];
	frame->rbp = (uint64_t)registers[REG_RBP];
	frame->rsp = (uint64_t)registers[REG_RSP];
	frame->is_exact = true;
	return true;
}

/*
 * 0, from which no frame can be found, where it cannot be told. A function that was interrupted
 * after it took rbp from the stack may still have it described there, below rsp.
 */
static uint64_t caller_rbp(const struct frame *frame, struct cfi_rule rule, uint64_t cfa)
{
	uint64_t base = rule.rbp == CFI_RBP_SAVED ? cfa : frame->rbp;
	uint64_t saved = base + (uint64_t)(int64_t)rule.rbp_offset;

	if (rule.rbp == CFI_RBP_SAME)
		return frame->rbp;
	if (rule.rbp == CFI_RBP_LOST || saved >= cfa || saved % sizeof(uint64_t))
		return 0;
	if (saved >= frame->rsp || (frame->is_exact && frame->rsp - saved <= RED_ZONE))
		return word_at(saved);
	return 0;
}

/*
 * Generated code and some programs have no information, but mostly keep rbp as the frame pointer.
 * That is a guess, so only on the thread's own stack, and on the way outwards.
 */
static bool step_guess(struct frame *frame, const struct unwind_stack *stack)
{
	uint64_t pointer = frame->rbp;

	if (!is_own(frame, stack) || pointer < frame->rsp ||
	    !is_readable(frame, stack, pointer + sizeof(uint64_t)))
		return false;
	frame->rbp = word_at(pointer);
	frame->place = pointer + sizeof(uint64_t);
	frame->pc = word_at(frame->place);
	frame->rsp = pointer + 2 * sizeof(uint64_t);
	frame->is_exact = false;
	return frame->pc >= LOWEST_CODE;
}

/* False: there is no caller, or it cannot be found. */
static bool step(struct frame *frame, const struct unwind_stack *stack, struct objects *objects)
{
	struct cfi_rule rule = find_rule(objects, frame->pc - !frame->is_exact);
	uint64_t base = rule.cfa == CFI_FROM_RSP ? frame->rsp : frame->rbp;
	uint64_t cfa = base + (uint64_t)(int64_t)rule.cfa_offset;

	if (rule.cfa == CFI_END)
		return false;
	if (rule.cfa == CFI_UNKNOWN)
		return step_guess(frame, stack);
	if (rule.cfa == CFI_SIGNAL)
		return step_signal(frame, stack);
	if (rule.cfa == CFI_AT_RBP) {
		if (!is_readable(frame, stack, cfa))
			return false;
		cfa = word_at(cfa);
	}
	if (cfa <= frame->rsp || !is_readable(frame, stack, cfa - sizeof(uint64_t)))
		return false;
	frame->rbp = caller_rbp(frame, rule, cfa);
	frame->place = cfa - sizeof(uint64_t);
	frame->pc = word_at(frame->place);
	frame->rsp = cfa;
	frame->is_exact = false;
	return frame->pc != 0;
}

NOINLINE unsigned unwind(uint64_t *frames, uint64_t *places, unsigned max,
			 struct unwind_stack stack)
{
	struct objects objects;
	struct frame frame;
	unsigned count = 0;

	objects.latest = NULL;
	objects.met_count = 0;
	frame.is_exact = true;
	__asm__ volatile("leaq 0f(%%rip), %0\n"
			 "0:\tmovq %%rsp, %1\n"
			 "\tmovq %%rbp, %2"
			 : "=a"(frame.pc), "=c"(frame.rsp), "=d"(frame.rbp));
	for (; count < max && step(&frame, &stack, &objects); count++) {
		frames[count] = frame.pc;
		if (places)
			places[count] = frame.place;
	}
	return count;
}

#else

void unwind_load(void)
{
}

unsigned unwind(uint64_t *frames, uint64_t *places, unsigned max, struct unwind_stack stack)
{
	(void)frames;
	(void)places;
	(void)max;
	(void)stack;
	return 0;
}

#endif
