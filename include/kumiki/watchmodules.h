/*
 * The modules that a watched Linux may load (docs/prevention.md). `kumiki modules` writes the file
 * on the host, from that kernel's own Image and the modules' files; the RTOS's watcher compares
 * with it what the kernel has loaded. A module has two parts, each with its code and constants as
 * the file has them, and with the sites where the kernel changes these. Places count from the
 * beginning of their part; its constants begin with the first page behind its code.
 */
#ifndef KUMIKI_WATCHMODULES_H
#define KUMIKI_WATCHMODULES_H

#include <stdint.h>

#define WATCHMODULES_MAGIC    0x534c444d5f4b4b4dULL
#define WATCHMODULES_REVISION 2
#define WATCHMODULES_MOST     256u
#define WATCHMODULES_NAME     56u         /* with a NUL */
#define WATCHMODULES_TEXT     (16u << 20) /* bytes of a part */
#define WATCHMODULES_ENTRY    12u         /* bytes of a PLT's entry: ADRP, ADD and BR by X16 */
#define WATCHMODULES_ENTRIES  8192u       /* of a PLT */

enum watchmodules_part { WATCHMODULES_CORE, WATCHMODULES_INIT, WATCHMODULES_PARTS };

/* What may stand at a site. */
enum watchmodules_kind {
	/* What the text has from here on, or other instructions: those at another place of the
	 * part, or NOPs. The text may have other sites behind this one. */
	WATCHMODULES_ALTERNATIVE,
	WATCHMODULES_BRANCH,  /* B or BL to a target, or to an entry of the PLT that leads there */
	WATCHMODULES_PAGE,    /* ADRP of the target's page */
	WATCHMODULES_LOW,     /* bits of the target's place in its page */
	WATCHMODULES_JUMP,    /* a jump label: a NOP, or B to a place of the part */
	WATCHMODULES_TRACED,  /* two instructions: NOP or MOV X9, X30; NOP or a call of ftrace's
	                         entry */
	WATCHMODULES_PLT,     /* as many entries as branches need; the rest is zero */
	WATCHMODULES_TRACERS, /* two more, which lead to ftrace's entries */
	/* In constants: */
	WATCHMODULES_POINTER,  /* 64 bits: the target's address */
	WATCHMODULES_DISTANCE, /* 32 bits: from here to the target */
	WATCHMODULES_KINDS,
};

/* Where a target's value counts from. */
enum watchmodules_base {
	WATCHMODULES_OF_CORE, /* as enum watchmodules_part */
	WATCHMODULES_OF_INIT,
	WATCHMODULES_OF_CPUS,       /* the module's own variables of each CPU */
	WATCHMODULES_OF_KERNEL,     /* the first byte of its Image */
	WATCHMODULES_OF_OTHER,      /* the core of the module `other` */
	WATCHMODULES_OF_OTHER_CPUS, /* its variables of each CPU */
	WATCHMODULES_BASES,
};

#define WATCHMODULES_NOPS UINT32_MAX /* of an alternative: NOPs */

struct watchmodules_site {
	uint32_t place;
	uint8_t kind, base;
	uint8_t shift; /* LOW: so many bits of the target aren't in the instruction */
	uint8_t other; /* index of a module */
	/* The target of BRANCH, PAGE, LOW, JUMP, POINTER and DISTANCE; of ALTERNATIVE the place of
	 * the other instructions, and above 32 bits how many there are; of PLT and TRACERS the
	 * number of entries. */
	uint64_t value;
};
_Static_assert(sizeof(struct watchmodules_site) == 16, "hosts and watchers rely on it");

/* Sites are in the order of their places; at one place an alternative comes first. */
struct watchmodules_text {
	uint32_t text, size; /* where it begins in the file, and bytes; behind them are zeroes */
	uint32_t code;       /* how many of these bytes are code; zeroes fill its last page */
	uint32_t sites, count;
};

struct watchmodules_module {
	char name[WATCHMODULES_NAME];
	struct watchmodules_text part[WATCHMODULES_PARTS];
};

/* The modules stand behind it, then what they have. */
struct watchmodules {
	uint64_t magic;
	uint32_t revision;
	uint32_t size;   /* of all, a multiple of 8 */
	uint32_t kernel; /* CRC-32C of the kernel's words about itself (struct watchfacts) */
	uint32_t count;
};

#endif
