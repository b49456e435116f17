/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The buffers of a recording, mapped. While the recording runs they may change at any moment:
 * nothing is read twice, and words are copied. A file that is cut off ends with its last whole
 * chunk.
 */
#include "libtrace/reader_remains.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "libtrace/recording.h"

struct reader_remains {
	struct arena *arena; /* NULL: what is there cannot be read. Mapped by this */
	size_t size;
	uint32_t chunk_count; /* that lie in the file as a whole */
	bool is_steady;
	int fd;
};

static bool header_is_known(const struct arena *arena)
{
	return !memcmp(arena->magic, ARENA_MAGIC, sizeof(arena->magic)) &&
	       arena->version == ARENA_VERSION && arena->chunk_size == ARENA_CHUNK_SIZE &&
	       arena->chunk_count <= ARENA_CHUNK_COUNT && arena->names_length < ARENA_NAMES_SIZE;
}

/* Whether nobody can write any more, nor free. */
static bool arena_is_steady(const struct arena *arena)
{
	int32_t collector = arena->collector;

	if (atomic_load(&arena->closed))
		return true;
	return collector <= 0 || (kill(collector, 0) < 0 && errno == ESRCH);
}

static void remains_map(struct reader_remains *remains, int fd)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode) || stat.st_size < ARENA_HEADER_SIZE)
		return;
	size_t size = (size_t)stat.st_size < ARENA_SIZE ? (size_t)stat.st_size : ARENA_SIZE;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return;
	if (!header_is_known(map)) {
		munmap(map, size);
		return;
	}
	remains->arena = map;
	remains->size = size;
	remains->chunk_count = (uint32_t)((size - ARENA_HEADER_SIZE) / ARENA_CHUNK_SIZE);
	if (remains->chunk_count > remains->arena->chunk_count)
		remains->chunk_count = remains->arena->chunk_count;
	remains->is_steady = arena_is_steady(remains->arena);
}

int reader_remains_open(const char *directory, struct reader_remains **ret, struct error *err)
{
	cleanup_free char *path = NULL;

	*ret = NULL;
	if (asprintf(&path, "%s/%s", directory, RECORDING_BUFFERS) < 0) {
		path = NULL;
		return fail(err, ENOMEM, "out of memory");
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT)
		return 0;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret) {
		cleanup_closep(&fd);
		return fail(err, ENOMEM, "out of memory");
	}
	(*ret)->fd = fd;
	if (fd >= 0)
		remains_map(*ret, fd);
	return 0;
}

void reader_remains_close(struct reader_remains *remains)
{
	if (!remains)
		return;
	if (remains->arena)
		munmap(remains->arena, remains->size);
	cleanup_closep(&remains->fd);
	free(remains);
}

/* Fill ret where the chunk has content. It may not be one: the batches find out. */
static bool chunk_read(const struct reader_remains *remains, uint32_t number, struct batch *ret)
{
	const struct chunk *chunk = arena_chunk(remains->arena, number);
	uint64_t owner = atomic_load(&remains->arena->owners[number]);
	uint32_t tail = atomic_load(&chunk->tail);

	*ret = (struct batch){
		.pid = chunk->pid,
		.tid = chunk->tid,
		.writer = chunk->writer,
		.sequence = chunk->sequence,
		.count = tail,
		.is_last = arena_owner_state(owner) != ARENA_ACTIVE,
		.begin = chunk->begin,
		.words = chunk->words,
	};
	return ret->writer && tail;
}

/*
 * The first chunk from number on that may have content. Most of the file was never written, and a
 * look at it would fill the page cache.
 */
static uint32_t chunk_seek(const struct reader_remains *remains, uint32_t number)
{
	off_t from = ARENA_HEADER_SIZE + (off_t)number * ARENA_CHUNK_SIZE;
	off_t at = lseek(remains->fd, from, SEEK_DATA);

	if (at < 0)
		return errno == ENXIO ? remains->chunk_count : number;
	return (uint32_t)((at - ARENA_HEADER_SIZE) / ARENA_CHUNK_SIZE);
}

static int compare_parts(const void *a, const void *b)
{
	const struct batch *first = a, *second = b;

	if (first->writer != second->writer)
		return first->writer > second->writer ? 1 : -1;
	return (first->sequence > second->sequence) - (first->sequence < second->sequence);
}

static int feed_chunks(struct reader_remains *remains, struct reader_batches *batches)
{
	cleanup_free struct batch *parts = calloc(remains->chunk_count + 1, sizeof(*parts));
	size_t count = 0;
	int code = 0;

	if (!parts)
		return -ENOMEM;
	for (uint32_t i = 0; (i = chunk_seek(remains, i)) < remains->chunk_count; i++)
		count += chunk_read(remains, i, &parts[count]);
	qsort(parts, count, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < count && !code; i++)
		code = reader_batches_part(batches, &parts[i],
					   remains->is_steady ? READER_REMAINS : READER_UNSTEADY);
	return code;
}

static int feed_layout(const struct reader_remains *remains, struct reader_batches *batches)
{
	cleanup_free char *names = strndup(remains->arena->names, ARENA_NAMES_SIZE - 1);

	if (!names)
		return -ENOMEM;
	return *names ? reader_batches_layout(batches, remains->arena->uses_tsc, names) : 0;
}

int reader_remains_feed(struct reader_remains *remains, struct reader_batches *batches)
{
	const struct arena *arena = remains->arena;

	if (!arena) {
		reader_batches_lost(batches, EVENT_packets_lost, 1);
		return 0;
	}
	reader_batches_lost(batches, EVENT_events_lost, atomic_load(&arena->lost));
	reader_batches_spare(batches, &arena->start);
	reader_batches_spare(batches, &arena->latest);
	int code = feed_layout(remains, batches);
	return code < 0 ? code : feed_chunks(remains, batches);
}
