/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A few facts about a metadata file, taken without understanding it. */
#include "libtrace/reader_metadata.h"

#include <byteswap.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#define METADATA_MAGIC 0x75d11d57

/* LTTng says the trace's UUID and its first stream far before that. */
#define HEAD_SIZE (64 * 1024)

/* How a packet of metadata begins. Sizes are in bits, the head's included. */
struct packet_head {
	uint32_t magic;
	uint8_t uuid[16];
	uint32_t checksum;
	uint32_t content_size;
	uint32_t packet_size;
	uint8_t compression, encryption, checksum_scheme, major, minor;
} __attribute__((packed));

static bool has_text(const char *head, size_t length, const char *text)
{
	return memmem(head, length, text, strlen(text));
}

/* The first attribute uuid of the block trace, in front of its nested blocks. */
static void metadata_uuid(const char *head, size_t length, char uuid[METADATA_UUID_LENGTH + 1])
{
	static const char block[] = "trace {", key[] = "uuid = \"";
	const char *end = head + length;
	const char *at = memmem(head, length, block, sizeof(block) - 1);
	const char *block_end;

	uuid[0] = '\0';
	if (!at)
		return;
	block_end = memchr(at, '}', (size_t)(end - at));
	at = memmem(at, (size_t)((block_end ? block_end : end) - at), key, sizeof(key) - 1);
	if (!at)
		return;
	at += sizeof(key) - 1;
	if (end - at <= METADATA_UUID_LENGTH || at[METADATA_UUID_LENGTH] != '"')
		return;
	memcpy(uuid, at, METADATA_UUID_LENGTH);
	uuid[METADATA_UUID_LENGTH] = '\0';
}

static bool metadata_is_silent(const char *head, size_t length)
{
	return !length ||
	       (length < HEAD_SIZE && has_text(head, length, "tracer_name = \"lttng-ust\"") &&
		!has_text(head, length, "\nstream") && !has_text(head, length, "\nevent"));
}

static bool metadata_has_lttng_packets(const char *head, size_t length)
{
	return has_text(head, length,
			"packet.header := struct {\n\t\tuint32_t magic;\n"
			"\t\tuint8_t  uuid[16];\n\t\tuint32_t stream_id;\n"
			"\t\tuint64_t stream_instance_id;\n\t};") &&
	       has_text(head, length,
			"struct packet_context {\n"
			"\tuint64_clock_monotonic_t timestamp_begin;\n"
			"\tuint64_clock_monotonic_t timestamp_end;\n"
			"\tuint64_t content_size;\n\tuint64_t packet_size;\n");
}

/*
 * Whether all packets lie within the file. Babeltrace 2.0 believes a packet's
 * content size, and reads for ever at the end of the file.
 */
static bool packets_are_whole(int fd, uint64_t file_size, bool is_swapped)
{
	uint64_t at = 0;
	struct packet_head head;

	while (at < file_size) {
		if (pread(fd, &head, sizeof(head), (off_t)at) != (ssize_t)sizeof(head))
			return false;
		uint32_t content = is_swapped ? bswap_32(head.content_size) : head.content_size;
		uint32_t whole = is_swapped ? bswap_32(head.packet_size) : head.packet_size;

		if (content / 8 < sizeof(head) || whole < content || content / 8 > file_size - at)
			return false;
		at += whole / 8;
	}
	return true;
}

int reader_metadata_look(const char *path, struct metadata *ret, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_free char *head = malloc(HEAD_SIZE);
	struct stat stat;
	uint32_t magic = 0;

	if (!head)
		return fail(err, ENOMEM, "out of memory");
	ssize_t got = fd < 0 || fstat(fd, &stat) < 0 ? -1 : read(fd, head, HEAD_SIZE);
	if (got < 0)
		return fail(err, errno, "cannot read '%s': %s", path, strerror(errno));
	metadata_uuid(head, (size_t)got, ret->uuid);
	ret->is_silent = metadata_is_silent(head, (size_t)got);
	ret->has_lttng_packets = metadata_has_lttng_packets(head, (size_t)got);
	memcpy(&magic, head, (size_t)got < sizeof(magic) ? (size_t)got : sizeof(magic));
	if ((magic == METADATA_MAGIC || bswap_32(magic) == METADATA_MAGIC) &&
	    !packets_are_whole(fd, (uint64_t)stat.st_size, magic != METADATA_MAGIC))
		return fail(err, EBADMSG, "cannot read '%s': it is cut off or damaged", path);
	return 0;
}
