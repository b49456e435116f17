/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND's environment, and how it is started. */
/* Before check.h, which has a macro of the name fail. */
#include "analyzer/launch.h"

#include <check.h>
#include <fcntl.h>
#include <sys/wait.h>

Suite *suite_launch(void);

static const struct launch_libraries libraries = {
	.preload = "/lib/p.so",
	.provider = "/lib/q.so",
};

static const char *value(char **list, const char *name)
{
	const char *found = NULL;
	size_t length = strlen(name);

	for (; *list; list++) {
		if (strncmp(*list, name, length) == 0 && (*list)[length] == '=') {
			ck_assert_msg(!found, "%s is there twice", name);
			found = *list + length + 1;
		}
	}
	return found;
}

START_TEST(environment_of_ordinary_user)
{
	char *const before[] = {
		"A=1", "LD_PRELOAD=mine.so", "LTTNG_HOME=/old", "HEDDLE_BUFFERS=/outer", "B", NULL
	};
	const struct launch_tracing tracing = {
		.libraries = &libraries,
		.home = "/home/x",
		.run = UINT64_C(9223372036854775807),
		.stacks = 7,
		.has_noise = true,
		.noise_seed = UINT32_MAX,
	};
	struct launch_environment environment;

	ck_assert_int_eq(launch_environment_init(&environment, before, &tracing), 0);
	ck_assert_str_eq(value(environment.list, "A"), "1");
	ck_assert_str_eq(value(environment.list, "HEDDLE_NOISE"), "4294967295");
	ck_assert_str_eq(environment.list[1], "B");
	ck_assert_str_eq(value(environment.list, "LD_PRELOAD"),
			 "/lib/p.so:liblttng-ust-fork.so.1:liblttng-ust-fd.so.1:mine.so");
	ck_assert_str_eq(value(environment.list, "LTTNG_HOME"), "/home/x");
	ck_assert_str_eq(value(environment.list, "LTTNG_UST_ALLOW_BLOCKING"), "1");
	ck_assert_str_eq(value(environment.list, "HEDDLE_RUN"), "9223372036854775807");
	ck_assert_str_eq(value(environment.list, "HEDDLE_PROVIDER"), "/lib/q.so");
	ck_assert_str_eq(value(environment.list, "HEDDLE_STACKS"), "7");
	ck_assert_ptr_nonnull(value(environment.list, "LTTNG_UST_REGISTER_TIMEOUT"));
	ck_assert_ptr_null(value(environment.list, "HEDDLE_BUFFERS"));
	launch_environment_done(&environment);
}
END_TEST

START_TEST(environment_of_root)
{
	char *const before[] = { "LD_PRELOAD=", "LTTNG_HOME=/old", "LTTNG_UST_REGISTER_TIMEOUT=5",
				 NULL };
	const struct launch_tracing tracing = { .libraries = &libraries, .run = 1 };
	struct launch_environment environment;

	ck_assert_int_eq(launch_environment_init(&environment, before, &tracing), 0);
	ck_assert_str_eq(value(environment.list, "LD_PRELOAD"),
			 "/lib/p.so:liblttng-ust-fork.so.1:liblttng-ust-fd.so.1");
	ck_assert_str_eq(value(environment.list, "LTTNG_HOME"), "/old");
	ck_assert_str_eq(value(environment.list, "LTTNG_UST_REGISTER_TIMEOUT"), "5");
	launch_environment_done(&environment);
}
END_TEST

/* LTTng is not in the program: nothing of its environment is ours. */
START_TEST(environment_of_packed)
{
	char *const before[] = { "A=1",
				 "LD_PRELOAD=mine.so",
				 "LTTNG_HOME=/ours",
				 "LTTNG_HOME2=x",
				 "HEDDLE_BUFFERS=/outer",
				 "HEDDLE_NOISE=5",
				 NULL };
	struct launch_tracing tracing = {
		.libraries = &libraries,
		.home = "/ours",
		.run = 5,
		.stacks = 7,
		.buffers = "/dir/buffers",
	};
	struct launch_environment environment;

	ck_assert_int_eq(launch_environment_init(&environment, before, &tracing), 0);
	ck_assert_str_eq(value(environment.list, "LD_PRELOAD"), "/lib/p.so:mine.so");
	ck_assert_str_eq(value(environment.list, "HEDDLE_BUFFERS"), "/dir/buffers");
	ck_assert_str_eq(value(environment.list, "HEDDLE_PROVIDER"), "none");
	ck_assert_str_eq(value(environment.list, "HEDDLE_STACKS"), "7");
	ck_assert_str_eq(value(environment.list, "LTTNG_HOME2"), "x");
	ck_assert_ptr_null(value(environment.list, "LTTNG_HOME"));
	ck_assert_ptr_null(value(environment.list, "HEDDLE_NOISE"));
	ck_assert_ptr_null(value(environment.list, "LTTNG_UST_ALLOW_BLOCKING"));
	ck_assert_ptr_null(value(environment.list, "LTTNG_UST_REGISTER_TIMEOUT"));
	launch_environment_done(&environment);
	tracing.home_before = "/theirs";
	ck_assert_int_eq(launch_environment_init(&environment, before, &tracing), 0);
	ck_assert_str_eq(value(environment.list, "LTTNG_HOME"), "/theirs");
	launch_environment_done(&environment);
}
END_TEST

START_TEST(starts_in_that_environment)
{
	char *const command[] = { "sh", "-c", "test \"$HEDDLE_TEST_VALUE\" = 5 && exit 3", NULL };
	char *environment[] = { "HEDDLE_TEST_VALUE=5", "PATH=/bin:/usr/bin", NULL };
	struct error err;
	pid_t pid;
	int status;

	ck_assert_int_eq(launch_start(command, environment, NULL, NULL, &pid, &err), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

static void leave(const void *status)
{
	_exit(*(const int *)status);
}

START_TEST(prepares_in_the_child)
{
	char *const command[] = { "true", NULL };
	char *environment[] = { NULL };
	struct error err;
	int wanted = 9;
	pid_t pid;
	int status;

	ck_assert_int_eq(launch_start(command, environment, leave, &wanted, &pid, &err), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), wanted);
}
END_TEST

START_TEST(reports_why_exec_failed)
{
	char *const missing[] = { "/no/such/program", NULL };
	char *const refused[] = { "/etc/passwd", NULL };
	char *environment[] = { NULL };
	struct error err;
	pid_t pid;

	ck_assert_int_eq(launch_start(missing, environment, NULL, NULL, &pid, &err), ENOENT);
	ck_assert_str_eq(err.text, "cannot run '/no/such/program': No such file or directory");
	ck_assert_int_eq(launch_start(refused, environment, NULL, NULL, &pid, &err), EACCES);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(finds_libraries)
{
	char directory[] = "/tmp/heddle-unit-XXXXXX";
	char path[64];
	struct launch_libraries found;
	struct error err;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	setenv("HEDDLE_LIBDIR", directory, 1);
	ck_assert_int_eq(launch_find_libraries(&found, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, directory));
	snprintf(path, sizeof(path), "%s/libheddle-preload.so", directory);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	ck_assert_int_eq(launch_find_libraries(&found, &err), -ENOENT);
	snprintf(path, sizeof(path), "%s/libheddle-provider.so", directory);
	ck_assert_int_eq(symlink("libheddle-preload.so", path), 0);
	ck_assert_int_eq(launch_find_libraries(&found, &err), 0);
	ck_assert_str_eq(found.preload, found.provider);
	unlink(found.preload);
	unlink(path);
	rmdir(directory);
}
END_TEST

Suite *suite_launch(void)
{
	Suite *suite = suite_create("launch");
	TCase *all = tcase_create("launch");

	tcase_add_test(all, environment_of_ordinary_user);
	tcase_add_test(all, environment_of_root);
	tcase_add_test(all, environment_of_packed);
	tcase_add_test(all, starts_in_that_environment);
	tcase_add_test(all, prepares_in_the_child);
	tcase_add_test(all, reports_why_exec_failed);
	tcase_add_test(all, finds_libraries);
	suite_add_tcase(suite, all);
	return suite;
}
