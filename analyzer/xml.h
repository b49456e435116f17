/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A streaming writer of XML 1.0: what is written is well-formed whatever strings come. Bytes that are not
 * UTF-8, and characters that XML forbids, become U+FFFD. Errors stay in the stream: the caller asks
 * ferror().
 */
#ifndef ANALYZER_XML_H
#define ANALYZER_XML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define XML_DEPTH_MAX 8

/* Lives in the caller's frame; nothing is to be freed. */
struct xml {
	FILE *out; /* Weak */
	unsigned depth;
	const char *names[XML_DEPTH_MAX]; /* Weak: of the elements that are open */
	bool is_tag_open, has_text;	  /* of the innermost one */
};

/* Writes the declaration. */
void xml_init(struct xml *xml, FILE *out);

/* name is an XML name and outlives the element; at most XML_DEPTH_MAX are open at a time. */
void xml_begin(struct xml *xml, const char *name);
void xml_end(struct xml *xml);

/* Of the element that has just begun. value may not be NULL. */
void xml_attribute(struct xml *xml, const char *name, const char *value);
void xml_attribute_number(struct xml *xml, const char *name, uint64_t value);

/* Within the innermost element, which then is not indented. */
void xml_text(struct xml *xml, const char *text);

#endif
