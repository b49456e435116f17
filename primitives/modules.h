/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files mapped into the process: tells of each in a process_module event when
 * an address of it is first used in the trace, and knows the tracer's own.
 *
 * No lock, no heap; every function may be called at any time, modules_note() from
 * signal handlers too.
 */
#ifndef PRIMITIVES_MODULES_H
#define PRIMITIVES_MODULES_H

#include <stdbool.h>
#include <stdint.h>

/* Remember where the tracer's libraries lie, as far as they are loaded now. */
void modules_find_tracer(void);
bool modules_is_tracer(uint64_t address);

/* Emit the module that holds address, unless that was done. From within an emission. */
void modules_note(uint64_t address);

/* An address inside the program's own file. */
uint64_t modules_program(void);

/* The child of a fork has told nothing yet. */
void modules_after_fork(void);

#endif
