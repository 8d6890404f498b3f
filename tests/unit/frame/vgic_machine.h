/*
 * A partition on the fake GIC, for the tests of the virtual GIC: cores that take their interrupts
 * when told to, messages that arrive when they do, accesses that are executed again until they are
 * done. One thread plays all of it, so a seed repeats a run.
 */
#ifndef UNIT_FRAME_VGIC_MACHINE_H
#define UNIT_FRAME_VGIC_MACHINE_H

#include <fake/gic.h>
#include <state/partition.h>

#define MACHINE_VCPUS 3
#define MACHINE_UART  41 /* wired */
#define MACHINE_RTC   42
#define MACHINE_BELLS 43 /* wired, too: two doorbells */
#define MACHINE_TIMER 27 /* the hardware's PPI */
#define MACHINE_LAST  109

extern struct partition *machine_partition;

/* All SPIs from 32 to 40 and 64 to 109 are the partition's. Its first vCPU runs. */
void machine_start(uint32_t list_registers);
/* All of the partition's physical interrupts. */
void machine_silence(void);

void machine_vcpu_on(uint32_t index);
void machine_vcpu_off(uint32_t index);

/* What follows is done by the core of this vCPU. */
struct vcpu *machine_on(uint32_t index);

/* This core takes one interrupt; false: there is none. All take all there are. */
bool machine_interrupt(uint32_t index);
void machine_settle(void);

/* The guest's registers; other cores take their interrupts while an access is executed again. */
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
void machine_line(uint32_t index, uint32_t intid, bool level); /* of a wired one */

/*
 * A doorbell is rung, as frame/core/word/mail.c and doorbell.c do it: by anybody, then heard by the
 * home core, the first vCPU's. And how many interrupts rings were to that core.
 */
void machine_ring(uint32_t intid);
void machine_hear(void);
extern uint32_t machine_rings;

/* How often an access had to be executed again since the start. */
extern uint32_t machine_again;

/*
 * Each interrupt is in one place: physically active, or taken, for as long as exactly one vCPU
 * holds it, in a list register or in one of the sets. The first breach in words, or 0.
 */
const char *machine_breach(void);

/* For tests: what vCPU `index` is given when everything has settled, and ends; or that it is given
 * nothing. A teardown that fails with the breach there is. */
void machine_expect_taken(uint32_t index, uint32_t intid);
void machine_expect_nothing(uint32_t index);
int machine_judge(void **state);

#endif
