/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decoding of CTF events. What a trace says of an event class is looked at
 * once, by name, when the class is first met: which members to read, of which type
 * they are, and where they go. After that an event costs one look-up by pointer and one
 * step a field. A member that is missing or of an unexpected type is not read.
 */
#include "libtrace/reader_decode.h"

#include <stddef.h>

#include "libtrace/recording.h"

/* All fields of a batch. */
#define STEPS_MAX 16

#define FIRST_SIZE 256

enum step_kind { STEP_UNSIGNED, STEP_SIGNED, STEP_STRING, STEP_FRAMES, STEP_WORDS };

struct step {
	uint8_t kind;	 /* enum step_kind */
	bool is_id;	 /* the target is an int32_t */
	uint16_t target; /* in struct event or struct message_fields */
	uint32_t member;
};

struct plan {
	unsigned int count;
	struct step steps[STEPS_MAX];
};

/* What was found out about an event class. */
struct known_class {
	const bt_event_class *class; /* NULL: a free place. Owned by this */
	int type;		     /* enum event_type, -1: none */
	int message;		     /* enum packed_kind, -1: none */
	struct plan payload;
	struct plan context; /* the common context, for pid and tid */
};

/* A table by pointer, at most half full, its size a power of two. */
struct decoder {
	struct known_class *classes; /* Owned by this */
	size_t count;
	size_t size;
	uint64_t *frames; /* Owned by this */
	size_t frame_size;
	struct packed_message message;
};

struct decoder *decoder_new(void)
{
	struct decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return NULL;
	decoder->size = FIRST_SIZE;
	decoder->classes = calloc(FIRST_SIZE, sizeof(*decoder->classes));
	if (!decoder->classes) {
		free(decoder);
		return NULL;
	}
	return decoder;
}

void decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	for (size_t i = 0; i < decoder->size; i++)
		bt_event_class_put_ref(decoder->classes[i].class);
	free(decoder->classes);
	free(decoder->frames);
	reader_message_done(&decoder->message);
	free(decoder);
}

static bool class_is(const bt_field_class *class, bt_field_class_type type)
{
	return bt_field_class_type_is(bt_field_class_get_type(class), type);
}

/* Whether a member of that class can be read for wanted; then *wanted is how. */
static bool step_fits(const bt_field_class *class, enum step_kind *wanted)
{
	switch (*wanted) {
	case STEP_UNSIGNED:
	case STEP_SIGNED:
		*wanted = class_is(class, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER) ? STEP_SIGNED
									      : STEP_UNSIGNED;
		return class_is(class, BT_FIELD_CLASS_TYPE_INTEGER);
	case STEP_STRING:
		return class_is(class, BT_FIELD_CLASS_TYPE_STRING);
	case STEP_FRAMES:
	case STEP_WORDS:
		return class_is(class, BT_FIELD_CLASS_TYPE_ARRAY) &&
		       class_is(bt_field_class_array_borrow_element_field_class_const(class),
				BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER);
	}
	return false;
}

static bool plan_add(struct plan *plan, const bt_field_class *structure, const char *name,
		     enum step_kind kind, size_t target, bool is_id)
{
	uint64_t count = bt_field_class_structure_get_member_count(structure);

	for (uint64_t i = 0; i < count; i++) {
		const bt_field_class_structure_member *member =
			bt_field_class_structure_borrow_member_by_index_const(structure, i);
		if (strcmp(bt_field_class_structure_member_get_name(member), name))
			continue;
		if (!step_fits(bt_field_class_structure_member_borrow_field_class_const(member),
			       &kind))
			return false;
		plan->steps[plan->count++] = (struct step){
			.kind = (uint8_t)kind,
			.member = (uint32_t)i,
			.target = (uint16_t)target,
			.is_id = is_id,
		};
		return true;
	}
	return false;
}

static void known_plan(struct known_class *known, const struct event_fields *has)
{
	const bt_field_class *payload =
		bt_event_class_borrow_payload_field_class_const(known->class);
	const bt_field_class *context =
		bt_stream_class_borrow_event_common_context_field_class_const(
			bt_event_class_borrow_stream_class_const(known->class));

#define ADD(plan, name, kind, target)                                                              \
	(plan && plan_add(&known->plan, plan, name, kind, offsetof(struct event, target),          \
			  sizeof(((struct event *)0)->target) == sizeof(int32_t)))
	if (!ADD(payload, "pid", STEP_SIGNED, pid))
		(void)ADD(context, "vpid", STEP_SIGNED, pid);
	if (!ADD(payload, "tid", STEP_SIGNED, tid))
		(void)ADD(context, "vtid", STEP_SIGNED, tid);
	(void)ADD(payload, "site", STEP_UNSIGNED, site);
	(void)(has->object && ADD(payload, "object", STEP_UNSIGNED, object));
	(void)(has->other && ADD(payload, "other", STEP_UNSIGNED, other));
	(void)(has->value && ADD(payload, "value", STEP_SIGNED, value));
	(void)(has->stack && ADD(payload, "stack", STEP_UNSIGNED, stack));
	(void)(has->text && ADD(payload, "text", STEP_STRING, text));
	(void)(has->build_id && ADD(payload, "build_id", STEP_STRING, build_id));
	(void)(has->frames && ADD(payload, "frames", STEP_FRAMES, frames));
#undef ADD
}

static const char *const message_names[] = {
	[PACKED_LAYOUT] = "layout",
	[PACKED_BATCH] = "batch",
	[PACKED_COLLECTED] = "collected",
};

/* Returns whether all is there that a message of that kind needs. */
static bool known_plan_message(struct known_class *known)
{
	const bt_field_class *payload =
		bt_event_class_borrow_payload_field_class_const(known->class);
	bool has_clock;

#define ADD(name, kind)                                                                            \
	plan_add(&known->payload, payload, #name, kind, offsetof(struct message_fields, name),     \
		 false)
	if (!payload)
		return false;
	(void)ADD(run, STEP_UNSIGNED);
	if (known->message == PACKED_LAYOUT)
		return ADD(uses_tsc, STEP_UNSIGNED) && ADD(names, STEP_STRING);
	has_clock = ADD(ticks, STEP_UNSIGNED) && ADD(ns, STEP_SIGNED);
	if (known->message == PACKED_COLLECTED)
		return has_clock;
	return has_clock && ADD(pid, STEP_SIGNED) && ADD(tid, STEP_SIGNED) &&
	       ADD(writer, STEP_UNSIGNED) && ADD(sequence, STEP_UNSIGNED) &&
	       ADD(offset, STEP_UNSIGNED) && ADD(count, STEP_UNSIGNED) &&
	       ADD(is_last, STEP_UNSIGNED) && ADD(words, STEP_WORDS);
#undef ADD
}

static void known_fill_message(struct known_class *known, const char *name)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(name, message_names[i]))
			known->message = i;
	if (known->message < 0 || known_plan_message(known))
		return;
	known->message = -1;
	known->payload.count = 0;
}

static void known_fill(struct known_class *known, const bt_event_class *class)
{
	static const char provider[] = RECORDING_PROVIDER ":";
	const char *name = bt_event_class_get_name(class);

	*known = (struct known_class){ .class = class, .type = -1, .message = -1 };
	bt_event_class_get_ref(class);
	if (!name || strncmp(name, provider, sizeof(provider) - 1))
		return;
	name += sizeof(provider) - 1;
	known->type = event_type_by_name(name, strlen(name));
	/* What the recorder says is not a matter of tracepoints. */
	if (known->type >= 0 && event_info((enum event_type)known->type)->is_tool_event)
		known->type = -1;
	if (known->type >= 0)
		known_plan(known, event_fields((enum event_type)known->type));
	else
		known_fill_message(known, name);
}

/* The place of class: its own, or the free one where it belongs. */
static struct known_class *table_place(struct known_class *classes, size_t size,
				       const bt_event_class *class)
{
	size_t at = ((uintptr_t) class * UINT64_C(0x9e3779b97f4a7c15)) >> 32;

	for (at &= size - 1; classes[at].class && classes[at].class != class;)
		at = (at + 1) & (size - 1);
	return &classes[at];
}

static int decoder_grow(struct decoder *decoder, struct error *err)
{
	size_t size = 2 * decoder->size;
	struct known_class *classes = calloc(size, sizeof(*classes));

	if (!classes)
		return fail(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < decoder->size; i++)
		if (decoder->classes[i].class)
			*table_place(classes, size, decoder->classes[i].class) =
				decoder->classes[i];
	free(decoder->classes);
	decoder->classes = classes;
	decoder->size = size;
	return 0;
}

static int decoder_known(struct decoder *decoder, const bt_event_class *class,
			 const struct known_class **ret, struct error *err)
{
	struct known_class *known = table_place(decoder->classes, decoder->size, class);

	if (!known->class) {
		if (2 * (decoder->count + 1) > decoder->size) {
			int code = decoder_grow(decoder, err);
			if (code < 0)
				return code;
			known = table_place(decoder->classes, decoder->size, class);
		}
		known_fill(known, class);
		decoder->count++;
	}
	*ret = known;
	return 0;
}

static int decode_frames(struct decoder *decoder, const bt_field *array, struct event *event,
			 struct error *err)
{
	uint64_t count = bt_field_array_get_length(array);

	if (count > decoder->frame_size) {
		uint64_t *frames = reallocarray(decoder->frames, count, sizeof(*frames));
		if (!frames)
			return fail(err, ENOMEM, "out of memory");
		decoder->frames = frames;
		decoder->frame_size = count;
	}
	for (uint64_t i = 0; i < count; i++)
		decoder->frames[i] = bt_field_integer_unsigned_get_value(
			bt_field_array_borrow_element_field_by_index_const(array, i));
	event->frames = count ? decoder->frames : NULL;
	event->frame_count = count;
	return 0;
}

static void decode_integer(const struct step *step, uint64_t number, void *target)
{
	if (step->is_id)
		*(int32_t *)target = (int32_t)number;
	else
		*(uint64_t *)target = number;
}

static int decode_structure(struct decoder *decoder, const struct plan *plan,
			    const bt_field *structure, void *ret, struct error *err)
{
	for (unsigned int i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		const bt_field *field = bt_field_structure_borrow_member_field_by_index_const(
			structure, step->member);
		void *target = (char *)ret + step->target;
		int code = 0;

		if (step->kind == STEP_UNSIGNED)
			decode_integer(step, bt_field_integer_unsigned_get_value(field), target);
		else if (step->kind == STEP_SIGNED)
			decode_integer(step, (uint64_t)bt_field_integer_signed_get_value(field),
				       target);
		else if (step->kind == STEP_STRING)
			*(const char **)target = bt_field_string_get_value(field);
		else if (step->kind == STEP_WORDS)
			*(const bt_field **)target = field;
		else
			code = decode_frames(decoder, field, ret, err);
		if (code < 0)
			return code;
	}
	return 0;
}

static int decode_event(struct decoder *decoder, const struct known_class *known,
			const bt_event *source, struct event *event, struct error *err)
{
	const struct event_fields *has = event_fields((enum event_type)known->type);
	int code = 0;

	*event = (struct event){
		.type = (enum event_type)known->type,
		.time_ns = event->time_ns,
		.pid = event->pid,
		.text = has->text ? "" : NULL,
		.build_id = has->build_id ? "" : NULL,
	};
	if (known->context.count)
		code = decode_structure(decoder, &known->context,
					bt_event_borrow_common_context_field_const(source), event,
					err);
	if (!code && known->payload.count)
		code = decode_structure(decoder, &known->payload,
					bt_event_borrow_payload_field_const(source), event, err);
	return code < 0 ? code : DECODED_EVENT;
}

static int decode_message(struct decoder *decoder, const struct known_class *known,
			  const bt_event *source, const struct packed_message **ret,
			  struct error *err)
{
	struct message_fields fields = { .names = "" };
	int code = decode_structure(decoder, &known->payload,
				    bt_event_borrow_payload_field_const(source), &fields, err);

	if (!code)
		code = reader_message_fill(&decoder->message, (enum packed_kind)known->message,
					   &fields, err);
	*ret = &decoder->message;
	return code < 0 ? code : DECODED_MESSAGE;
}

int decoder_event(struct decoder *decoder, const bt_event *source, struct event *event,
		  const struct packed_message **message, struct error *err)
{
	const struct known_class *known;
	int code = decoder_known(decoder, bt_event_borrow_class_const(source), &known, err);

	if (code < 0)
		return code;
	if (known->type >= 0)
		return decode_event(decoder, known, source, event, err);
	if (known->message >= 0)
		return decode_message(decoder, known, source, message, err);
	return DECODED_NOTHING;
}
