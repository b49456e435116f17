/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which locks the calling thread holds, as far as noise needs to know it. */
#ifndef PRIMITIVES_NOISE_HELD_H
#define PRIMITIVES_NOISE_HELD_H

/* From now on the real functions of locks also remember what is held, in wrap_thread.noise. */
void noise_held_load(void);

#endif
