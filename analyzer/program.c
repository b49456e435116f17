/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND's file: where it is, and whether it can be traced. */
#include "analyzer/program.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

/* Limits of the kernel: bytes of a "#!" line, and scripts run by scripts. */
#define SCRIPT_LINE 256
#define SCRIPT_DEPTH 5

/* More program headers than any real program has. */
#define SEGMENTS_MAX 512

static int check_executable(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int find_in_path(const char *name, char *path, size_t size)
{
	const char *search = getenv("PATH");
	int ret = -ENOENT;
	cleanup_free char *all = strdup(search ? search : "/bin:/usr/bin");

	char *rest = all;
	for (char *place; (place = strsep(&rest, ":"));) {
		int length = snprintf(path, size, "%s%s%s", place, place[0] ? "/" : "", name);
		int found = (size_t)length < size ? check_executable(path) : -ENAMETOOLONG;

		if (found == 0)
			return 0;
		/* A directory that may not be searched hides nothing that could be run. */
		if ((found == -EACCES || found == -EISDIR) && access(path, F_OK) == 0)
			ret = found;
	}
	return ret;
}

int program_find(const char *name, char *path, size_t size, struct error *err)
{
	int ret = -ENOENT;

	if (strchr(name, '/')) {
		int length = snprintf(path, size, "%s", name);

		ret = (size_t)length < size ? check_executable(path) : -ENAMETOOLONG;
	} else if (name[0]) {
		ret = find_in_path(name, path, size);
	}
	if (ret == 0)
		return 0;
	if (ret == -ENOENT || ret == -ENOTDIR)
		return fail(err, ENOENT, "cannot run '%s': %s", name,
			    strchr(name, '/') ? strerror(ENOENT) : "not found");
	return fail(err, EACCES, "cannot run '%s': %s", name, strerror(-ret));
}

static bool read_at(int fd, void *buffer, size_t size, off_t offset)
{
	return pread(fd, buffer, size, offset) == (ssize_t)size;
}

static bool has_own_architecture(const ElfW(Ehdr) * header)
{
	ElfW(Ehdr) own;
	cleanup_close int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !read_at(fd, &own, sizeof(own), 0))
		return true;
	return own.e_ident[EI_CLASS] == header->e_ident[EI_CLASS] &&
	       own.e_ident[EI_DATA] == header->e_ident[EI_DATA] &&
	       own.e_machine == header->e_machine;
}

/* The path of the dynamic linker; false where the program asks for none. */
static bool read_interpreter(int fd, const ElfW(Ehdr) * header, char *interpreter, size_t size)
{
	for (int i = 0; i < header->e_phnum && i < SEGMENTS_MAX; i++) {
		ElfW(Phdr) segment;

		if (!read_at(fd, &segment, sizeof(segment),
			     header->e_phoff + (off_t)i * header->e_phentsize))
			return false;
		if (segment.p_type != PT_INTERP)
			continue;
		ssize_t length = pread(fd, interpreter, size - 1, segment.p_offset);
		interpreter[length > 0 ? length : 0] = '\0';
		return true;
	}
	return false;
}

static int check_elf(const char *path, int fd, struct error *err)
{
	ElfW(Ehdr) header;
	char interpreter[PATH_MAX];

	if (!read_at(fd, &header, sizeof(header), 0))
		return 0;
	if (!has_own_architecture(&header))
		return fail(err, ENOTSUP,
			    "'%s' is of another architecture: it cannot be traced by preloading",
			    path);
	if (!read_interpreter(fd, &header, interpreter, sizeof(interpreter)))
		return fail(err, ENOTSUP,
			    "'%s' is statically linked: it cannot be traced by preloading", path);
	if (strstr(interpreter, "/ld-musl"))
		return fail(err, ENOTSUP,
			    "'%s' needs another C library (%s): it cannot be traced by preloading",
			    path, interpreter);
	return 0;
}

/* The kernel grants privileges only then, and the loader ignores preloads only then. */
static int check_privileges(const char *path, int fd, struct error *err)
{
	struct stat status;
	struct statvfs mount;

	if (fstat(fd, &status) < 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	    (fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_NOSUID)))
		return 0;
	const char *what = NULL;
	if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
		what = "is setuid";
	else if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) &&
		 status.st_gid != getgid())
		what = "is setgid";
	else if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		what = "has file capabilities";
	if (!what)
		return 0;
	return fail(err, ENOTSUP, "'%s' %s: it cannot be traced by preloading", path, what);
}

/* line: starts with "#!". Cuts it to the interpreter's path; NULL where there is none. */
static char *script_interpreter(char *line)
{
	char *interpreter = line + 2;

	line[strcspn(line, "\n")] = '\0';
	interpreter += strspn(interpreter, " \t");
	interpreter[strcspn(interpreter, " \t")] = '\0';
	return interpreter[0] ? interpreter : NULL;
}

int program_check(const char *path, struct error *err)
{
	char line[SCRIPT_LINE];
	char here[PATH_MAX];

	snprintf(here, sizeof(here), "%s", path);
	for (int depth = 0; depth < SCRIPT_DEPTH; depth++) {
		cleanup_close int fd = open(here, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ssize_t length = fd < 0 ? 0 : pread(fd, line, sizeof(line) - 1, 0);

		if (length <= 0)
			return 0;
		line[length] = '\0';
		if (length > SELFMAG && memcmp(line, ELFMAG, SELFMAG) == 0) {
			int ret = check_elf(here, fd, err);
			return ret < 0 ? ret : check_privileges(here, fd, err);
		}
		char *interpreter = strncmp(line, "#!", 2) == 0 ? script_interpreter(line) : NULL;
		if (!interpreter)
			return 0;
		snprintf(here, sizeof(here), "%s", interpreter);
	}
	return 0;
}
