/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LTTng's streams are TRACE/NAME; TRACE/index/NAME.idx says where the packets of
 * TRACE/NAME lie. Only what is of no danger to Babeltrace is left to it.
 */
#include "libtrace/reader_guard.h"

#include <byteswap.h>
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define PACKET_MAGIC 0xc1fc1fc1
#define INDEX_MAGIC 0xc1f1dcc1
#define INDEX_SUFFIX ".idx"

/* How a packet of LTTng begins, in the tracer's byte order. Sizes are in bits. */
struct packet_head {
	uint32_t magic;
	uint8_t uuid[16];
	uint32_t stream;
	uint64_t instance, begin, end, content_size, packet_size;
};

/* Big endian, and so are the entries. */
struct index_head {
	uint32_t magic, major, minor;
	uint32_t entry_size;
};

/* What Babeltrace looks at of an entry; the last line since version 1.1. */
struct index_entry {
	uint64_t offset;      /* in bytes */
	uint64_t packet_size; /* in bits */
	uint64_t content_size, begin, end, events_discarded, stream;
	uint64_t instance, packet;
};

static bool index_fits(FILE *index, uint64_t stream_size)
{
	struct index_head head;
	struct index_entry entry;

	/* Babeltrace does without an index that is not one. */
	if (fread(&head, sizeof(head), 1, index) != 1 || be32toh(head.magic) != INDEX_MAGIC ||
	    be32toh(head.major) != 1)
		return true;
	size_t size = be32toh(head.entry_size);
	size_t known = head.minor ? sizeof(entry) : offsetof(struct index_entry, instance);
	if (size < known)
		return false;
	while (fread(&entry, known, 1, index) == 1) {
		uint64_t offset = be64toh(entry.offset), bytes = be64toh(entry.packet_size) / 8;

		if (!bytes || offset > stream_size || bytes > stream_size - offset)
			return false;
		if (fseek(index, (long)(size - known), SEEK_CUR) < 0)
			return false;
	}
	return true;
}

static int guard_index(const char *trace, const char *name, uint64_t stream_size, struct error *err)
{
	cleanup_free char *path = NULL;
	cleanup_fclose FILE *index = NULL;

	if (asprintf(&path, "%s/index/%s" INDEX_SUFFIX, trace, name) < 0) {
		path = NULL;
		return fail(err, ENOMEM, "out of memory");
	}
	index = fopen(path, "re");
	if (index && !index_fits(index, stream_size))
		return fail(err, EBADMSG, "cannot read '%s': it does not fit its stream", path);
	return 0;
}

static bool packet_fits(const struct packet_head *head, uint64_t room, uint64_t *ret_bytes)
{
	bool is_swapped = head->magic != PACKET_MAGIC;
	uint64_t content = is_swapped ? bswap_64(head->content_size) : head->content_size;
	uint64_t packet = is_swapped ? bswap_64(head->packet_size) : head->packet_size;

	*ret_bytes = packet / 8;
	return packet % 8 == 0 && content <= packet && *ret_bytes >= sizeof(*head) &&
	       *ret_bytes <= room;
}

static int guard_packets(int directory, const char *trace, const char *name, uint64_t size,
			 struct error *err)
{
	cleanup_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct packet_head head;
	uint64_t bytes;

	if (fd < 0)
		return fail(err, errno, "cannot read '%s/%s': %s", trace, name, strerror(errno));
	for (uint64_t at = 0; at < size; at += bytes) {
		ssize_t got = pread(fd, &head, sizeof(head), (off_t)at);

		/* Babeltrace says well what is wrong with another beginning. */
		if (got >= 4 && head.magic != PACKET_MAGIC && bswap_32(head.magic) != PACKET_MAGIC)
			return 0;
		if (got != sizeof(head) || !packet_fits(&head, size - at, &bytes))
			return fail(err, EBADMSG,
				    "cannot read '%s/%s': its packet at byte %llu "
				    "is cut off or damaged",
				    trace, name, (unsigned long long)at);
	}
	return 0;
}

int reader_guard(const char *trace, bool is_lttng, struct error *err)
{
	cleanup_closedir DIR *directory = opendir(trace);
	struct dirent *entry;
	struct stat stat;
	int code = 0;

	if (!directory)
		return fail(err, errno, "cannot read '%s': %s", trace, strerror(errno));
	while (!code && (entry = readdir(directory))) {
		const char *name = entry->d_name;

		/* What Babeltrace takes for a stream; it follows links, too. */
		if (name[0] == '.' || !strcmp(name, "metadata") ||
		    fstatat(dirfd(directory), name, &stat, 0) < 0 || !S_ISREG(stat.st_mode))
			continue;
		uint64_t size = (uint64_t)stat.st_size;
		if (is_lttng)
			code = guard_packets(dirfd(directory), trace, name, size, err);
		if (!code)
			code = guard_index(trace, name, size, err);
	}
	return code;
}
