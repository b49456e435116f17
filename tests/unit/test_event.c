/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the event tables and of the text form: print and parse are inverse. */
#include <stdlib.h>
#include <string.h>

#include "libtrace/event.h"

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_event(void);

static struct event_buffer buffer;

static void buffer_teardown(void)
{
	event_buffer_done(&buffer);
}

static int parse(const char *line, struct event *event, struct error *err)
{
	return event_parse(line, strlen(line), event, &buffer, err);
}

static char *printed(const struct event *event)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	event_print(event, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

static void assert_same_event(const struct event *a, const struct event *b)
{
	ck_assert_int_eq(a->type, b->type);
	ck_assert_int_eq(a->pid, b->pid);
	ck_assert_int_eq(a->tid, b->tid);
	ck_assert_int_eq(a->time_ns, b->time_ns);
	ck_assert_uint_eq(a->site, b->site);
	ck_assert_uint_eq(a->object, b->object);
	ck_assert_uint_eq(a->other, b->other);
	ck_assert_int_eq(a->value, b->value);
	ck_assert_uint_eq(a->stack, b->stack);
	ck_assert_pstr_eq(a->text, b->text);
	ck_assert_pstr_eq(a->build_id, b->build_id);
	ck_assert_uint_eq(a->frame_count, b->frame_count);
	for (size_t i = 0; i < a->frame_count; i++)
		ck_assert_uint_eq(a->frames[i], b->frames[i]);
}

static void assert_round_trip(const struct event *event)
{
	cleanup_free char *line = printed(event);
	size_t length = strlen(line);
	struct error err;
	struct event back;

	ck_assert_uint_gt(length, 0);
	ck_assert_int_eq(line[length - 1], '\n');
	ck_assert_ptr_eq(strchr(line, '\n'), line + length - 1);
	int code = event_parse(line, length - 1, &back, &buffer, &err);
	ck_assert_msg(code == 1, "%s: %s", line, code < 0 ? err.text : "not an event");
	assert_same_event(event, &back);
}

/* Numbers of every magnitude, zero included. */
static uint64_t random_number(void)
{
	uint64_t bits = (uint64_t)mrand48() << 32 ^ (uint64_t)(mrand48() & 0xffffffff);

	return bits >> (lrand48() % 64) & -(uint64_t)(lrand48() % 8 != 0);
}

static int64_t random_signed(void)
{
	return (int64_t)(lrand48() % 2 ? random_number() : -random_number());
}

static const char *random_text(char *text, size_t size)
{
	size_t length = (size_t)lrand48() % size;

	for (size_t i = 0; i < length; i++)
		text[i] = (char)(1 + lrand48() % 255);
	text[length] = '\0';
	return text;
}

START_TEST(every_type_comes_back)
{
	const struct event_fields *has = event_fields((enum event_type)_i);
	char text[300], build_id[60];
	uint64_t frames[64];

	srand48(_i + 1);
	for (int round = 0; round < 200; round++) {
		struct event event = {
			.type = (enum event_type)_i,
			.pid = (int32_t)random_signed(),
			.tid = (int32_t)random_signed(),
			.time_ns = random_signed(),
			.site = random_number(),
			.object = has->object ? random_number() : 0,
			.other = has->other ? random_number() : 0,
			.value = has->value ? random_signed() : 0,
			.stack = has->stack ? random_number() : 0,
			.text = has->text ? random_text(text, sizeof(text)) : NULL,
			.build_id = has->build_id ? random_text(build_id, sizeof(build_id)) : NULL,
			.frame_count = has->frames ? (size_t)lrand48() % 65 : 0,
		};
		for (size_t i = 0; i < event.frame_count; i++)
			frames[i] = random_number();
		event.frames = event.frame_count ? frames : NULL;
		assert_round_trip(&event);
	}
}
END_TEST

START_TEST(extremes_come_back)
{
	static const int64_t numbers[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX };

	for (size_t i = 0; i < 6; i++) {
		struct event event = {
			.type = EVENT_mutex_lock,
			.pid = INT32_MIN,
			.tid = INT32_MAX,
			.time_ns = numbers[i],
			.value = numbers[i],
			.object = UINT64_MAX,
			.stack = (uint64_t)numbers[i],
			.site = (uint64_t)numbers[i],
		};
		assert_round_trip(&event);
	}
}
END_TEST

START_TEST(every_byte_comes_back)
{
	char text[256];

	for (int c = 1; c < 256; c++)
		text[c - 1] = (char)c;
	text[255] = '\0';
	assert_round_trip(&(struct event){
		.type = EVENT_process_module, .text = text, .build_id = text + 100 });
}
END_TEST

START_TEST(long_text_and_frames_come_back)
{
	size_t size = 100000;
	cleanup_free char *text = malloc(size);
	cleanup_free uint64_t *frames = calloc(size, sizeof(*frames));

	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(frames);
	memset(text, '\x80', size - 1);
	text[size - 1] = '\0';
	assert_round_trip(&(struct event){ .type = EVENT_object_name, .text = text });
	for (size_t i = 0; i < size; i++)
		frames[i] = i * UINT64_C(0x123456789abc);
	assert_round_trip(&(struct event){
		.type = EVENT_process_stack, .frames = frames, .frame_count = size });
}
END_TEST

START_TEST(prints_as_promised)
{
	static const uint64_t frames[] = { 0, 16, UINT64_MAX };
	cleanup_free char *lock = printed(&(struct event){ .type = EVENT_mutex_lock,
							   .pid = 4242,
							   .tid = 4243,
							   .time_ns = 12000000345,
							   .object = 0x5580,
							   .value = -22,
							   .site = 0x4011d6 });
	cleanup_free char *unlock = printed(&(struct event){ .type = EVENT_mutex_unlock });
	cleanup_free char *module = printed(&(struct event){ .type = EVENT_process_module,
							     .time_ns = -1,
							     .other = 10,
							     .text = "a \"b\" \\ \n\t\x1b\x7f\xc3",
							     .build_id = "" });
	cleanup_free char *stack = printed(
		&(struct event){ .type = EVENT_process_stack, .frames = frames, .frame_count = 3 });

	ck_assert_str_eq(
		lock, "12.000000345 4242/4243 mutex_lock object=0x5580 value=-22 site=0x4011d6\n");
	ck_assert_str_eq(unlock, "0.000000000 0/0 mutex_unlock\n");
	ck_assert_str_eq(module, "-0.000000001 0/0 process_module other=0xa "
				 "text=\"a \\\"b\\\" \\\\ \\n\\t\\x1b\\x7f\\xc3\"\n");
	ck_assert_str_eq(stack,
			 "0.000000000 0/0 process_stack frames=0x0,0x10,0xffffffffffffffff\n");
}
END_TEST

START_TEST(prints_only_what_the_shape_carries)
{
	static const uint64_t frames[] = { 1 };
	cleanup_free char *line = printed(&(struct event){ .type = EVENT_mutex_unlock,
							   .object = 1,
							   .other = 2,
							   .value = 3,
							   .stack = 4,
							   .text = "five",
							   .build_id = "six",
							   .frames = frames,
							   .frame_count = 1 });

	ck_assert_str_eq(line, "0.000000000 0/0 mutex_unlock object=0x1 stack=0x4\n");
}
END_TEST

static const struct accepted {
	const char *line;
	int64_t time_ns;
	uint64_t object;
	int64_t value;
	const char *text;
} accepted[] = {
	{ "1.5 1/2 mutex_lock", 1500000000, 0, 0, NULL },
	{ "  1.000000005\t1/2  mutex_lock   value=7 object=12 \r", 1000000005, 12, 7, NULL },
	{ "0.0 1/2 mutex_lock site=0x1 stack=0xF object=0xaBc value=-0x10", 0, 0xabc, -16, NULL },
	{ "1.1 1/2 object_name", 1100000000, 0, 0, "" },
	{ "1.1 1/2 object_name text=\"\"", 1100000000, 0, 0, "" },
	{ "1.1 1/2 object_name text=\"a = b # c\" object=3", 1100000000, 3, 0, "a = b # c" },
	{ "1.1 1/2 object_name text=\"\xc3\xa4\\xC3\\xa4\"", 1100000000, 0, 0, "\xc3\xa4\xc3\xa4" },
	{ "9223372036.854775807 1/2 mutex_unlock", INT64_MAX, 0, 0, NULL },
	{ "-9223372036.854775808 1/2 mutex_unlock", INT64_MIN, 0, 0, NULL },
};

START_TEST(accepts)
{
	const struct accepted *row = &accepted[_i];
	struct event event;
	struct error err;
	int code = parse(row->line, &event, &err);

	ck_assert_msg(code == 1, "%s: %s", row->line, code < 0 ? err.text : "no event");
	ck_assert_int_eq(event.pid, 1);
	ck_assert_int_eq(event.tid, 2);
	ck_assert_int_eq(event.time_ns, row->time_ns);
	ck_assert_uint_eq(event.object, row->object);
	ck_assert_int_eq(event.value, row->value);
	ck_assert_pstr_eq(event.text, row->text);
}
END_TEST

static const struct refused {
	const char *line;
	const char *sentence;
} refused[] = {
	{ "x", "'x' is not a time like 12.000000345" },
	{ "1 1/2 mutex_lock", "'1' is not a time like 12.000000345" },
	{ "1. 1/2 mutex_lock", "'1.' is not a time like 12.000000345" },
	{ ".1 1/2 mutex_lock", "'.1' is not a time like 12.000000345" },
	{ "1.0000000001 1/2 mutex_lock", "'1.0000000001' is not a time like 12.000000345" },
	{ "9223372036.854775808 1/2 mutex_unlock",
	  "'9223372036.854775808' is not a time like 12.000000345" },
	{ "99999999999999999999.1 1/2 mutex_unlock",
	  "'99999999999999999999.1' is not a time like 12.000000345" },
	{ "+1.0 1/2 mutex_unlock", "'+1.0' is not a time like 12.000000345" },
	{ "1.0", "'' is not a process and thread like 42/43" },
	{ "1.0 12 mutex_lock", "'12' is not a process and thread like 42/43" },
	{ "1.0 12/ mutex_lock", "'12/' is not a process and thread like 42/43" },
	{ "1.0 1/2147483648 mutex_lock", "'1/2147483648' is not a process and thread like 42/43" },
	{ "1.0 0x1/2 mutex_lock", "'0x1/2' is not a process and thread like 42/43" },
	{ "1.0 1/2", "unknown event ''" },
	{ "1.0 1/2 mutex_loc", "unknown event 'mutex_loc'" },
	{ "1.0 1/2 mutex_lock\x1b[2Jand so on and so on and so on and so on",
	  "unknown event 'mutex_lock?[2Jand'" },
	{ "1.0 1/2 mutex_lockaaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee",
	  "unknown event 'mutex_lockaaaaaaaaaabbbbbbbbbbccccccccccdddd...'" },
	{ "1.0 1/2 mutex_lock object", "'object' is not a field like name=value" },
	{ "1.0 1/2 mutex_lock object=", "'object' is not a number: ''" },
	{ "1.0 1/2 mutex_lock object= value=1", "'object' is not a number: ''" },
	{ "1.0 1/2 mutex_lock object=-1", "'object' is not a number: '-1'" },
	{ "1.0 1/2 mutex_lock object=0x", "'object' is not a number: '0x'" },
	{ "1.0 1/2 mutex_lock object=0x10000000000000000",
	  "'object' is not a number: '0x10000000000000000'" },
	{ "1.0 1/2 mutex_lock value=ten", "'value' is not a number: 'ten'" },
	{ "1.0 1/2 mutex_lock value=9223372036854775808",
	  "'value' is not a number: '9223372036854775808'" },
	{ "1.0 1/2 mutex_lock value=1 object=2 value=1", "field 'value' given twice" },
	{ "1.0 1/2 mutex_lock site=1 site=1", "field 'site' given twice" },
	{ "1.0 1/2 mutex_unlock value=1", "event 'mutex_unlock' has no field 'value'" },
	{ "1.0 1/2 mutex_unlock colour=1", "event 'mutex_unlock' has no field 'colour'" },
	{ "1.0 1/2 mutex_unlock =1", "event 'mutex_unlock' has no field ''" },
	{ "1.0 1/2 object_name text=", "'text' is not in double quotes" },
	{ "1.0 1/2 object_name text=a", "'text' is not in double quotes" },
	{ "1.0 1/2 object_name text=\"", "'text' has no closing quote" },
	{ "1.0 1/2 object_name text=\"a\\\"", "'text' has no closing quote" },
	{ "1.0 1/2 object_name text=\"a\"object=1", "no blank behind 'text'" },
	{ "1.0 1/2 object_name text=\"\\q\"", "'text' has a bad escape" },
	{ "1.0 1/2 object_name text=\"\\x0\"", "'text' has a bad escape" },
	{ "1.0 1/2 object_name text=\"\\x00\"", "'text' has a bad escape" },
	{ "1.0 1/2 object_name text=\"\\x", "'text' has a bad escape" },
	{ "1.0 1/2 object_name text=\"\\", "'text' has a bad escape" },
	{ "1.0 1/2 object_name text=\"a\tb\"", "'text' has a control character" },
	{ "1.0 1/2 process_stack frames=", "'' is not a list of frames" },
	{ "1.0 1/2 process_stack frames=,", "',' is not a list of frames" },
	{ "1.0 1/2 process_stack frames=1,2,", "'1,2,' is not a list of frames" },
	{ "1.0 1/2 process_stack frames=1,,2", "'1,,2' is not a list of frames" },
};

START_TEST(refuses)
{
	struct event event;
	struct error err = { "" };

	ck_assert_int_eq(parse(refused[_i].line, &event, &err), -EINVAL);
	ck_assert_str_eq(err.text, refused[_i].sentence);
}
END_TEST

START_TEST(refuses_a_zero_byte)
{
	static const char line[] = "1.0 1/2 object_name text=\"a\0b\"";
	struct event event;
	struct error err;

	ck_assert_int_eq(event_parse(line, sizeof(line) - 1, &event, &buffer, &err), -EINVAL);
	ck_assert_str_eq(err.text, "'text' has a control character");
}
END_TEST

START_TEST(passes_over_blanks_and_comments)
{
	static const char *const lines[] = { "", "   ", "\t\r", "#", "# 1.0 1/2 x", "  # indented" };
	struct event event;
	struct error err;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_int_eq(parse(lines[i], &event, &err), 0);
	ck_assert_int_eq(event_parse("x", 0, &event, &buffer, &err), 0);
}
END_TEST

START_TEST(names_lead_back_to_types)
{
	const struct event_info *info = event_info((enum event_type)_i);

	ck_assert_int_eq(event_type_by_name(info->name, strlen(info->name)), _i);
	ck_assert_int_eq(event_type_by_name(info->name, strlen(info->name) - 1), -1);
	ck_assert_uint_gt(strlen(info->meaning), 0);
	ck_assert_uint_gt(strlen(event_object_name(info->object)), 0);
	ck_assert_int_lt(info->operation, OPERATION_COUNT);
}
END_TEST

START_TEST(tables_say_what_the_rows_say)
{
	const struct event_info *info = event_info(EVENT_cond_wait_begin);

	ck_assert_str_eq(info->name, "cond_wait_begin");
	ck_assert_str_eq(info->shape, "paired");
	ck_assert_int_eq(info->object, OBJECT_COND);
	ck_assert_int_eq(info->operation, OPERATION_WAIT_BEGIN);
	ck_assert(!info->is_tool_event);
	ck_assert(event_info(EVENT_recording_end)->is_tool_event);
	ck_assert(event_fields(EVENT_cond_wait_begin)->other);
	ck_assert(!event_fields(EVENT_cond_wait_begin)->text);
	ck_assert(event_fields(EVENT_process_stack)->frames);
	ck_assert_str_eq(event_object_name(OBJECT_COND), "condition");
	ck_assert_int_eq(event_type_by_name("", 0), -1);
}
END_TEST

Suite *suite_event(void)
{
	Suite *suite = suite_create("event");
	TCase *text = tcase_create("text");
	TCase *tables = tcase_create("tables");

	tcase_add_checked_fixture(text, NULL, buffer_teardown);
	tcase_add_loop_test(text, every_type_comes_back, 0, EVENT_COUNT);
	tcase_add_test(text, extremes_come_back);
	tcase_add_test(text, every_byte_comes_back);
	tcase_add_test(text, long_text_and_frames_come_back);
	tcase_add_test(text, prints_as_promised);
	tcase_add_test(text, prints_only_what_the_shape_carries);
	tcase_add_loop_test(text, accepts, 0, sizeof(accepted) / sizeof(accepted[0]));
	tcase_add_loop_test(text, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(text, refuses_a_zero_byte);
	tcase_add_test(text, passes_over_blanks_and_comments);
	suite_add_tcase(suite, text);
	tcase_add_loop_test(tables, names_lead_back_to_types, 0, EVENT_COUNT);
	tcase_add_test(tables, tables_say_what_the_rows_say);
	suite_add_tcase(suite, tables);
	return suite;
}
