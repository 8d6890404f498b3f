/*
 * The fake machine's cores, for one thread that plays them in turn: system registers, what runs
 * below EL2, the interrupts of messages, the firmware, and memory where frame/layout.h says. Behind
 * machine/contexts.h, machine/firmware.h, machine/mail_interrupt.h, machine/wait.h and
 * machine/sysreg.h. Complains of a context that is run though it isn't ready, of a switch away from
 * one that doesn't run.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#include <fake/complaint.h>
#include <machine/sysreg.h>
#include <state/context.h>

#define FAKE_CPUS 8

/* What happens where the frame lets go. `off` and `leave` don't return. */
struct fake_hooks {
	void (*wait)(void);  /* in WFI; returns when it ends */
	void (*off)(void);   /* the machine is turned off */
	void (*leave)(void); /* core_leave() */
	/* A vCPU is about to run: makes its EL1 the core's. 0: nobody does. */
	void (*enter)(struct context *next);
	/* Whether an interrupt is there that isn't masked. 0: there never is. */
	bool (*pending)(void);
	/* The number of the most urgent of them. 0: what the frame has to take. */
	uint32_t (*pending_first)(void);
	/* power_change(), where it is part of the test; and the firmware's: this core goes off,
	 * which returns if it is refused, and another one comes on. */
	int64_t (*power)(uint64_t index, uint64_t what);
	int64_t (*cpu_off)(void);
	int64_t (*cpu_on)(uint64_t affinity);
};

/* Forgets everything. The layout's memory is zero, every core runs nothing. */
void fake_cpu_reset(struct fake_hooks hooks);

/* What follows is done by this core. */
void fake_cpu_on(uint32_t cpu);

/* The counter, which all cores share. */
void fake_time(uint64_t counter);

/* What this core runs below EL2; 0: nothing yet. */
struct context *fake_running(void);

struct fake_cpu_counts {
	uint32_t switches; /* to another context */
	uint32_t resets;   /* contexts that began anew */
	uint32_t mails;    /* interrupts sent to it */
	uint32_t waits;    /* WFIs */
	uint32_t forgets;  /* of translations, as another vCPU of a partition runs */
	uint32_t mitigations;
};
struct fake_cpu_counts fake_cpu_counts(uint32_t cpu);

/* Takes the most urgent interrupt of messages that isn't masked, and has its class; false: there is
 * none. From any thread. */
bool fake_mail_arrives(uint32_t cpu, uint32_t *class_of);
#define FAKE_MAIL_NONE 0x100u
uint32_t fake_mail_priority(uint32_t cpu); /* of the first; or none waits */

#endif
