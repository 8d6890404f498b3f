/*
 * The boot image: what the host lays out behind the kernel, for the kernel and the first process.
 *
 * The file: the kernel (an arm64 Image), padded to RTOS_IMAGE_ALIGN; then this header and the
 * tables, padded to RTOS_IMAGE_ALIGN; then the parts, each aligned to RTOS_IMAGE_ALIGN and padded
 * with zeros. Offsets count from this header. The tool puts the size of the whole file into the
 * arm64 Image's header. The kernel reads the header and starts program 0 alone. Program 0 reads the
 * manifest and starts the others.
 *
 * Programs are linked at fixed addresses: each has an address space of its own, so nothing has to
 * be relocated. Segments are copied into fresh pages at each start, so the image stays pristine;
 * the manifest may say that a program's read-only ones are mapped where they lie.
 */
#ifndef KUMIKI_RTOS_IMAGE_H
#define KUMIKI_RTOS_IMAGE_H

#include <kumiki/rtos/crash.h>
#include <stdint.h>

/* In the kernel's file behind the 64 bytes of its arm64 Image header. */
#define RTOS_KERNEL_MAGIC 0x004c4e524b4d4b4bULL /* "KKMKRNL" */

struct rtos_kernel_header {
	uint64_t magic;
	uint32_t image_revision; /* RTOS_IMAGE_REVISION that it reads */
	uint32_t call_revision;  /* RTOS_CALL_REVISION that it answers to */
	uint64_t image_offset;   /* from the file's first byte: where struct rtos_image belongs */
	uint64_t copy_size;      /* text, constants, and variables as they are at first */
};

#define RTOS_IMAGE_MAGIC    0x45474d4953544b4bULL /* "KKTSIMGE" */
#define RTOS_IMAGE_REVISION 2
#define RTOS_IMAGE_ALIGN    4096
#define RTOS_IMAGE_NAME     32 /* with the closing NUL */

#define RTOS_IMAGE_PROGRAMS_MAX 64
#define RTOS_IMAGE_SEGMENTS_MAX 4 /* of one program */

struct rtos_image {
	uint64_t magic;
	uint32_t revision;
	uint32_t header_size; /* sizeof(struct rtos_image) */
	uint32_t tables_size; /* header and tables: what tables_crc covers, a multiple of 8 */
	uint32_t tables_crc;  /* CRC-32C with this field taken as 0 */
	uint64_t
	    image_size;    /* from the header to the last part's end: RTOS_IMAGE_ALIGN's multiple */
	uint32_t programs; /* offset of struct rtos_program[program_count], 8-byte aligned */
	uint32_t program_count;
	uint32_t parts; /* offset of struct rtos_part[part_count], 8-byte aligned */
	uint32_t part_count;
	uint32_t manifest;   /* the part with the compiled manifest; part_count: none */
	uint32_t kernel;     /* the part with a copy of the kernel; part_count: none */
	uint32_t kept_pages; /* of memory that outlives the kernel (docs/rtos/recovery.md) */
	uint32_t reserved;
};
_Static_assert(sizeof(struct rtos_image) == 64, "the kernel and the host tool agree on this");

/* A piece of the file. */
struct rtos_part {
	uint64_t offset; /* RTOS_IMAGE_ALIGN's multiple */
	uint64_t size;   /* without the padding */
	uint32_t crc;    /* CRC-32C of `size` bytes */
	uint32_t reserved;
	uint8_t sha256[32];
};
_Static_assert(sizeof(struct rtos_part) == 56, "the kernel and the host tool agree on this");

/* Of these, what isn't a program's: the kernel's two, the last crash's, and the supervisor's, which
 * are two and 1,536 bytes for each program (rtos/proto/recover.h). */
#define RTOS_KEPT_OWN(programs) (2 + RTOS_CRASH_PAGES + 2 + ((programs)*3 + 7) / 8)
/* A program's kept memory of so many pages lies at a multiple of 2 MiB, so that it is mapped soon.
 */
#define RTOS_KEPT_LARGE 2048u
#define RTOS_KEPT_BLOCK 512u

/* As in include/kumiki/rtos/call.h: RTOS_RIGHT_READ and perhaps one of …_WRITE and …_EXECUTE. */
struct rtos_segment {
	uint64_t address; /* RTOS_IMAGE_ALIGN's multiple; no two segments share a page */
	uint64_t memory;  /* bytes in memory, at least the part's size; more only if writable */
	uint32_t part;    /* part_count: nothing but zeros */
	uint32_t rights;
};
_Static_assert(sizeof(struct rtos_segment) == 24, "the kernel and the host tool agree on this");

/* Without segments and entry: loaded from a file, by the program that the manifest names. */
struct rtos_program {
	char name[RTOS_IMAGE_NAME];
	uint64_t entry;
	uint32_t segment_count;
	uint32_t reserved;
	struct rtos_segment segment[RTOS_IMAGE_SEGMENTS_MAX];
	/* Defaults for the first thread, which the manifest can change; program 0 has these. */
	uint64_t stack; /* address of its lowest byte, RTOS_IMAGE_ALIGN's multiple */
	uint32_t stack_size;
	uint8_t priority;
	uint8_t handle_pages; /* of its handle table: 1 to RTOS_HANDLE_PAGES_MAX */
	uint16_t flags;       /* RTOS_THREAD_… of its first thread */
};
_Static_assert(sizeof(struct rtos_program) == 160, "the kernel and the host tool agree on this");

/*
 * The kernel's facts for program 0, in a read-only page of their own right above the stack. The
 * first thread's x0 is their address.
 */
#define RTOS_START_MAGIC 0x54524154534b4b4bULL

struct rtos_start {
	uint64_t magic;
	uint32_t revision; /* RTOS_CALL_REVISION */
	uint32_t cpus;     /* numbered from 0, the CPU that booted */
	uint64_t image;    /* address of struct rtos_image in the process: read-only, all of it */
	uint64_t image_size;
	uint64_t tree; /* address of the flattened device tree in the process, read-only */
	uint64_t tree_size;
	uint64_t counter_hz;    /* of CNTVCT_EL0, which programs may read */
	uint64_t first_counter; /* CNTVCT_EL0 at the kernel's first instruction */
	uint64_t ready_counter; /* and when the kernel started this process */
	uint64_t pages;         /* of the machine, when it started */
	uint64_t starts;        /* of this process, before this one */
	uint64_t kernel; /* address of the kernel's text and constants in the process, read-only */
	uint64_t kernel_size;
	struct rtos_kernel_crash last; /* of the kernel before this one, if that one ended */
};

#endif
