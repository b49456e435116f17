/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Traces without events are removed, all others stay; and the size of buffers. */
/* Before check.h, which has a macro of the name fail. */
#include "libtrace/error.h"
#include "libtrace/session.h"
#include "libtrace/traces.h"
#include "libtrace/tree.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

Suite *suite_traces(void);

#define HEADER_BYTES 84
#define PACKET_BYTES 4096

static char ctf[] = "/tmp/heddle-unit-XXXXXX";

static void setup(void)
{
	char path[64];

	ck_assert_ptr_nonnull(mkdtemp(ctf));
	snprintf(path, sizeof(path), "%s/ust", ctf);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/ust/pid", ctf);
	mkdir(path, 0700);
}

static void teardown(void)
{
	ck_assert_int_eq(tree_remove(ctf), 0);
	ck_assert_int_eq(access(ctf, F_OK), -1);
}

static void add_packet(const char *trace, uint64_t content_bytes, uint64_t packet_bytes,
		       uint64_t discarded)
{
	char path[PATH_MAX];
	uint64_t bits[] = { content_bytes * 8, packet_bytes * 8, 0, discarded };
	char packet[PACKET_BYTES] = { 0 };

	snprintf(path, sizeof(path), "%s/ust/pid/%s", ctf, trace);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/ust/pid/%s/heddle_0", ctf, trace);
	int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
	memcpy(packet + 48, bits, sizeof(bits));
	ck_assert_int_eq(write(fd, packet, sizeof(packet)), sizeof(packet));
	close(fd);
}

static bool is_there(const char *trace)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/ust/pid/%s", ctf, trace);
	return access(path, F_OK) == 0;
}

START_TEST(removes_traces_without_events)
{
	add_packet("empty", HEADER_BYTES, PACKET_BYTES, 0);
	add_packet("empty", HEADER_BYTES, PACKET_BYTES, 0);
	ck_assert_uint_eq(traces_prune(ctf), 0);
	ck_assert(!is_there("empty"));
}
END_TEST

START_TEST(keeps_events_and_losses)
{
	add_packet("full", HEADER_BYTES + 20, PACKET_BYTES, 0);
	add_packet("late", HEADER_BYTES, PACKET_BYTES, 0);
	add_packet("late", HEADER_BYTES + 20, PACKET_BYTES, 0);
	add_packet("lost", HEADER_BYTES, PACKET_BYTES, 1);
	add_packet("empty", HEADER_BYTES, PACKET_BYTES, 0);
	ck_assert_uint_eq(traces_prune(ctf), 3);
	ck_assert(is_there("full") && is_there("late") && is_there("lost") && !is_there("empty"));
}
END_TEST

START_TEST(leaves_nonsense_to_the_reader)
{
	add_packet("zero", 0, 0, 0);
	add_packet("huge", 0, UINT64_MAX / 8, 0);
	ck_assert_uint_eq(traces_prune(ctf), 2);
}
END_TEST

START_TEST(finds_nothing_in_nothing)
{
	ck_assert_uint_eq(traces_prune(ctf), 0);
	ck_assert_uint_eq(traces_prune("/no/such"), 0);
	ck_assert_int_eq(tree_remove("/no/such"), 0);
}
END_TEST

START_TEST(buffers_fit_shared_memory)
{
	const uint64_t kib = 1024, mib = 1024 * kib;

	ck_assert_uint_eq(session_buffer_size(24 * 1024 * mib, 2), 512 * kib);
	ck_assert_uint_eq(session_buffer_size(64 * mib, 2), 256 * kib);
	ck_assert_uint_eq(session_buffer_size(64 * mib - 1, 2), 128 * kib);
	ck_assert_uint_eq(session_buffer_size(64 * mib, 64), 32 * kib);
	ck_assert_uint_eq(session_buffer_size(0, 0), 32 * kib);
}
END_TEST

Suite *suite_traces(void)
{
	Suite *suite = suite_create("traces");
	TCase *all = tcase_create("traces");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, removes_traces_without_events);
	tcase_add_test(all, keeps_events_and_losses);
	tcase_add_test(all, leaves_nonsense_to_the_reader);
	tcase_add_test(all, finds_nothing_in_nothing);
	tcase_add_test(all, buffers_fit_shared_memory);
	suite_add_tcase(suite, all);
	return suite;
}
