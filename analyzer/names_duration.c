/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for times. */
#include <inttypes.h>

#include "analyzer/names.h"

/* Three digits, or NULL where ns takes more in this unit. */
static const char *scaled(struct report *report, const char *sign, uint64_t ns, uint64_t unit_ns,
			  const char *unit)
{
	uint64_t digits[] = { 100, 10, 1 };

	for (unsigned i = 0; i < G_N_ELEMENTS(digits); i++) {
		uint64_t last_ns = unit_ns / digits[i];
		uint64_t value = (ns + last_ns / 2) / last_ns;
		if (value >= 1000)
			continue;
		if (digits[i] == 1)
			return report_format(report, "%s%" PRIu64 " %s", sign, value, unit);
		return report_format(report, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign,
				     value / digits[i], i == 0 ? 2 : 1, value % digits[i], unit);
	}
	return NULL;
}

const char *names_duration(struct names *names, int64_t ns)
{
	struct report *report = names_report(names);
	const char *sign = ns < 0 ? "-" : "";
	uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t seconds = size / 1000000000;
	const char *text = NULL;

	if (size < 1000)
		return report_format(report, "%s%" PRIu64 " ns", sign, size);
	if (seconds >= 7200)
		return report_format(report, "%s%" PRIu64 " h %" PRIu64 " min", sign,
				     seconds / 3600, seconds / 60 % 60);
	if (seconds >= 120)
		return report_format(report, "%s%" PRIu64 " min %" PRIu64 " s", sign, seconds / 60,
				     seconds % 60);
	text = scaled(report, sign, size, 1000, "us");
	if (!text)
		text = scaled(report, sign, size, 1000000, "ms");
	return text ? text : scaled(report, sign, size, 1000000000, "s");
}
