/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and events at random, for tests of packed operations. */
#include "tests/unit/random_event.h"

#include <stdlib.h>

#include <check.h>

#define TEXTS 24
#define FRAMES_MOST (PACKED_FRAMES_MAX + 9)

static uint64_t seed;
static char *texts[TEXTS]; /* Owned by this */
static uint64_t frames[FRAMES_MOST];

uint64_t random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random_bits() >> 33) % limit;
}

uint64_t random_number(void)
{
	static const uint64_t numbers[] = { 0, 0, 1, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 63 };
	uint32_t which = random_below(9);

	return which < 6 ? numbers[which] : random_bits() >> random_below(64);
}

static char *text_of(size_t length)
{
	char *text = malloc(length + 1);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(1 + random_below(255));
	text[length] = '\0';
	return text;
}

void random_begin(void)
{
	static const size_t lengths[] = { PACKED_TEXT_MAX - 1, PACKED_TEXT_MAX, PACKED_TEXT_MAX + 1,
					  2 * PACKED_TEXT_MAX };

	seed = UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < TEXTS; i++)
		texts[i] = text_of(i < 4 ? lengths[i] : i - 4);
	for (size_t i = 0; i < FRAMES_MOST; i++)
		frames[i] = random_bits();
}

void random_end(void)
{
	for (size_t i = 0; i < TEXTS; i++)
		free(texts[i]);
}

void random_skip(uint32_t which)
{
	seed += (uint64_t)which << 32;
}

/* Texts of thousands of bytes are rare: there is to be room for other events, too. */
static const char *random_text(void)
{
	uint32_t which = random_below(400);

	return which < TEXTS ? texts[which] : which & 1 ? NULL : texts[4 + which % 20];
}

struct event random_event(void)
{
	return (struct event){
		.type = (enum event_type)(random_below(20) ? random_below(EVENT_COUNT)
							   : TYPE_UNKNOWN),
		.pid = 1,
		.tid = 2,
		.time_ns = 3,
		.site = random_number(),
		.object = random_number(),
		.other = random_number(),
		.value = (int64_t)random_number(),
		.stack = random_number(),
		.text = random_text(),
		.build_id = random_text(),
		.frames = random_below(2) ? frames : NULL,
		.frame_count = random_below(FRAMES_MOST),
	};
}
