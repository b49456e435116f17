/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A baseline: the findings that are known, as a file that heddle writes. Behind its first line,
 * heddle-baseline/1, each line is FINGERPRINT RULE TEXT, in the order of rule and text; empty
 * lines and those that begin with # say nothing. The text is for people.
 */
#ifndef ANALYZER_BASELINE_H
#define ANALYZER_BASELINE_H

#include "analyzer/report.h"
#include "libtrace/error.h"

struct baseline_entry {
	char *fingerprint, *rule, *text;
	bool is_seen; /* in this run */
};

struct baseline {
	GHashTable *entries; /* fingerprint and rule, as in baseline_find(): struct baseline_entry */
	unsigned refused;    /* entries read that are of rules that no baseline may cover */
};

/* Lives in the caller's frame. */
void baseline_init(struct baseline *baseline);
void baseline_done(struct baseline *baseline);

/* Add what a file holds. A line that is not as above is -EINVAL and a sentence with its number. */
int baseline_read(struct baseline *baseline, const char *path, struct error *err) MUST_CHECK;

/* The entry of finding, NULL none. */
struct baseline_entry *baseline_find(const struct baseline *baseline,
				     const struct finding *finding);

/* An entry for finding, if there is none, as seen. No entry is made of a hang: NULL. */
struct baseline_entry *baseline_add(struct baseline *baseline, const struct finding *finding);

/* How many entries were not seen. */
unsigned baseline_stale(const struct baseline *baseline);

/* Write it to path, whole or not at all, and without what was not seen where it is pruned. */
int baseline_write(const struct baseline *baseline, const char *path, bool is_pruned,
		   struct error *err) MUST_CHECK;

#endif
