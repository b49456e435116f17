/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Descriptors closed by the range. LTTng's liblttng-ust-fd.so keeps the tracer's own ones open when a
 * program closes them one by one; of these calls it does not know, and what the tracer then
 * does ends the process. So the descriptors in the range are closed one by one.
 */
#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "primitives/plain.h"
#include "primitives/process.h"
#include "primitives/wrap.h"

/* What getdents64() gives; libc's headers do not have it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

struct range {
	unsigned first, last;
};

static bool range_has(const struct range *range, unsigned number)
{
	return number >= range->first && number <= range->last;
}

/* The descriptor that an entry of /proc/self/fd names; UINT_MAX for none. */
static unsigned descriptor_of(const char *name)
{
	unsigned number = 0;

	if (!*name)
		return UINT_MAX;
	for (; *name >= '0' && *name <= '9'; name++)
		number = number * 10 + (unsigned)(*name - '0');
	return *name ? UINT_MAX : number;
}

/* close() is liblttng-ust-fd.so's, where that is loaded. */
static void close_listed(const struct range *range, const char *entries, long size, int folder)
{
	for (long at = 0; at < size;) {
		const struct entry *entry = (const void *)(entries + at);
		unsigned number = descriptor_of(entry->name);

		if (number <= INT_MAX && (int)number != folder && range_has(range, number))
			close((int)number);
		at += entry->size;
	}
}

static void close_all(const struct range *range)
{
	_Alignas(struct entry) char entries[1024];
	struct rlimit limit;
	int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long size;

	if (folder >= 0) {
		while ((size = real.syscall(SYS_getdents64, folder, entries, sizeof(entries))) > 0)
			close_listed(range, entries, size, folder);
		close(folder);
		return;
	}
	/* Without /proc: each number that there may be. */
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
		limit.rlim_cur = INT_MAX;
	for (unsigned i = range->first; i < limit.rlim_cur && i <= range->last; i++)
		close((int)i);
}

/* Is there a tracer in this process whose descriptors must stay? Makes the real functions known. */
static bool has_tracer(void)
{
	wrap_resolve();
	return plain_is_loaded() && !process_is_vfork_child();
}

PUBLIC int close_range(unsigned first, unsigned last, int flags)
{
	struct range range = { first, last };
	int saved_errno = errno;

	if (!has_tracer() || flags || first > last)
		return real.close_range(first, last, flags);
	close_all(&range);
	errno = saved_errno;
	return 0;
}

PUBLIC void closefrom(int first)
{
	struct range range = { first > 0 ? (unsigned)first : 0, UINT_MAX };
	int saved_errno = errno;

	if (!has_tracer()) {
		real.closefrom(first);
		return;
	}
	close_all(&range);
	errno = saved_errno;
}
