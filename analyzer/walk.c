/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call stacks of the stopped threads of another process, by its unwind tables, with libdwfl. */
#include "analyzer/walk.h"

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/clock.h"

struct walk {
	Dwfl *dwfl; /* Owned by this */
};

struct taking {
	uint64_t *frames;
	unsigned count;
	int64_t until_ns;
};

/* What unwinding needs is in the file itself; looking further takes long, and may ask servers. */
static int find_nothing(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word checksum, char **path)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)checksum;
	(void)path;
	return -1;
}

struct walk *walk_new(pid_t pid)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = find_nothing,
	};
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return NULL;
	walk->dwfl = dwfl_begin(&callbacks);
	if (walk->dwfl && dwfl_linux_proc_report(walk->dwfl, pid) == 0 &&
	    dwfl_report_end(walk->dwfl, NULL, NULL) == 0 &&
	    dwfl_linux_proc_attach(walk->dwfl, pid, true) == 0)
		return walk;
	walk_free(walk);
	return NULL;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	dwfl_end(walk->dwfl);
	free(walk);
}

static int take_frame(Dwfl_Frame *frame, void *argument)
{
	struct taking *taking = argument;
	Dwarf_Addr address;
	bool is_running;

	if (!dwfl_frame_pc(frame, &address, &is_running) || !address)
		return DWARF_CB_ABORT;
	taking->frames[taking->count++] = is_running ? address + 1 : address;
	return taking->count == WALK_FRAMES || clock_now_ns() > taking->until_ns ? DWARF_CB_ABORT
										 : DWARF_CB_OK;
}

unsigned walk_thread(struct walk *walk, pid_t tid, int64_t until_ns, uint64_t *frames)
{
	struct taking taking = { .frames = frames, .until_ns = until_ns };

	/* Where it says no, it has found all that it can. */
	(void)dwfl_getthread_frames(walk->dwfl, tid, take_frame, &taking);
	return taking.count;
}

static void set_build_id(Dwfl_Module *module, struct walk_module *ret)
{
	const unsigned char *bits;
	GElf_Addr address;
	int size = dwfl_module_build_id(module, &bits, &address);

	for (int i = 0; i < size && 2 * (size_t)i + 2 < sizeof(ret->build_id); i++)
		snprintf(&ret->build_id[2 * i], 3, "%02x", bits[i]);
}

bool walk_find(struct walk *walk, uint64_t address, struct walk_module *ret)
{
	Dwfl_Module *module = dwfl_addrmodule(walk->dwfl, address);
	Dwarf_Addr start, end;

	*ret = (struct walk_module){ 0 };
	if (!module)
		return false;
	const char *name = dwfl_module_info(module, NULL, &start, &end, NULL, NULL, NULL, NULL);
	/* Not a file: what the kernel maps, or code that was made while running. */
	if (!name || name[0] != '/')
		return false;
	ret->path = name;
	ret->start = start;
	ret->size = end - start;
	set_build_id(module, ret);
	return true;
}
