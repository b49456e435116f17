/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The traces below a recording's output, one a process, as files.
 *
 * A process that emits nothing still gets a directory, and in it a file for
 * each CPU with one packet that has a header and no event. Its size tells.
 */
#include "libtrace/traces.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "libtrace/error.h"
#include "libtrace/recording.h"
#include "libtrace/tree.h"

#define PROCESS_TRACES "ust/pid"

/* Header and context of a packet, as LTTng-UST writes them. */
struct __attribute__((packed)) packet {
	uint32_t magic;
	uint8_t uuid[16];
	uint32_t stream_id;
	uint64_t stream_instance_id;
	uint64_t begin_time;
	uint64_t end_time;
	uint64_t content_bits;
	uint64_t packet_bits;
	uint64_t sequence;
	uint64_t discarded_events;
	uint32_t cpu;
};

static bool stream_has_events(int directory, const char *name)
{
	struct packet packet;
	off_t offset = 0;

	cleanup_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (fd >= 0 && pread(fd, &packet, sizeof(packet), offset) == sizeof(packet)) {
		if (packet.content_bits / CHAR_BIT > sizeof(packet) || packet.discarded_events > 0)
			return true;
		/* Not something that LTTng wrote: leave it to the reader. */
		if (packet.packet_bits / CHAR_BIT < sizeof(packet) ||
		    packet.packet_bits > INT64_MAX)
			return true;
		offset += packet.packet_bits / CHAR_BIT;
	}
	return false;
}

static bool trace_has_events(const char *path)
{
	bool has_events = false;
	cleanup_closedir DIR *trace = opendir(path);

	if (!trace)
		return false;
	for (struct dirent *entry; !has_events && (entry = readdir(trace));) {
		if (strncmp(entry->d_name, RECORDING_CHANNEL "_", strlen(RECORDING_CHANNEL "_")) ==
		    0)
			has_events = stream_has_events(dirfd(trace), entry->d_name);
	}
	return has_events;
}

size_t traces_prune(const char *ctf)
{
	char all[PATH_MAX];
	char path[PATH_MAX + NAME_MAX + 2];
	size_t left = 0;

	snprintf(all, sizeof(all), "%s/" PROCESS_TRACES, ctf);
	cleanup_closedir DIR *directory = opendir(all);
	if (!directory)
		return 0;
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", all, entry->d_name);
		if (trace_has_events(path))
			left++;
		else
			tree_remove(path);
	}
	return left;
}
