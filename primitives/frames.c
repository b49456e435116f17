/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks in local variables and waits that were left: which ones are over. */
#include "primitives/frames.h"

#include <string.h>

bool frames_never_quiet;

void frames_settle(struct frames *frames)
{
	uintptr_t quiet = UINTPTR_MAX;

	if (frames->object_count)
		quiet = frames->objects[frames->object_count - 1];
	if (frames->wait_count && frames_wait(frames)->frame <= quiet)
		quiet = frames_wait(frames)->frame - 1;
	frames->quiet = frames_never_quiet ? 0 : quiet;
}

bool frames_left_wait(struct frames *frames, uintptr_t frame)
{
	if (!frames->wait_count)
		return false;
	uintptr_t wait = frames_wait(frames)->frame;

	/*
	 * In a frame that is still there, as far as can be told: what is called from further
	 * down than the wait was may be a signal handler. One on another stack was
	 * left, or the thread could not be on its own.
	 */
	if (frames_is_own(frames, wait) && wait > frame)
		return false;
	frames->wait_count--;
	return true;
}

bool frames_left_object(struct frames *frames, uintptr_t frame, uint64_t *object)
{
	if (!frames->object_count || frames->objects[frames->object_count - 1] >= frame)
		return false;
	*object = frames->objects[--frames->object_count];
	return true;
}

void frames_note_object(struct frames *frames, uint64_t object, uintptr_t frame)
{
	unsigned at = frames->object_count;

	if (object < frame || !frames_is_own(frames, object) || !frames_is_own(frames, frame))
		return;
	while (at && frames->objects[at - 1] < object)
		at--;
	if ((at && frames->objects[at - 1] == object) || frames->object_count == FRAMES_OBJECTS_MAX)
		return;
	memmove(&frames->objects[at + 1], &frames->objects[at],
		(frames->object_count - at) * sizeof(frames->objects[0]));
	frames->objects[at] = object;
	frames->object_count++;
}

void frames_begin_wait(struct frames *frames, const struct frames_wait *wait)
{
	if (frames->wait_count < FRAMES_WAITS_MAX)
		frames->waits[frames->wait_count++] = *wait;
}

void frames_end_wait(struct frames *frames, uintptr_t frame)
{
	unsigned at = frames->wait_count;

	while (at && frames->waits[at - 1].frame != frame)
		at--;
	/* Those that began later were left. */
	if (at)
		frames->wait_count = at - 1;
}
