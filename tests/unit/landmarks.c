/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Functions and variables to be found again by address. */
#include "tests/unit/landmarks.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __clang__
#define NO_INLINE __attribute__((noinline))
#else
#define NO_INLINE __attribute__((noinline, noclone))
#endif

struct landmark_bank landmark_bank;
pthread_mutex_t landmark_forks[5];
pthread_mutex_t landmark_grid[2][3];
long landmark_words[4];

NO_INLINE pthread_mutex_t *landmark_local(void)
{
	for (;;) {
		static pthread_mutex_t landmark_twin;
		return &landmark_twin;
	}
}

static NO_INLINE uint64_t return_address(void)
{
	return (uint64_t)__builtin_return_address(0);
}

NO_INLINE struct landmark_call landmark_plain(void)
{
	struct landmark_call call = { .line = __LINE__ + 1 };
	call.address = return_address();
	return call;
}

static inline __attribute__((always_inline)) struct landmark_call landmark_inner(void)
{
	struct landmark_call call = { .line = __LINE__ + 1 };
	call.address = return_address();
	return call;
}

NO_INLINE struct landmark_call landmark_outer(int *ret)
{
	*ret = __LINE__ + 1;
	struct landmark_call call = landmark_inner();
	return call;
}

NO_INLINE void landmark_mangled(void)
{
	landmark_words[0]++;
}

static pthread_mutex_t landmark_twin;

pthread_mutex_t *landmark_static(void)
{
	return &landmark_twin;
}

void *landmark_worker(void *argument)
{
	(void)argument;
	return __builtin_return_address(0);
}

static int first_module(struct dl_phdr_info *info, size_t size, void *context)
{
	struct module *module = context;
	uint64_t end = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		if (!module->start)
			module->start = start & ~4095UL;
		end = start + info->dlpi_phdr[i].p_memsz;
	}
	module->size = end - module->start;
	return 1;
}

static void read_build_id(const char *path, char *hex, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	elf_version(EV_CURRENT);
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	const void *bits;
	ssize_t count = dwelf_elf_gnu_build_id(elf, &bits);

	hex[0] = '\0';
	for (ssize_t i = 0; i < count && 2 * (size_t)i + 2 < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", ((const unsigned char *)bits)[i]);
	elf_end(elf);
	close(fd);
}

struct module landmark_module(void)
{
	static char path[PATH_MAX], build_id[65];
	struct module module = { .path = path, .build_id = build_id };
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length > 0 ? length : 0] = '\0';
	read_build_id(path, build_id, sizeof(build_id));
	dl_iterate_phdr(first_module, &module);
	return module;
}

/* From here on the compiler is told other places. */
#line 100 "/usr/include/c++/landmarks"
static inline __attribute__((always_inline)) struct landmark_call header_inner(void)
{
	struct landmark_call call = { .line = __LINE__ + 1 };
	call.address = return_address();
	return call;
}

#line 200 "tests/unit/landmarks.c"
NO_INLINE struct landmark_call landmark_through_header(void)
{
	struct landmark_call call = header_inner();
	return call;
}
