/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library tells heddle's preload library, where that is there: one event an operation, with
 * the place in the program. Acquires are told after they happened, releases before.
 */
#ifndef NATIVE_TELL_H
#define NATIVE_TELL_H

#include "native/watch.h"
#include "native/word.h"
#include "primitives/native.h"

/* NULL: there is none, or of another version. Set before main, and never changed. */
extern const struct native_recorder *tell_recorder;

/* In a function that the program calls: where it does. */
#define HERE ((struct native_site){ __builtin_return_address(0), __builtin_dwarf_cfa() })
#define NOWHERE ((struct native_site){ NULL, NULL })

static inline bool tell_is_on(void)
{
	return __builtin_expect(tell_recorder != NULL, 0);
}

static inline void tell(enum event_type type, const void *object, struct native_site at)
{
	if (tell_is_on())
		tell_recorder->tell(type, object, at);
}

/* error: as the library returns it, 0 or below. */
void tell_result(enum event_type type, const void *object, int error, struct native_site at);
void tell_all(enum event_type type, const void *object, const void *other, int64_t value,
	      const char *text, struct native_site at);

/* An object of the program, for its birth: *told is 0 before. */
struct tell_object {
	enum event_type type;
	enum native_kind kind;
	const void *object;
	uint32_t *told;
	const char *name;
	int64_t value;
};

/* It is made. */
void tell_made(const struct tell_object *object, struct native_site at);
/* It is used, and perhaps nobody has told of it yet. */
void tell_used(const struct tell_object *object, struct native_site at);

/* A call on it was refused, as misuse; returns error. */
int tell_refused(const void *object, int error, struct native_site at);
/* A destruction that was told did not happen. Returns error. */
int tell_kept(const void *object, int error, struct native_site at);

void tell_wait_begin(struct native_wait *wait, enum event_type type, const void *object,
		     const void *other, struct native_site at);
void tell_wait_end(struct native_wait *wait, enum event_type type, const void *object,
		   const void *other, int error);

#endif
