/*
 * A partition on the fake GIC, for the tests of the virtual GIC. Cores take their interrupts when a
 * test says so, messages arrive then, too, and an access is executed again until it is done. One
 * thread plays all of it, so a seed repeats a run.
 */
#ifndef UNIT_FRAME_VGIC_MACHINE_H
#define UNIT_FRAME_VGIC_MACHINE_H

#include <fake/gic.h>
#include <state/partition.h>

#define MACHINE_VCPUS 3
#define MACHINE_UART  41 /* a wired interrupt */
#define MACHINE_RTC   42
#define MACHINE_BELLS 43 /* also wired: two doorbells */
#define MACHINE_SENT  45 /* also wired: a function's message */
#define MACHINE_TIMER 27 /* the hardware's PPI */
#define MACHINE_LAST  109

extern struct partition *machine_partition;

/* All SPIs from 32 to 40 and 64 to 109 are the partition's. Its first vCPU runs. */
void machine_start(uint32_t list_registers);
/* Silences all of the partition's physical interrupts. */
void machine_silence(void);

void machine_vcpu_on(uint32_t index);
void machine_vcpu_off(uint32_t index);

/* From now on this vCPU's core does everything. */
struct vcpu *machine_on(uint32_t index);

/* The first function lets a vCPU's core take one interrupt; false: there is none. The second one
 * lets all cores take all of them. */
bool machine_interrupt(uint32_t index);
void machine_settle(void);

/* Accesses to the guest's registers. Other cores take their interrupts before an access is executed
 * again. */
uint64_t machine_read(uint32_t index, uint32_t offset);
void machine_write(uint32_t index, uint32_t offset, uint64_t value);
uint64_t machine_private_read(uint32_t index, uint32_t of, uint32_t offset);
void machine_private_write(uint32_t index, uint32_t of, uint32_t offset, uint32_t value);
void machine_route(uint32_t index, uint32_t intid, uint64_t value);
void machine_priority(uint32_t index, uint32_t intid, uint8_t priority);
void machine_sgi(uint32_t index, uint32_t intid, uint32_t targets);

/* The guest's CPU interface. */
uint32_t machine_acknowledge(uint32_t index);
void machine_end(uint32_t index, uint32_t intid);
void machine_deactivate(uint32_t index, uint32_t intid);
void machine_line(uint32_t index, uint32_t intid, bool level); /* sets a wired interrupt's line */

/*
 * A doorbell, as frame/core/word/mail.c and doorbell.c do it: any partition rings it, then the home
 * core hears it, which is the first vCPU's. The count says how many interrupts these rings sent to
 * that core.
 */
void machine_ring(uint32_t intid);
void machine_hear(void);
extern uint32_t machine_rings;

/* A function's message comes to this core. */
void machine_send(uint32_t index);

/* How many times an access was executed again since the start. */
extern uint32_t machine_again;

/*
 * Checks that each interrupt is in one place: it is physically active, or taken, exactly as long as
 * one vCPU holds it, in a list register or in one of the sets. Returns the first breach in words;
 * NULL: there is none.
 */
const char *machine_breach(void);

/* For tests: the interrupt that vCPU `index` must get when everything has settled, and which it
 * ends; or it must get none. The third function is a teardown that fails if there is a breach. */
void machine_expect_taken(uint32_t index, uint32_t intid);
void machine_expect_nothing(uint32_t index);
void machine_judge(void);

#endif
