/*
 * Reading and verifying the RTOS's boot image and its compiled manifest. These are the only
 * definitions of a valid image and manifest, for the host command, the kernel and the supervisor.
 * The code is pure, and touches only the bytes that it is given.
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
	RTOSIMAGE_BAD_RIGHTS,   /* a program's rights in the manifest */
	RTOSIMAGE_BAD_LIFE,
	RTOSIMAGE_BAD_DEVICE,
	RTOSIMAGE_BAD_PORT,
	RTOSIMAGE_BAD_WINDOW,
	RTOSIMAGE_UNPLACED, /* all is well, but nobody has said where a device is */
	RTOSIMAGE_FAULTS
};

struct rtosimage_verdict {
	enum rtosimage_fault fault;
	uint32_t index; /* the wrong part's, program's, device's, port's or window's */
};

/*
 * Checks the header, the tables and the programs: sizes, places, names and rights. It doesn't check
 * the parts' contents. `available` is how many bytes may be read at `image`.
 */
struct rtosimage_verdict rtosimage_verify(const void *image, size_t available);

/*
 * Checks a manifest against the programs and parts of a verified image. `available` is how many
 * bytes may be read at `manifest`. The tables' maxima bound the number of steps (each pair of
 * devices is compared).
 */
struct rtosimage_verdict rtosmanifest_verify(const void *manifest, size_t available,
                                             const struct rtos_image *image);

const char *rtosimage_fault_text(enum rtosimage_fault fault);

/* The image's entries. Use these only after rtosimage_verify() has returned RTOSIMAGE_OK. */
const struct rtos_program *rtosimage_programs(const struct rtos_image *image);
const struct rtos_part *rtosimage_parts(const struct rtos_image *image);
/* The manifest, which isn't verified yet. NULL: there is none. */
const struct rtos_part *rtosimage_manifest(const struct rtos_image *image);
/* A copy of the kernel's file, up to its variables. The copy isn't verified yet. NULL: there is
 * none. */
const struct rtos_part *rtosimage_kernel(const struct rtos_image *image);
bool rtosimage_part_intact(const struct rtos_image *image, const struct rtos_part *part);

/* The manifest's entries. Use these only after rtosmanifest_verify() has returned RTOSIMAGE_OK. */
const struct rtos_manifest_program *rtosmanifest_programs(const struct rtos_manifest *manifest);
const struct rtos_manifest_device *rtosmanifest_devices(const struct rtos_manifest *manifest);
const struct rtos_manifest_port *rtosmanifest_ports(const struct rtos_manifest *manifest);
const struct rtos_manifest_window *rtosmanifest_windows(const struct rtos_manifest *manifest);
const char *rtosmanifest_strings(const struct rtos_manifest *manifest);

/* Whether two devices have a page in common, and the first such page. Devices of two programs
 * mustn't. */
bool rtosmanifest_share_page(const struct rtos_manifest_device *a,
                             const struct rtos_manifest_device *b, uint64_t *page);
/* An interrupt that both devices have, which no two devices may; 0: none. */
uint32_t rtosmanifest_share_interrupt(const struct rtos_manifest_device *a,
                                      const struct rtos_manifest_device *b);

/*
 * How many pages of its quota a program takes before its first instruction: writable segments,
 * stack, start page, handle table, page tables, and one page each for threads and for mappings
 * (docs/inside/rtos-kernel.md).
 */
uint64_t rtosimage_pages(const struct rtos_program *program);
/* How many more pages a program takes if its text and constants are copied. */
uint64_t rtosimage_text_pages(const struct rtos_program *program);

#endif
