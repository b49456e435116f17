/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A streaming writer of JSON: what is written is valid whatever strings come. Commas and indentation
 * follow from the order of the calls. Errors stay in the stream: the caller asks ferror().
 */
#ifndef ANALYZER_JSON_H
#define ANALYZER_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 32

/* Lives in the caller's frame; nothing is to be freed. */
struct json {
	FILE *out;	 /* Weak */
	unsigned depth;	 /* objects and arrays that are open */
	uint32_t filled; /* bit n: level n has a member already */
};

void json_init(struct json *json, FILE *out);

/*
 * key: name of the member in an object, NULL in an array and at the top. Each begin
 * has its end; at most JSON_DEPTH_MAX are open at a time.
 */
void json_object_begin(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_array_begin(struct json *json, const char *key);
void json_array_end(struct json *json);

/* NULL is written as null. Bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);
void json_signed(struct json *json, const char *key, int64_t value);
void json_unsigned(struct json *json, const char *key, uint64_t value);
void json_boolean(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
