/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND's file: found as execvp() finds it, refused where it cannot be traced. */
/* Before check.h, which has a macro of the name fail. */
#include "analyzer/program.h"

#include <check.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sys/stat.h>

Suite *suite_program(void);

static char directory[] = "/tmp/heddle-unit-XXXXXX";
static char path[64];
static struct error err;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/program", directory);
}

static void teardown(void)
{
	unlink(path);
	rmdir(directory);
}

static void write_file(const void *content, size_t size, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0700);

	ck_assert_int_eq(write(fd, content, size), size);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

START_TEST(finds_in_path)
{
	char found[PATH_MAX];
	char search[128];

	write_file("x", 1, 0755);
	snprintf(search, sizeof(search), "/no/such:%s:/bin", directory);
	setenv("PATH", search, 1);
	ck_assert_int_eq(program_find("program", found, sizeof(found), &err), 0);
	ck_assert_str_eq(found, path);
	ck_assert_int_eq(program_find("no-such-program", found, sizeof(found), &err), -ENOENT);
	ck_assert_str_eq(err.text, "cannot run 'no-such-program': not found");
	ck_assert_int_eq(program_find("", found, sizeof(found), &err), -ENOENT);
	ck_assert_int_eq(program_find("./no/such", found, sizeof(found), &err), -ENOENT);
}
END_TEST

START_TEST(finds_only_what_can_run)
{
	char found[PATH_MAX];

	write_file("x", 1, 0644);
	setenv("PATH", directory, 1);
	ck_assert_int_eq(program_find("program", found, sizeof(found), &err), -EACCES);
	ck_assert_int_eq(program_find(path, found, sizeof(found), &err), -EACCES);
	ck_assert_int_eq(program_find(directory, found, sizeof(found), &err), -EACCES);
	ck_assert_int_eq(program_find("/dev/null", found, sizeof(found), &err), -EACCES);
}
END_TEST

START_TEST(takes_dynamic_programs_and_scripts)
{
	static const char script[] = "#! /bin/sh -e\n";
	static const char ring[] = "#!/proc/self/cwd/no-such";

	ck_assert_int_eq(program_check("/proc/self/exe", &err), 0);
	write_file(script, strlen(script), 0755);
	ck_assert_int_eq(program_check(path, &err), 0);
	write_file(ring, strlen(ring), 0755);
	ck_assert_int_eq(program_check(path, &err), 0);
	write_file("", 0, 0755);
	ck_assert_int_eq(program_check(path, &err), 0);
	write_file(ELFMAG "cut", 7, 0755);
	ck_assert_int_eq(program_check(path, &err), 0);
	ck_assert_int_eq(program_check("/no/such", &err), 0);
}
END_TEST

START_TEST(ends_on_a_ring_of_scripts)
{
	char script[128];

	snprintf(script, sizeof(script), "#!%s\n", path);
	write_file(script, strlen(script), 0755);
	ck_assert_int_eq(program_check(path, &err), 0);
}
END_TEST

static ElfW(Ehdr) own_header(void)
{
	ElfW(Ehdr) header;
	int fd = open("/proc/self/exe", O_RDONLY);

	ck_assert_int_eq(read(fd, &header, sizeof(header)), sizeof(header));
	close(fd);
	return header;
}

START_TEST(refuses_static)
{
	ElfW(Ehdr) header = own_header();

	header.e_phnum = 0;
	write_file(&header, sizeof(header), 0755);
	ck_assert_int_eq(program_check(path, &err), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.text, "is statically linked"));
	/* Program headers that lie outside the file. */
	header.e_phnum = 65535;
	header.e_phoff = (ElfW(Off)) - 1;
	write_file(&header, sizeof(header), 0755);
	ck_assert_int_eq(program_check(path, &err), -ENOTSUP);
}
END_TEST

START_TEST(refuses_another_architecture)
{
	ElfW(Ehdr) header = own_header();

	header.e_machine ^= 1;
	write_file(&header, sizeof(header), 0755);
	ck_assert_int_eq(program_check(path, &err), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.text, "architecture"));
}
END_TEST

START_TEST(refuses_another_c_library)
{
	struct {
		ElfW(Ehdr) header;
		ElfW(Phdr) segment;
		char interpreter[32];
	} file = { .header = own_header(), .interpreter = "/lib/ld-musl-x86_64.so.1" };

	file.header.e_phnum = 1;
	file.header.e_phoff = sizeof(file.header);
	file.segment.p_type = PT_INTERP;
	file.segment.p_offset = sizeof(file.header) + sizeof(file.segment);
	write_file(&file, sizeof(file), 0755);
	ck_assert_int_eq(program_check(path, &err), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.text, "C library"));
	strcpy(file.interpreter, "/lib64/ld-linux.so.2");
	write_file(&file, sizeof(file), 0755);
	ck_assert_int_eq(program_check(path, &err), 0);
	/* Ours already: the loader preloads as ever. */
	write_file(&file, sizeof(file), 04755);
	ck_assert_int_eq(program_check(path, &err), 0);
}
END_TEST

Suite *suite_program(void)
{
	Suite *suite = suite_create("program");
	TCase *all = tcase_create("program");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, finds_in_path);
	tcase_add_test(all, finds_only_what_can_run);
	tcase_add_test(all, takes_dynamic_programs_and_scripts);
	tcase_add_test(all, ends_on_a_ring_of_scripts);
	tcase_add_test(all, refuses_static);
	tcase_add_test(all, refuses_another_architecture);
	tcase_add_test(all, refuses_another_c_library);
	suite_add_tcase(suite, all);
	return suite;
}
