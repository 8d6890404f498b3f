/*
 * The cores of the fake machine. A test's only thread plays one core after the other. The fake has
 * system registers, contexts below EL2, the interrupts of messages, the firmware, and memory at the
 * addresses of frame/layout.h. It implements machine/contexts.h, machine/firmware.h,
 * machine/mail_interrupt.h, machine/wait.h and machine/sysreg.h. It complains if the frame runs a
 * context that isn't ready, or switches away from a context that doesn't run.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#include <fake/complaint.h>
#include <machine/sysreg.h>
#include <state/context.h>

#define FAKE_CPUS 8

/* Functions of the test, which are called where the frame gives the core away. `off` and `leave`
 * don't return. */
struct fake_hooks {
	void (*wait)(void);  /* a core is in WFI; returns when that ends */
	void (*off)(void);   /* the machine is turned off */
	void (*leave)(void); /* core_leave() */
	/* Called before a vCPU runs: puts its EL1 registers into the core. 0: not called. */
	void (*enter)(struct context *next);
	/* Returns whether an unmasked interrupt is pending. 0: none ever is. */
	bool (*pending)(void);
	/* Returns the number of the most urgent pending interrupt. 0: it is always that of
	 * messages. */
	uint32_t (*pending_first)(void);
	/* Does what power_change() does, if the test needs it. */
	int64_t (*power)(uint64_t index, uint64_t what);
	/* Reads a word of a guest's memory. 0: all of it is zero. */
	uint32_t (*window)(pa_t place);
	/* The firmware's calls. cpu_off() returns only if the firmware refuses it. */
	int64_t (*cpu_off)(void);
	int64_t (*cpu_on)(uint64_t affinity);
};

/* Begins anew: the layout's memory is zero, and no core runs a context. */
void fake_cpu_reset(struct fake_hooks hooks);

/* From now on the test's thread plays this core. */
void fake_cpu_on(uint32_t cpu);

/* The counter, which all cores share. */
void fake_time(uint64_t counter);

/* Returns what this core runs below EL2; 0: nothing yet. */
struct context *fake_running(void);

struct fake_cpu_counts {
	uint32_t switches; /* to another context */
	uint32_t resets;   /* contexts that began anew */
	uint32_t mails;    /* messages' interrupts that were sent to it */
	uint32_t waits;    /* WFIs */
	uint32_t forgets;  /* resident_forget_translations() */
	uint32_t mitigations;
	uint32_t hung; /* cores that it took for hanging, a bit each */
};
struct fake_cpu_counts fake_cpu_counts(uint32_t cpu);

/* Takes the most urgent unmasked interrupt of the core's messages, and fills in its class. False:
 * there is none. Any thread may call it. */
bool fake_mail_arrives(uint32_t cpu, uint32_t *class_of);
#define FAKE_MAIL_NONE 0x100u
uint32_t fake_mail_priority(uint32_t cpu); /* of the most urgent unmasked one; or NONE */

#endif
