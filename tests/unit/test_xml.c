/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writer of XML: form, and strings of any kind. */
#include "analyzer/xml.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* Behind the project's headers: Check has a macro of the name fail. */
#include <check.h>

Suite *suite_xml(void);

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

struct document {
	struct xml xml;
	char *text;
	size_t size;
};

static void start(struct document *document)
{
	xml_init(&document->xml, open_memstream(&document->text, &document->size));
}

static void check(struct document *document, const char *expected)
{
	fclose(document->xml.out);
	ck_assert_str_eq(document->text, expected);
	free(document->text);
}

START_TEST(elements_nest)
{
	struct document document;
	struct xml *xml = &document.xml;

	start(&document);
	xml_begin(xml, "a");
	xml_attribute_number(xml, "n", UINT64_MAX);
	xml_begin(xml, "b");
	xml_end(xml);
	xml_begin(xml, "c");
	xml_attribute(xml, "x", "1");
	xml_text(xml, "some ");
	xml_text(xml, "text");
	xml_end(xml);
	xml_begin(xml, "d");
	xml_text(xml, "");
	xml_end(xml);
	xml_end(xml);
	check(&document, DECLARATION "<a n=\"18446744073709551615\">\n"
				     "  <b/>\n"
				     "  <c x=\"1\">some text</c>\n"
				     "  <d></d>\n"
				     "</a>\n");
}
END_TEST

/* What text and attribute become. */
static void escapes(const char *given, const char *text, const char *attribute)
{
	g_autofree char *expected =
		g_strdup_printf(DECLARATION "<a x=\"%s\">%s</a>\n", attribute, text);
	struct document document;

	start(&document);
	xml_begin(&document.xml, "a");
	xml_attribute(&document.xml, "x", given);
	xml_text(&document.xml, given);
	xml_end(&document.xml);
	check(&document, expected);
}

START_TEST(strings_are_escaped)
{
	escapes("a & b", "a &#38; b", "a &#38; b");
	escapes("]]><![CDATA[</a>", "]]&#62;&#60;![CDATA[&#60;/a&#62;",
		"]]&#62;&#60;![CDATA[&#60;/a&#62;");
	escapes("\"'", "\"'", "&#34;'");
	escapes("a\n\tb\r", "a\n\tb&#13;", "a&#10;&#9;b&#13;");
	escapes("&amp;#0;", "&#38;amp;#0;", "&#38;amp;#0;");
	escapes("\xc3\xa9\xf0\x9f\x94\x92", "\xc3\xa9\xf0\x9f\x94\x92", "\xc3\xa9\xf0\x9f\x94\x92");
}
END_TEST

#define BAD "\xef\xbf\xbd"

START_TEST(what_xml_forbids_is_replaced)
{
	static const char *const bad[] = {
		"\x01", "\x08", "\x0b",	    "\x0c",	    "\x1b",	    "\x1f",
		"\x7f", "\xff", "\xc2\x9b", "\xef\xbf\xbe", "\xef\xbf\xbf",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		escapes(bad[i], BAD, BAD);
	/* An overlong slash, and half a surrogate pair. */
	escapes("\xc0\xaf", BAD BAD, BAD BAD);
	escapes("\xed\xa0\x80", BAD BAD BAD, BAD BAD BAD);
}
END_TEST

Suite *suite_xml(void)
{
	Suite *suite = suite_create("xml");
	TCase *tests = tcase_create("xml");

	tcase_add_test(tests, elements_nest);
	tcase_add_test(tests, strings_are_escaped);
	tcase_add_test(tests, what_xml_forbids_is_replaced);
	suite_add_tcase(suite, tests);
	return suite;
}
