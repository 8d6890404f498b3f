/*
 * A manifest of the RTOS after all checks, with the programs' files read: `kumiki rtos` checks,
 * packs and shows it. Everything in it fits together.
 */
#ifndef HOST_RTOS_H
#define HOST_RTOS_H

#include <host/arena.h>
#include <host/model.h>
#include <kumiki/rtos/image.h>
#include <kumiki/rtos/manifest.h>
#include <stdbool.h>
#include <stdio.h>

/* The beginning of a segment; the rest is zeros. */
struct rtos_content {
	const void *bytes;
	size_t size;
};

struct rtos_system_program {
	const char *name, *path;   /* no path: it is loaded from a file */
	struct rtos_program image; /* its segments' parts are numbered when it is packed */
	struct rtos_content contents[RTOS_IMAGE_SEGMENTS_MAX];
	struct rtos_manifest_program manifest;
};

struct rtos_system {
	struct arena arena;
	const char *path;
	struct rtos_system_program
	    programs[RTOS_IMAGE_PROGRAMS_MAX]; /* init, supervisor, the others */
	struct rtos_manifest_device devices[RTOS_DEVICES_MAX];
	struct rtos_manifest_port ports[RTOS_PORTS_MAX];
	struct rtos_manifest_window windows[RTOS_WINDOWS_MAX];
	struct rtos_content window_contents[RTOS_WINDOWS_MAX]; /* of size 0: it is memory */
	char strings[RTOS_STRINGS_MAX];
	uint32_t program_count, device_count, port_count, window_count, string_size;
	uint32_t supervisor; /* 0: none */
	size_t warnings;
};

/* Reads and checks; NULL after errors, which are on `complaints`. `options` may be NULL. */
struct rtos_system *rtos_load(const char *path, const struct model_options *options,
                              FILE *complaints);
void rtos_free(struct rtos_system *system);

/* Bytes that the caller frees; empty after an error. */
struct rtos_bytes {
	void *bytes;
	size_t size;
};

/* The verified boot image of image.h, without the kernel before it. */
bool rtos_image_make(const struct rtos_system *system, struct rtos_content kernel,
                     struct rtos_bytes *image, FILE *complaints);

/* The whole file: the kernel's (in memory, `kernel_path` for messages), then the boot image. */
bool rtos_pack_make(const struct rtos_system *system, const struct rtos_bytes *kernel,
                    const char *kernel_path, struct rtos_bytes *file, FILE *complaints);

/* Prints the contents of a verified boot image. False: a part of it is damaged, which is
 * printed. */
bool rtos_report(const struct rtos_image *image, FILE *out);

/* Likewise of the whole file in which it was found (lib/rtosfile.h), with a verdict: the kernel
 * before the boot image is compared with its copy there. */
bool rtos_report_file(const struct rtos_bytes *file, const struct rtos_image *image, FILE *out);

#endif
