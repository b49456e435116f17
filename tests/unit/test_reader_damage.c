/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the CTF reader with damaged traces: a sentence, never a crash. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/reader.h"
#include "tests/unit/ctf_writer.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_reader_damage(void);

/* There only where the build has a leak checker. */
void __lsan_disable(void) __attribute__((weak));

static struct reader *reader;
static struct error err;

static void setup(void)
{
	scratch_new();
}

static void teardown(void)
{
	reader_close(reader);
	reader = NULL;
	scratch_remove();
}

/* The bytes of a file of the copied trace; *ret_length of them. */
static uint8_t *file_bytes(const char *name, size_t *ret_length)
{
	static uint8_t bytes[65536];
	FILE *file = fopen(scratch_path(name), "re");

	ck_assert_ptr_nonnull(file);
	*ret_length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return bytes;
}

static const struct damage {
	const char *file;
	size_t at; /* where bytes are put */
	const char *bytes;
	size_t byte_count;
	size_t length;	      /* to which the file is cut; 0: it is not */
	const char *sentence; /* what it ends in */
} damages[] = {
	{ "metadata", 0, "", 0, 4200, "/metadata': it is cut off or damaged" },
	{ "metadata", 0, "", 0, 20, "/metadata': it is cut off or damaged" },
	{ "metadata", 0, "\0\0\0\0", 4, 0, "': its metadata is damaged" },
	{ "metadata", 24, "\0\0\0\0", 4, 0, "/metadata': it is cut off or damaged" },
	{ "metadata", 100, "!!!!", 4, 0, "': its metadata is damaged" },
	{ "heddle_0", 0, "", 0, 5000, "/heddle_0': its packet at byte 4096 is cut off or damaged" },
	{ "heddle_0", 48, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, 0,
	  "/heddle_0': its packet at byte 0 is cut off or damaged" },
	{ "heddle_0", 62, "\x80", 2, 0, "/heddle_0': its packet at byte 0 is cut off or damaged" },
	{ "heddle_0", 0, "\0\0\0\0", 4, 0, "': invalid CTF magic number" },
	{ "index/heddle_0.idx", 16, "\x80", 1, 0,
	  "/index/heddle_0.idx': it does not fit its stream" },
	{ "index/heddle_0.idx", 15, "\0", 1, 0,
	  "/index/heddle_0.idx': it does not fit its stream" },
};

START_TEST(says_what_is_damaged)
{
	const struct damage *damage = &damages[_i];
	size_t length;
	char name[64];

	scratch_copy(stored_trace("killed/process1"), "t");
	snprintf(name, sizeof(name), "t/%s", damage->file);
	uint8_t *bytes = file_bytes(name, &length);
	memcpy(bytes + damage->at, damage->bytes, damage->byte_count);
	scratch_file(name, bytes, damage->length ? damage->length : length);
	ck_assert_int_eq(reader_open(scratch_path("t"), &reader, &err), -EBADMSG);
	size_t said = strlen(err.text), wanted = strlen(damage->sentence);
	ck_assert_msg(said > wanted && !strcmp(err.text + said - wanted, damage->sentence), "%s",
		      err.text);
	ck_assert_ptr_nonnull(strstr(err.text, scratch_path("t")));
}
END_TEST

START_TEST(survives_damage)
{
	static const char *const files[] = { "t/metadata", "t/heddle_0", "t/heddle_1",
					     "t/index/heddle_0.idx" };
	const struct event *event;
	size_t length;

	/* Babeltrace's parser leaks a few bytes over bad metadata. */
	if (__lsan_disable)
		__lsan_disable();
	srand48(_i);
	scratch_copy(stored_trace("killed/process1"), "t");
	const char *name = files[_i % 4];
	uint8_t *bytes = file_bytes(name, &length);
	for (long flips = 1 + lrand48() % 4; flips > 0; flips--)
		bytes[(size_t)lrand48() % length] ^= (uint8_t)(1 << lrand48() % 8);
	scratch_file(name, bytes, length);
	int code = reader_open(scratch_path("t"), &reader, &err);
	while (!code && (code = reader_next(reader, &event, &err)) > 0)
		code = event->type < EVENT_COUNT ? 0 : -1;
	ck_assert_msg(code == 0 || strlen(err.text) > 10, "%d without a sentence", code);
}
END_TEST

/* Its counter of lost events stands at 0, 2740 and 50: as seen where LTTng's writers were overtaken. */
START_TEST(counts_no_loss_twice_where_the_counter_goes_back)
{
	static const size_t counters[] = { 4096 + 72, 8192 + 72 };
	static const uint64_t values[] = { 2740, 50 };
	const struct event *event;
	size_t length;

	scratch_copy(stored_trace("lossy/process1"), "t");
	uint8_t *bytes = file_bytes("t/heddle_0", &length);
	for (int i = 0; i < 2; i++)
		memcpy(bytes + counters[i], &values[i], sizeof(values[i]));
	scratch_file("t/heddle_0", bytes, length);
	int code = reader_open(scratch_path("t"), &reader, &err);
	while (!code && (code = reader_next(reader, &event, &err)) > 0)
		code = 0;
	ck_assert_int_eq(code, 0);
	ck_assert_uint_eq(reader_counts(reader)->lost_events, 2740);
}
END_TEST

Suite *suite_reader_damage(void)
{
	Suite *suite = suite_create("reader_damage");
	TCase *damaged = tcase_create("damaged");

	tcase_add_checked_fixture(damaged, setup, teardown);
	tcase_add_loop_test(damaged, says_what_is_damaged, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_loop_test(damaged, survives_damage, 0, 100);
	tcase_add_test(damaged, counts_no_loss_twice_where_the_counter_goes_back);
	suite_add_tcase(suite, damaged);
	return suite;
}
