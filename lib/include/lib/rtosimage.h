/*
 * Reading and verifying the RTOS's boot image and its compiled manifest: the only definition of
 * valid ones, for the host command, the kernel and the supervisor. Pure; touches only the bytes
 * given.
 */
#ifndef LIB_RTOSIMAGE_H
#define LIB_RTOSIMAGE_H

#include <kumiki/rtos/image.h>
#include <kumiki/rtos/manifest.h>
#include <stdbool.h>
#include <stddef.h>

enum rtosimage_fault {
	RTOSIMAGE_OK = 0,
	RTOSIMAGE_BAD_MAGIC,
	RTOSIMAGE_BAD_REVISION,
	RTOSIMAGE_BAD_SIZE,
	RTOSIMAGE_BAD_CRC,
	RTOSIMAGE_BAD_TABLE,
	RTOSIMAGE_BAD_PART,
	RTOSIMAGE_BAD_PROGRAM,
	RTOSIMAGE_BAD_SEGMENT,
	RTOSIMAGE_BAD_MANIFEST, /* its header, tables or strings */
	RTOSIMAGE_BAD_RIGHTS,   /* of a program in the manifest */
	RTOSIMAGE_BAD_LIFE,
	RTOSIMAGE_BAD_DEVICE,
	RTOSIMAGE_BAD_PORT,
	RTOSIMAGE_BAD_WINDOW,
	RTOSIMAGE_FAULTS
};

struct rtosimage_verdict {
	enum rtosimage_fault fault;
	uint32_t index; /* of the wrong part, program, device, port or window */
};

/*
 * Checks header, tables and programs: sizes, places, names, rights; not the parts' contents.
 * `available` is how many bytes may be read at `image`.
 */
struct rtosimage_verdict rtosimage_verify(const void *image, size_t available);

/*
 * Checks a manifest for the programs and parts of a verified image. `available` as above. The
 * tables' maxima bound the number of steps (devices are compared pairwise).
 */
struct rtosimage_verdict rtosmanifest_verify(const void *manifest, size_t available,
                                             const struct rtos_image *image);

const char *rtosimage_fault_text(enum rtosimage_fault fault);

/* Entries; only after rtosimage_verify() said RTOSIMAGE_OK. */
const struct rtos_program *rtosimage_programs(const struct rtos_image *image);
const struct rtos_part *rtosimage_parts(const struct rtos_image *image);
/* NULL: there is none. Not verified yet. */
const struct rtos_part *rtosimage_manifest(const struct rtos_image *image);
/* A copy of the kernel's file, up to its variables; NULL: there is none. Not verified yet. */
const struct rtos_part *rtosimage_kernel(const struct rtos_image *image);
bool rtosimage_part_intact(const struct rtos_image *image, const struct rtos_part *part);

/* Entries; only after rtosmanifest_verify() said RTOSIMAGE_OK. */
const struct rtos_manifest_program *rtosmanifest_programs(const struct rtos_manifest *manifest);
const struct rtos_manifest_device *rtosmanifest_devices(const struct rtos_manifest *manifest);
const struct rtos_manifest_port *rtosmanifest_ports(const struct rtos_manifest *manifest);
const struct rtos_manifest_window *rtosmanifest_windows(const struct rtos_manifest *manifest);
const char *rtosmanifest_strings(const struct rtos_manifest *manifest);

/*
 * How many pages of its quota a program takes before its first instruction: writable segments,
 * stack, start page, handle table, page tables, and one page each for threads and for mappings
 * (docs/rtos/kernel.md).
 */
uint64_t rtosimage_pages(const struct rtos_program *program);
/* The pages that it takes in addition if its text and constants are copied. */
uint64_t rtosimage_text_pages(const struct rtos_program *program);

#endif
