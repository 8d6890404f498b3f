/*
 * What `kumiki doctor` appends to the doctor's image: the facts of a board's file, which the doctor
 * compares with the machine. They begin with a bundle's header and cores, where the frame's own
 * code looks for them; such a bundle has no partitions. The facts' size is `tables_size` of that
 * header. All numbers are little-endian.
 */
#ifndef KUMIKI_DOCTOR_H
#define KUMIKI_DOCTOR_H

#include <kumiki/bundle.h>

#define DOCTOR_CORES    64
#define DOCTOR_BANKS    16
#define DOCTOR_RESERVED 32

/* The image's own memory, from its beginning on: it lies at a multiple of this. */
#define DOCTOR_MEMORY 0x200000u

/* Stands in the image right behind the arm64 Image header. */
#define DOCTOR_HEADER_MAGIC 0x524f54434f44ULL /* "DOCTOR" */
struct doctor_header {
	uint64_t magic;
	uint32_t bundle_revision;
	uint32_t facts_size; /* sizeof(struct doctor_facts) */
	uint32_t image_size; /* bytes of the doctor's image; the facts follow, aligned */
	uint32_t reserved;
	char version[BUNDLE_VERSION_SIZE];
};

struct doctor_range {
	uint64_t base, size;
};

struct doctor_facts {
	struct bundle_header bundle; /* board, image_base, frame_crc */
	struct bundle_core cores[DOCTOR_CORES];
	/* Of each core: where its first address is written, in the firmware's spin table; 0: PSCI
	 * starts it. */
	uint64_t release[DOCTOR_CORES];
	struct doctor_range banks[DOCTOR_BANKS];
	struct doctor_range reserved[DOCTOR_RESERVED]; /* not to be touched */
	uint32_t bank_count, reserved_count;
	uint32_t counter_hz;     /* `clock-frequency` of the timer; 0: not given */
	uint32_t instruction_ps; /* `kumiki,instruction-time`; 0: not given */
};

_Static_assert(sizeof(struct doctor_header) == 56, "tools and image agree on it");
_Static_assert(sizeof(struct doctor_facts) <= BUNDLE_ALIGN, "the doctor maps one page");

#endif
