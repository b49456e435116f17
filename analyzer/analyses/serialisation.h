/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the analysis of serialisation has counted; between its two files only. */
#ifndef ANALYZER_ANALYSES_SERIALISATION_H
#define ANALYZER_ANALYSES_SERIALISATION_H

#include "analyzer/address_table.h"
#include "analyzer/analyses/placetable.h"
#include "analyzer/analysis.h"

/* Shares are kept in parts of a nanosecond: 1 << this are one. */
#define SERIAL_SHIFT 12

/* Shares and time alone of a process since its start: what each active thread has got so far. */
struct serial_clock {
	uint64_t share; /* parts of a ns */
	uint64_t alone_ns;
};

struct serial_process {
	int64_t since_ns; /* up to then clock and the sums are reckoned */
	unsigned active;  /* threads that run */
	struct serial_clock clock;
	uint64_t running_ns, idle_ns; /* with some thread running, and with none */
};

/* What a thread did behind one place, until its next traced call at another one. */
struct serial_cell {
	const struct thread *thread; /* Weak; NULL: of threads and places that are one too many */
	uint32_t place;		     /* of placetable; 0 its start */
	struct serial_clock got;
};

#define SERIAL_RECENT 8

struct serial_thread {
	struct serial_process *process; /* NULL: nothing seen of it yet */
	bool is_active;
	uint32_t cell;
	uint64_t site, stack;	  /* of cell */
	struct serial_clock mark; /* what it has up to here is in its cells */
	struct serial_recent {
		uint64_t site, stack;
		uint32_t cell; /* index + 1, 0 none */
	} recent[SERIAL_RECENT];
};

struct serial_state {
	GPtrArray *processes; /* struct serial_process by index, NULL none. Owned by this */
	struct serial_thread *threads; /* by id. Owned by this */
	unsigned thread_count;
	GArray *cells; /* struct serial_cell; the first is of what is one too many */
	struct address_table cells_by_key;
	struct placetable places;
};

/* Put it into report. */
void serialisation_report(const struct serial_state *state, const struct model *model,
			  struct names *names, struct report *report);

#endif
