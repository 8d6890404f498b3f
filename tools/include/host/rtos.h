/*
 * A manifest of the RTOS after all checks, with the programs' files. `kumiki rtos` checks, packs
 * and shows it. Everything in it fits together.
 */
#ifndef HOST_RTOS_H
#define HOST_RTOS_H

#include <host/arena.h>
#include <host/complaints.h>
#include <host/model.h>
#include <kumiki/rtos/image.h>
#include <kumiki/rtos/manifest.h>
#include <stdbool.h>
#include <stdio.h>

/* The contents at a segment's beginning; the rest of the segment is zeros. */
struct rtos_content {
	const void *bytes;
	size_t size;
};

struct rtos_system_program {
	const char *name, *path;   /* path NULL: another program loads it from a file */
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
	struct rtos_content window_contents[RTOS_WINDOWS_MAX]; /* size 0: plain memory */
	char strings[RTOS_STRINGS_MAX];
	uint32_t program_count, device_count, port_count, window_count, string_size;
	uint32_t supervisor; /* 0: none */
	size_t warnings;
};

/* Reads and checks a manifest. NULL: errors, which were told to `complaints`. `options` may be
 * NULL. */
struct rtos_system *rtos_load(const char *path, const struct model_options *options,
                              FILE *complaints);
void rtos_free(struct rtos_system *system);

/* Bytes that the caller frees. After an error there are none. */
struct rtos_bytes {
	void *bytes;
	size_t size;
};

/* Makes the boot image, and verifies it. The kernel's file isn't before it yet. */
bool rtos_image_make(const struct rtos_system *system, struct rtos_content kernel,
                     struct rtos_bytes *image, FILE *complaints);

/* Makes the whole file: the kernel's bytes, then the boot image. `kernel_path` is for messages. */
bool rtos_pack_make(const struct rtos_system *system, const struct rtos_bytes *kernel,
                    const char *kernel_path, struct rtos_bytes *file, FILE *complaints);

/* Writes into an image of the RTOS where the devices are that its manifest knows by their names in
 * the system's description. A file that is no such image stays as it is. False after a complaint.
 */
bool rtos_place(const struct model *model, const struct model_partition *partition, void *file,
                size_t size, struct complaints *complaints);

/* Prints the contents of a verified boot image. False: a part is damaged, and this was printed. */
bool rtos_report(const struct rtos_image *image, FILE *out);

/* Prints the contents of the whole file with this boot image (lib/rtosfile.h), and a verdict:
 * compares the kernel before the image with its copy in the image. */
bool rtos_report_file(const struct rtos_bytes *file, const struct rtos_image *image, FILE *out);

#endif
