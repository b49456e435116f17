/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that recorder, reader and traced program agree on. */
#ifndef LIBTRACE_RECORDING_H
#define LIBTRACE_RECORDING_H

/* In a recording directory. */
#define RECORDING_CTF "ctf"	       /* LTTng's output */
#define RECORDING_NOTES "recorder.txt" /* text events of the recorder itself */
#define RECORDING_BUFFERS "buffers"    /* see arena.h; removed when all of it is in the trace */

/* LTTng names. */
#define RECORDING_PROVIDER "heddle"
#define RECORDING_CHANNEL "heddle"

/*
 * The environment of the traced program.
 * HEDDLE_RUN: number of the recording (unsigned 64 bit, decimal, not 0), which
 *	each event carries as its field `run`; a recording in a daemon that
 *	others use too keeps only its own. 0 where not set.
 * HEDDLE_BUFFERS: path of the recording's buffers (arena.h); what threads do is packed
 *	into them, and LTTng is not loaded. Where not set, each operation is a tracepoint.
 * HEDDLE_PROVIDER: path of the provider library; "none" loads none. Where not set
 *	it is looked for beside the preload library.
 * HEDDLE_STACKS: frames per call stack, 0 none, ",all" after it: with every operation; default
 *	RECORDING_STACK_FRAMES. Where HEDDLE_BUFFERS is set, these say so.
 * HEDDLE_NOISE: a seed (unsigned 32 bit, decimal): threads pause around what they do with locks. Where
 *	not set they do not.
 */
#define RECORDING_RUN_VARIABLE "HEDDLE_RUN"
#define RECORDING_BUFFERS_VARIABLE "HEDDLE_BUFFERS"
#define RECORDING_PROVIDER_VARIABLE "HEDDLE_PROVIDER"
#define RECORDING_STACKS_VARIABLE "HEDDLE_STACKS"
#define RECORDING_NOISE_VARIABLE "HEDDLE_NOISE"
#define RECORDING_STACKS_ALL ",all"
#define RECORDING_STACK_FRAMES 16
#define RECORDING_STACK_FRAMES_MAX 64

/* File names of the two libraries. */
#define RECORDING_PRELOAD_LIBRARY "libheddle-preload.so"
#define RECORDING_PROVIDER_LIBRARY "libheddle-provider.so"

#endif
