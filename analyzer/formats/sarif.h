/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a SARIF 2.1.0 document as GitHub's code scanning takes it. The same fault gives the same
 * bytes in each run: no process id, no count, no time; notes that tell a time are left out.
 */
#ifndef ANALYZER_FORMATS_SARIF_H
#define ANALYZER_FORMATS_SARIF_H

#include "analyzer/formats/ci.h"
#include "analyzer/json.h"

/* What GitHub keeps of each; a file with more than ten to 25 times as much is rejected. */
#define SARIF_RESULTS_MAX 5000
#define SARIF_RELATED_MAX 100
#define SARIF_STEPS_MAX 1000

/* Of a description of a rule, in characters. */
#define SARIF_DESCRIPTION_MAX 1024

/* "rules": all of rules.def, in its order, whatever was found. */
void sarif_rules(struct json *json);

/* One element of "results". */
void sarif_result(struct json *json, const struct ci *ci, const struct finding *finding);

/* "codeFlows": a thread flow a thread, that of the main step first. In sarif_flow.c. */
void sarif_flow(struct json *json, const struct ci *ci, const struct finding *finding);

/*
 * A copy of finding whose words have no process ids: processes are told apart by numbers of their own in it,
 * as they come up. In sarif_plain.c. New words belong to strings; the rest is finding's.
 */
struct finding sarif_plain(const struct ci *ci, const struct finding *finding,
			   GStringChunk *strings);
void sarif_plain_done(struct finding *copy);

/* { "text": text } */
void sarif_message(struct json *json, const char *key, const char *text);

/* The members of a location. id: what links in a message call it, 0: nothing. message: NULL none. */
void sarif_location(struct json *json, const struct ci *ci, const struct ci_place *place, guint id,
		    const char *message);

#endif
