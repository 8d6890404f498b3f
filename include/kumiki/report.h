/*
 * The report of a partition's end: what the frame knows of it, as it is. Written by the frame, one
 * for each partition; put into words by the console service, which also looks up whose an address
 * is: the frame, with interrupts masked, only copies registers.
 */
#ifndef KUMIKI_REPORT_H
#define KUMIKI_REPORT_H

#include <stdint.h>

/* What could not be given back to a guest. */
enum report_fault {
	REPORT_NO_FAULT = 0,
	REPORT_VECTOR = 1,    /* its exception vector can't be executed */
	REPORT_SERROR = 2,    /* an asynchronous external abort */
	REPORT_EXCEPTION = 3, /* an exception that a guest can't cause */
	REPORT_LOADER = 4,    /* its loader failed; syndrome, address and pc are the loader's */
	REPORT_NOISY = 6,     /* a device doesn't fall silent; address is the device's */
	REPORT_STUCK = 5,     /* it loops in its exception vectors; ESR_EL1, FAR_EL1 */
};

struct stop_report {
	uint32_t sequence; /* grows by two with each report; odd while one is being written */
	uint32_t reason;   /* enum stop_reason (life.h) */
	uint32_t fault;    /* enum report_fault; what follows is valid with STOP_FAULT only */
	uint32_t vcpu;     /* index in the partition */
	uint32_t load;     /* with STOP_IMAGE: which load of the partition is damaged */
	uint32_t reserved;
	uint64_t syndrome; /* ESR_EL2 */
	uint64_t address;  /* guest-physical, of an abort */
	uint64_t pc, pstate;
	uint64_t x[31];
};

/* What became of the console service's life before this one. */
struct service_report {
	uint32_t failures; /* ever */
	uint32_t reserved;
	uint64_t syndrome, address, pc; /* of the last one */
};

#endif
