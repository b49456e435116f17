/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* events.def as LTTng-UST tracepoints: a class a shape, an instance an event. */
/* clang-format off */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER heddle

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "libtrace/tracepoints.h"

#if !defined(LIBTRACE_TRACEPOINTS_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LIBTRACE_TRACEPOINTS_H

#include <lttng/tracepoint.h>
#include <stdint.h>

#include "libtrace/event.h"
#include "libtrace/provider.h"

#ifndef TRACEPOINTS_FIELDS
#define TRACEPOINTS_FIELDS

/* One row of SHAPE: 1 has the field, 0 has not. */
#define FIELD_object_0
#define FIELD_object_1 lttng_ust_field_integer_hex(uint64_t, object, event->object)
#define FIELD_other_0
#define FIELD_other_1 lttng_ust_field_integer_hex(uint64_t, other, event->other)
#define FIELD_value_0
#define FIELD_value_1 lttng_ust_field_integer(int64_t, value, event->value)
#define FIELD_stack_0
#define FIELD_stack_1 lttng_ust_field_integer_hex(uint64_t, stack, event->stack)
#define FIELD_stack_2 FIELD_stack_1
#define FIELD_text_0
#define FIELD_text_1 lttng_ust_field_string(text, event->text)
#define FIELD_build_id_0
#define FIELD_build_id_1 lttng_ust_field_string(build_id, event->build_id)
#define FIELD_frames_0
#define FIELD_frames_1 \
	lttng_ust_field_sequence_hex(uint64_t, frames, event->frames, uint8_t, event->frame_count)

#endif

#define SHAPE(name, object, other, value, stack, text, build_id, frames) \
	LTTNG_UST_TRACEPOINT_EVENT_CLASS(heddle, name, \
		LTTNG_UST_TP_ARGS(const struct event *, event, uint64_t, run), \
		LTTNG_UST_TP_FIELDS( \
			lttng_ust_field_integer(uint64_t, run, run) \
			lttng_ust_field_integer(int32_t, pid, event->pid) \
			lttng_ust_field_integer(int32_t, tid, event->tid) \
			lttng_ust_field_integer_hex(uint64_t, site, event->site) \
			FIELD_object_##object FIELD_other_##other FIELD_value_##value \
			FIELD_stack_##stack FIELD_text_##text FIELD_build_id_##build_id \
			FIELD_frames_##frames))
#include "libtrace/events.def"

#define EVENT(name, shape, object, operation, meaning) \
	LTTNG_UST_TRACEPOINT_EVENT_INSTANCE(heddle, shape, heddle, name, \
		LTTNG_UST_TP_ARGS(const struct event *, event, uint64_t, run))
#include "libtrace/events.def"

/* Packed operations, see packed.h. */
LTTNG_UST_TRACEPOINT_EVENT(heddle, layout,
	LTTNG_UST_TP_ARGS(uint64_t, run, bool, uses_tsc, const char *, names),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(uint64_t, run, run)
		lttng_ust_field_integer(uint8_t, uses_tsc, uses_tsc)
		lttng_ust_field_string(names, names)))

/* words: two of the packed format's in each, the earlier one in the lower half. */
LTTNG_UST_TRACEPOINT_EVENT(heddle, batch,
	LTTNG_UST_TP_ARGS(uint64_t, run, const struct batch *, batch),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(uint64_t, run, run)
		lttng_ust_field_integer(int32_t, pid, batch->pid)
		lttng_ust_field_integer(int32_t, tid, batch->tid)
		lttng_ust_field_integer(uint32_t, writer, batch->writer)
		lttng_ust_field_integer(uint32_t, sequence, batch->sequence)
		lttng_ust_field_integer(uint32_t, offset, batch->offset)
		lttng_ust_field_integer(uint32_t, count, batch->count)
		lttng_ust_field_integer(uint8_t, is_last, batch->is_last)
		lttng_ust_field_integer(uint64_t, ticks, batch->begin.ticks)
		lttng_ust_field_integer(int64_t, ns, batch->begin.ns)
		lttng_ust_field_integer(uint64_t, blocked_ns, batch->blocked_ns)
		lttng_ust_field_sequence_hex(uint64_t, words, (const uint64_t *)batch->words,
					     uint32_t, (batch->count + 1) / 2)))

LTTNG_UST_TRACEPOINT_EVENT(heddle, collected,
	LTTNG_UST_TP_ARGS(uint64_t, run, const struct arena_clock *, clock),
	LTTNG_UST_TP_FIELDS(
		lttng_ust_field_integer(uint64_t, run, run)
		lttng_ust_field_integer(uint64_t, ticks, clock->ticks)
		lttng_ust_field_integer(int64_t, ns, clock->ns)))

#endif

#include <lttng/tracepoint-event.h>
