/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND, started with the preload library and nothing else changed. */
#include "analyzer/launch.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "libtrace/recording.h"

#ifndef HEDDLE_LIBDIR_DEFAULT
#define HEDDLE_LIBDIR_DEFAULT "/usr/local/lib/heddle"
#endif
#define LIBDIR_VARIABLE "HEDDLE_LIBDIR"
#define PRELOAD_VARIABLE "LD_PRELOAD"
#define HOME_VARIABLE "LTTNG_HOME"
#define REGISTER_VARIABLE "LTTNG_UST_REGISTER_TIMEOUT"

/*
 * LTTng's helpers for programs that fork without exec, and that close
 * descriptors which are not theirs.
 */
#define HELPERS "liblttng-ust-fork.so.1:liblttng-ust-fd.so.1"

/*
 * How long, in ms, a starting program waits for its daemon. LTTng's own 3 s are too short on a
 * loaded machine, where events would be lost; for ever would hang it on a sick daemon.
 */
#define REGISTER_TIMEOUT "30000"

/* The loader splits LD_PRELOAD at these. */
#define PRELOAD_SEPARATORS " :"

/* False where directory has no such libraries. */
static bool find_in(const char *directory, struct launch_libraries *libraries)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" RECORDING_PRELOAD_LIBRARY, directory);
	if (!realpath(path, libraries->preload))
		return false;
	snprintf(path, sizeof(path), "%s/" RECORDING_PROVIDER_LIBRARY, directory);
	return realpath(path, libraries->provider);
}

static bool find_beside_us(struct launch_libraries *libraries)
{
	char directory[PATH_MAX];
	char built[PATH_MAX + sizeof("/.libs")];

	ssize_t length = readlink("/proc/self/exe", directory, sizeof(directory) - 1);
	if (length <= 0)
		return false;
	directory[length] = '\0';
	*strrchr(directory, '/') = '\0';
	snprintf(built, sizeof(built), "%s/.libs", directory);
	return find_in(directory, libraries) || find_in(built, libraries);
}

int launch_find_libraries(struct launch_libraries *libraries, struct error *err)
{
	const char *wanted = getenv(LIBDIR_VARIABLE);
	const char *directory = wanted && wanted[0] ? wanted : HEDDLE_LIBDIR_DEFAULT;
	bool is_found = directory == wanted
				? find_in(directory, libraries)
				: find_beside_us(libraries) || find_in(directory, libraries);

	if (!is_found)
		return fail(err, ENOENT,
			    "cannot find " RECORDING_PRELOAD_LIBRARY
			    " and " RECORDING_PROVIDER_LIBRARY " in '%s'",
			    directory);
	if (strpbrk(libraries->preload, PRELOAD_SEPARATORS))
		return fail(err, EINVAL,
			    "'%s' cannot be preloaded: its path holds a blank or a colon",
			    libraries->preload);
	return 0;
}

static int __attribute__((format(printf, 2, 3)))
set(struct launch_environment *environment, const char *format, ...)
{
	va_list args;
	char *setting;

	va_start(args, format);
	int length = vasprintf(&setting, format, args);
	va_end(args);
	if (length < 0)
		return -ENOMEM;
	environment->settings[environment->setting_count++] = setting;
	return 0;
}

static const char *find_variable(char *const *variables, const char *name)
{
	size_t length = strlen(name);

	for (; *variables; variables++) {
		if (strncmp(*variables, name, length) == 0 && (*variables)[length] == '=')
			return *variables + length + 1;
	}
	return NULL;
}

static void drop(struct launch_environment *environment, const char *name)
{
	environment->dropped[environment->dropped_count++] = name;
}

/* Each returns 0 or a negative number. */

static int set_preload(struct launch_environment *environment, char *const *before,
		       const char *ours)
{
	const char *others = find_variable(before, PRELOAD_VARIABLE);

	return set(environment, PRELOAD_VARIABLE "=%s%s%s", ours, others && others[0] ? ":" : "",
		   others ? others : "");
}

static int make_packed_settings(struct launch_environment *environment, char *const *before,
				const struct launch_tracing *tracing)
{
	int ret = set_preload(environment, before, tracing->libraries->preload);

	ret |= set(environment, RECORDING_BUFFERS_VARIABLE "=%s", tracing->buffers);
	ret |= set(environment, RECORDING_PROVIDER_VARIABLE "=none");
	ret |= set(environment, RECORDING_STACKS_VARIABLE "=%u", tracing->stacks);
	if (tracing->home_before)
		ret |= set(environment, HOME_VARIABLE "=%s", tracing->home_before);
	else
		drop(environment, HOME_VARIABLE "=");
	return ret;
}

static int make_plain_settings(struct launch_environment *environment, char *const *before,
			       const struct launch_tracing *tracing)
{
	char preload[sizeof(tracing->libraries->preload) + sizeof(HELPERS)];

	snprintf(preload, sizeof(preload), "%s:" HELPERS, tracing->libraries->preload);
	int ret = set_preload(environment, before, preload);
	ret |= set(environment, "LTTNG_UST_ALLOW_BLOCKING=1");
	ret |= set(environment, RECORDING_PROVIDER_VARIABLE "=%s", tracing->libraries->provider);
	ret |= set(environment, RECORDING_RUN_VARIABLE "=%" PRIu64, tracing->run);
	ret |= set(environment, RECORDING_STACKS_VARIABLE "=%u%s", tracing->stacks,
		   tracing->has_stacks_on_all ? RECORDING_STACKS_ALL : "");
	/* Of a recording that this one lies in. */
	drop(environment, RECORDING_BUFFERS_VARIABLE "=");
	if (tracing->home)
		ret |= set(environment, HOME_VARIABLE "=%s", tracing->home);
	if (!find_variable(before, REGISTER_VARIABLE))
		ret |= set(environment, REGISTER_VARIABLE "=" REGISTER_TIMEOUT);
	return ret;
}

static int make_noise_setting(struct launch_environment *environment,
			      const struct launch_tracing *tracing)
{
	if (tracing->has_noise)
		return set(environment, RECORDING_NOISE_VARIABLE "=%" PRIu32, tracing->noise_seed);
	/* Of a recording that this one lies in. */
	drop(environment, RECORDING_NOISE_VARIABLE "=");
	return 0;
}

/* Does a setting take the place of this variable, or nothing? */
static bool is_replaced(const struct launch_environment *environment, const char *variable)
{
	for (size_t i = 0; i < environment->dropped_count; i++) {
		const char *dropped = environment->dropped[i];

		if (strncmp(dropped, variable, strlen(dropped)) == 0)
			return true;
	}
	for (size_t i = 0; i < environment->setting_count; i++) {
		size_t length = strcspn(environment->settings[i], "=") + 1;

		if (strncmp(environment->settings[i], variable, length) == 0)
			return true;
	}
	return false;
}

int launch_environment_init(struct launch_environment *environment, char *const *before,
			    const struct launch_tracing *tracing)
{
	size_t count = 0;

	*environment = (struct launch_environment){ 0 };
	while (before[count])
		count++;
	environment->list = calloc(count + LAUNCH_SETTINGS_MAX + 1, sizeof(*environment->list));
	if (!environment->list)
		return -ENOMEM;
	int ret = tracing->buffers ? make_packed_settings(environment, before, tracing)
				   : make_plain_settings(environment, before, tracing);
	ret |= make_noise_setting(environment, tracing);
	if (ret < 0)
		return -ENOMEM;
	count = 0;
	for (; *before; before++) {
		if (!is_replaced(environment, *before))
			environment->list[count++] = *before;
	}
	for (size_t i = 0; i < environment->setting_count; i++)
		environment->list[count++] = environment->settings[i];
	return 0;
}

void launch_environment_done(struct launch_environment *environment)
{
	for (size_t i = 0; i < environment->setting_count; i++)
		free(environment->settings[i]);
	free(environment->list);
	*environment = (struct launch_environment){ 0 };
}

static void __attribute__((noreturn))
become_command(char *const *command, char **environment, int said)
{
	execvpe(command[0], command, environment);
	int code = errno;
	(void)!write(said, &code, sizeof(code));
	_exit(127);
}

int launch_start(char *const *command, char **environment, void (*prepare)(const void *argument),
		 const void *argument, pid_t *pid, struct error *err)
{
	int ends[2];
	int code;

	/* It closes by itself when the exec succeeds. */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "cannot run '%s': %s", command[0], strerror(errno));
	cleanup_close int hear = ends[0];
	*pid = fork();
	if (*pid == 0) {
		if (prepare)
			prepare(argument);
		become_command(command, environment, ends[1]);
	}
	int fork_code = errno;
	close(ends[1]);
	if (*pid < 0)
		return fail(err, fork_code, "cannot run '%s': %s", command[0], strerror(fork_code));
	ssize_t length;
	do
		length = read(hear, &code, sizeof(code));
	while (length < 0 && errno == EINTR);
	if (length != sizeof(code))
		return 0;
	waitpid(*pid, NULL, 0);
	return -fail(err, code, "cannot run '%s': %s", command[0], strerror(code));
}
