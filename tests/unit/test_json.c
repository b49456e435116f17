/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON writer and the UTF-8 below it. */
#include <check.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/json.h"
#include "analyzer/utf8.h"

Suite *suite_json(void);

struct sink {
	struct json json;
	char *text;
	size_t size;
};

static void sink_open(struct sink *sink)
{
	json_init(&sink->json, open_memstream(&sink->text, &sink->size));
}

static void sink_check(struct sink *sink, const char *expected)
{
	fclose(sink->json.out);
	ck_assert_str_eq(sink->text, expected);
	free(sink->text);
}

static void check_string(const char *value, const char *expected)
{
	struct sink sink;

	sink_open(&sink);
	json_string(&sink.json, NULL, value);
	sink_check(&sink, expected);
}

START_TEST(values_and_nesting)
{
	struct sink sink;

	sink_open(&sink);
	json_object_begin(&sink.json, NULL);
	json_signed(&sink.json, "low", INT64_MIN);
	json_unsigned(&sink.json, "high", UINT64_MAX);
	json_array_begin(&sink.json, "list");
	json_boolean(&sink.json, NULL, true);
	json_boolean(&sink.json, NULL, false);
	json_null(&sink.json, NULL);
	json_array_end(&sink.json);
	json_array_begin(&sink.json, "empty");
	json_array_end(&sink.json);
	json_object_begin(&sink.json, "none");
	json_object_end(&sink.json);
	json_string(&sink.json, "last", NULL);
	json_object_end(&sink.json);
	sink_check(&sink, "{\n"
			  "  \"low\": -9223372036854775808,\n"
			  "  \"high\": 18446744073709551615,\n"
			  "  \"list\": [\n    true,\n    false,\n    null\n  ],\n"
			  "  \"empty\": [],\n"
			  "  \"none\": {},\n"
			  "  \"last\": null\n"
			  "}\n");
}
END_TEST

START_TEST(deepest_nesting)
{
	struct sink sink;
	int brackets = 0;

	sink_open(&sink);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_array_begin(&sink.json, NULL);
	for (int i = 0; i < JSON_DEPTH_MAX; i++) {
		json_array_end(&sink.json);
		if (i < JSON_DEPTH_MAX - 1)
			json_signed(&sink.json, NULL, i);
	}
	fclose(sink.json.out);
	for (const char *at = sink.text; *at; at++)
		brackets += (*at == '[') - (*at == ']');
	ck_assert_int_eq(brackets, 0);
	ck_assert_ptr_nonnull(strstr(sink.text, "],\n"));
	free(sink.text);
}
END_TEST

START_TEST(strings_are_escaped)
{
	check_string("", "\"\"");
	check_string("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	check_string("\n\t\r\b\x01\x1f\x7f", "\"\\n\\t\\u000d\\u0008\\u0001\\u001f\\u007f\"");
	check_string("</script>", "\"\\u003c/script>\"");
	check_string("\xc2\x80\xe2\x80\xa8\xe2\x80\xa9", "\"\\u0080\\u2028\\u2029\"");
	check_string("gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\xa7\xb5",
		     "\"gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\xa7\xb5\"");
}
END_TEST

START_TEST(bad_utf8_is_replaced)
{
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0", "\xc3", "\xe2\x82", "\xf0\x9f\xa7", "\xf8", "\xfe", "\xff",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		struct sink sink;

		sink_open(&sink);
		json_string(&sink.json, NULL, bad[i]);
		fclose(sink.json.out);
		ck_assert(g_str_has_prefix(sink.text, "\"" UTF8_REPLACEMENT));
		ck_assert(g_utf8_validate(sink.text, -1, NULL));
		free(sink.text);
	}
	/* Overlong, a surrogate, above U+10FFFF: each byte on its own. */
	check_string("\xc0\xaf", "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT "\"");
	check_string("\xed\xa0\x80", "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT "\"");
	check_string("\xf4\x90\x80\x80",
		     "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT "\"");
	/* What follows a cut sequence is not swallowed. */
	check_string("\xe2\x82\"", "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT "\\\"\"");
}
END_TEST

START_TEST(keys_are_escaped_too)
{
	struct sink sink;

	sink_open(&sink);
	json_object_begin(&sink.json, NULL);
	json_signed(&sink.json, "a\"\xff", 1);
	json_object_end(&sink.json);
	sink_check(&sink, "{\n  \"a\\\"" UTF8_REPLACEMENT "\": 1\n}\n");
}
END_TEST

/* Every byte and every pair of bytes gives one line of valid UTF-8 between quotes. */
START_TEST(all_pairs_of_bytes)
{
	for (int pair = 0x100; pair < 0x10000; pair++) {
		const char value[] = { (char)(pair >> 8), (char)pair, '\0' };
		struct sink sink;

		sink_open(&sink);
		json_string(&sink.json, NULL, value);
		fclose(sink.json.out);
		ck_assert(g_utf8_validate(sink.text, (gssize)sink.size, NULL));
		ck_assert_int_eq(sink.text[sink.size - 1], '"');
		for (size_t i = 0; i < sink.size; i++)
			ck_assert_uint_ge((unsigned char)sink.text[i], 0x20);
		free(sink.text);
	}
}
END_TEST

/* GLib's decoder as the second opinion on every character there is. */
START_TEST(utf8_agrees_with_glib)
{
	for (int32_t rune = 1; rune <= 0x10ffff; rune++) {
		char text[8] = "";
		int32_t seen;

		g_unichar_to_utf8((gunichar)rune, text);
		size_t length = utf8_next(text, &seen);
		if (rune >= 0xd800 && rune <= 0xdfff)
			ck_assert_int_eq(seen, -1);
		else
			ck_assert_msg(seen == rune && length == strlen(text), "U+%04X", rune);
	}
}
END_TEST

Suite *suite_json(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");

	tcase_add_test(tests, values_and_nesting);
	tcase_add_test(tests, deepest_nesting);
	tcase_add_test(tests, strings_are_escaped);
	tcase_add_test(tests, bad_utf8_is_replaced);
	tcase_add_test(tests, keys_are_escaped_too);
	tcase_add_test(tests, all_pairs_of_bytes);
	tcase_add_test(tests, utf8_agrees_with_glib);
	suite_add_tcase(suite, tests);
	return suite;
}
