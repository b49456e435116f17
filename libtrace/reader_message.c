/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector's events say of packed operations, out of fields of any value. */
#include "libtrace/reader_message.h"

void reader_message_done(struct packed_message *message)
{
	free(message->memory);
	message->memory = NULL;
}

/* Two words in each element; an odd count leaves half of the last one unused. */
static int message_copy_words(struct packed_message *message, const bt_field *array,
			      struct error *err)
{
	uint64_t elements = bt_field_array_get_length(array);

	if (!message->memory)
		message->memory = malloc((ARENA_CHUNK_WORDS + 1) * sizeof(*message->memory));
	if (!message->memory)
		return fail(err, ENOMEM, "out of memory");
	uint32_t *at = message->memory;
	for (uint64_t i = 0; i < elements; i++) {
		uint64_t pair = bt_field_integer_unsigned_get_value(
			bt_field_array_borrow_element_field_by_index_const(array, i));

		*at++ = (uint32_t)pair;
		*at++ = (uint32_t)(pair >> 32);
	}
	return 0;
}

static bool fields_are_possible(const struct message_fields *fields)
{
	return fields->writer && fields->writer <= UINT32_MAX && fields->sequence &&
	       fields->sequence <= UINT32_MAX && fields->offset <= ARENA_CHUNK_WORDS &&
	       fields->count <= ARENA_CHUNK_WORDS - fields->offset &&
	       bt_field_array_get_length(fields->words) == (fields->count + 1) / 2;
}

int reader_message_fill(struct packed_message *message, enum packed_kind kind,
			const struct message_fields *fields, struct error *err)
{
	*message = (struct packed_message){
		.kind = kind,
		.run = fields->run,
		.uses_tsc = fields->uses_tsc,
		.names = fields->names,
		.clock = { fields->ticks, (int64_t)fields->ns },
		.memory = message->memory,
	};
	if (kind != PACKED_BATCH)
		return 0;
	message->is_damaged = !fields_are_possible(fields);
	if (message->is_damaged)
		return 0;
	int code = message_copy_words(message, fields->words, err);
	message->part = (struct batch){
		.pid = (int32_t)fields->pid,
		.tid = (int32_t)fields->tid,
		.writer = (uint32_t)fields->writer,
		.sequence = (uint32_t)fields->sequence,
		.offset = (uint32_t)fields->offset,
		.count = (uint32_t)fields->count,
		.is_last = fields->is_last,
		.begin = message->clock,
		.words = message->memory,
	};
	return code;
}
