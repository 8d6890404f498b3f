/* SPDX-License-Identifier: MIT-0 */
/*
 * The report of a partition's end: the registers as the frame saw them, and what the loader found
 * in the partition's memory. The console service puts it into words, and looks up the owner of an
 * address. The frame, with interrupts masked, only copies registers.
 */
#ifndef KUMIKI_REPORT_H
#define KUMIKI_REPORT_H

#include <stdint.h>

/* An error that could not be given back to a guest. */
enum report_fault {
	REPORT_NO_FAULT = 0,
	REPORT_VECTOR = 1,     /* its exception vector can't be executed */
	REPORT_SERROR = 2,     /* an asynchronous external abort */
	REPORT_EXCEPTION = 3,  /* an exception that a guest can't cause */
	REPORT_LOADER = 4,     /* its loader failed; syndrome, address and pc are the loader's */
	REPORT_NOISY = 6,      /* a device doesn't fall silent; address is the device's */
	REPORT_UNCONFINED = 7, /* a device's DMA goes around the SMMU; address is the device's */
	REPORT_FUNCTION = 8,   /* a PCI function isn't as described; address is its slot */
	REPORT_STUCK = 5,      /* it loops in its exception vectors; ESR_EL1, FAR_EL1 */
};

/* How the image of a service that failed was: its text and constants. */
enum service_text {
	SERVICE_TEXT_WHOLE = 0,
	SERVICE_TEXT_MENDED = 1, /* it was damaged, and was made anew */
	SERVICE_TEXT_LOST = 2,   /* it is damaged, and can't be made anew */
};

/* What didn't hold of the state that the frame kept of a partition. */
enum report_kept {
	KEPT_HOLDS = 0,
	KEPT_HEADER = 1,    /* the header */
	KEPT_IDENTITY = 2,  /* which partition it is */
	KEPT_LIFE = 3,      /* its life, DMA or mend has no such state */
	KEPT_TARGET = 4,    /* an interrupt is for no vCPU */
	KEPT_VCPU = 5,      /* a vCPU isn't the partition's own */
	KEPT_CONTEXT = 6,   /* a vCPU's context */
	KEPT_PLACE = 7,     /* a vCPU's core or priority */
	KEPT_LISTS = 8,     /* a vCPU holds an interrupt that isn't its own */
	KEPT_REGISTERS = 9, /* a core lost registers of one of its vCPUs */
};

/*
 * Written by the frame, one for each partition. The registers belong to the vCPU that ended the
 * partition; after a command to end, to its first vCPU.
 */
struct stop_report {
	uint32_t sequence; /* grows by two with each report; odd while one is being written */
	uint32_t reason;   /* enum stop_reason (life.h) */
	uint32_t fault;    /* enum report_fault, with STOP_FAULT; with STOP_KEPT enum report_kept */
	uint32_t vcpu;     /* index in the partition */
	uint32_t load;     /* with STOP_IMAGE: which load of the partition is damaged */
	uint16_t off;      /* the vCPU was off: the registers are its last ones */
	uint16_t text;     /* with REPORT_LOADER: enum service_text */
	uint64_t syndrome; /* with STOP_FAULT: ESR_EL2 */
	uint64_t address;  /* and for an abort the guest-physical address */
	uint64_t x[31];
	uint64_t pc, pstate;
	/* EL1's view, and both stack pointers. */
	uint64_t sp_el0, sp_el1, elr, spsr, esr, far;
	uint64_t vbar, sctlr, tcr, ttbr0, ttbr1;
};

enum examined_flag {
	EXAMINED_PANIC = 1u << 0,  /* its kernel's function `panic` is in the back trace */
	EXAMINED_FAILED = 1u << 1, /* the examination failed by itself; there is no text */
};

/*
 * The result of an examination, written by the partition's loader. The text is bounded and
 * printable, but comes from memory that the partition wrote: it can be false.
 */
#define EXAMINED_TEXT_SIZE 2048u
struct examined {
	uint32_t sequence; /* of the report that it belongs to; written last */
	uint32_t flags;    /* enum examined_flag */
	uint32_t size;     /* of the text: whole lines, indented by two spaces */
	uint32_t remote;   /* enum remote_crash: what a core of another architecture did, if the
	                      text has its registers; else 0 */
	char text[EXAMINED_TEXT_SIZE];
};

/* The end of a service's run before this one. */
#define SERVICE_LOOPS (~0ULL) /* as syndrome: it ran for half a minute and made no call */
struct service_report {
	uint32_t failures;              /* ever */
	uint32_t text;                  /* enum service_text, at the last one */
	uint64_t syndrome, address, pc; /* of the last one */
};

#endif
