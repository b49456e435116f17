/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program may tell heddle of pthread objects and of itself. Nothing needs to be linked for
 * it: the symbols are weak, and NULL where neither heddle's preload library nor libheddle is there:
 *
 *	if (heddle_name)
 *		heddle_name(&bank->lock, "bank");
 */
#ifndef HEDDLE_PLAIN_H
#define HEDDLE_PLAIN_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Give an object (a mutex, a condition) the name that reports shall use. name is copied. To be
 * called by any thread, after the object's initialisation; a later name replaces an earlier one.
 */
void heddle_name(const void *object, const char *name) __attribute__((weak));

/*
 * Mark this moment with a text, which is copied: the trace has it with the thread, the time and the
 * place, and `heddle dump` prints it. Any thread.
 */
void heddle_mark(const char *text) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
