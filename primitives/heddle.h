/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program may tell heddle. Nothing needs to be linked for it. */
#ifndef HEDDLE_H
#define HEDDLE_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Give an object (a mutex, a condition) the name that reports shall use. name is copied. To be
 * called by any thread, after the object's initialisation; a later name replaces an earlier one.
 * The symbol is weak: without heddle's preload library it is NULL, so test it:
 *
 *	if (heddle_name)
 *		heddle_name(&bank->lock, "bank");
 */
void heddle_name(const void *object, const char *name) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
