/*
 * The loader's port: programs from files, in slots of the manifest
 * (docs/reference/rtos-servers.md). Word 0 of a call is the operation, word 0 of the answer an enum
 * loader_status.
 */
#ifndef PROTO_LOADER_H
#define PROTO_LOADER_H

#include <stdint.h>

#define LOADER_PATH      48  /* with its NUL */
#define LOADER_ARGUMENTS 960 /* bytes, with their NULs */

/* Word 1: the slot (0: any free slot), and how many bytes of arguments the lent page has. */
#define LOADER_WHAT(slot, bytes) ((uint64_t)(bytes) << 32 | (slot))
#define LOADER_WHAT_SLOT(word)   ((uint32_t)(word))
#define LOADER_WHAT_BYTES(word)  ((uint32_t)((word) >> 32))

enum loader_operation {
	/* word 1: LOADER_WHAT; words 2 to 7: path; arguments, one string behind the other, in a
	 * lent page. Answer: word 1: the slot's number as a program; word 2: its start's number,
	 * for SUPERVISOR_WAIT. Once only. */
	LOADER_RUN = 1,
	/* word 1: a program's number; words 2 to 7: path. Lays the file out as a new version of the
	 * program, for SUPERVISOR_REPLACE. Repeatable. */
	LOADER_LAY = 2,
};

enum loader_status {
	LOADER_OK = 0,
	LOADER_BAD = 1,          /* no such operation; a path or arguments of the wrong form */
	LOADER_DENIED = 2,       /* no such slot, or the caller doesn't manage it */
	LOADER_BUSY = 3,         /* the slot, or with slot 0 every slot, has a program */
	LOADER_NO_FILE = 4,      /* the file can't be found or read */
	LOADER_NOT_ELF = 5,      /* the file is no ELF file for AArch64 */
	LOADER_NOT_STATIC = 6,   /* the file needs relocation, or linking at its start */
	LOADER_DAMAGED = 7,      /* a part lies beyond the file's end, or the file changed */
	LOADER_BAD_PLACE = 8,    /* a segment isn't where programs are, or shares a page */
	LOADER_BAD_RIGHTS = 9,   /* a segment is writable and executable */
	LOADER_BAD_ENTRY = 10,   /* the entry isn't in a segment with instructions */
	LOADER_TOO_COMPLEX = 11, /* more segments or headers than the loader looks at */
	LOADER_TOO_LARGE = 12,   /* the slot's quota is too small */
	LOADER_NO_SERVER = 13,   /* set by the client's side (rtos/run.h): no server answers */
	LOADER_NO_PROGRAM = 14,  /* LOADER_LAY: the program offers no port, or isn't running */
};

#endif
