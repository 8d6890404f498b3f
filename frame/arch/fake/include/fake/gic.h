/*
 * A GICv3 to test the virtual GIC on the host, behind frame/gic.h and machine/gic_cpu.h: a
 * distributor, and for each core a redistributor, list registers and what a guest sees of them. It
 * complains of: two list registers for one interrupt; a link to an interrupt that isn't active; a
 * write to an interrupt that isn't the partition's; a look at which list registers are empty or
 * have ended, before a write to one has settled.
 */
#ifndef FAKE_GIC_H
#define FAKE_GIC_H

#include <fake/complaint.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_GIC_CORES    8
#define FAKE_GIC_SPURIOUS 1023u

/* Resets the GIC, with so many list registers. `mine` are the SPIs that may be written to. */
void fake_gic_reset(uint32_t list_registers, const uint32_t mine[32]);

/* From now on this core does everything; it enters EL2 for that. Affinities are core numbers. */
void fake_gic_on(uint32_t number);

/* ---- devices ---- */
void fake_gic_pulse(uint32_t intid);            /* an edge */
void fake_gic_line(uint32_t intid, bool level); /* of a level-triggered SPI */

/* ---- this core's physical side ---- */

void fake_gic_private_line(uint32_t intid, bool level); /* of a level-triggered PPI */

/* Takes the next physical interrupt, which is active from now on. FAKE_GIC_SPURIOUS: there is none.
 */
uint32_t fake_gic_take(void);
uint32_t fake_gic_next(void); /* returns that interrupt, without taking it */
bool fake_gic_precedes(uint32_t intid, uint32_t priority); /* an interrupt of that priority */
bool fake_gic_maintenance(void);
uint32_t fake_gic_timers_priority(void); /* of the guests' timers */

/* ---- this core's guest ---- */
void fake_guest_apart(bool apart); /* EOImode */
uint32_t fake_guest_acknowledge(void);
void fake_guest_end(uint32_t intid); /* EOIR */
/* DIR. True: it traps, and nothing was done. */
bool fake_guest_deactivate(uint32_t intid);

/* Sets what another core does right after each write of an enable bit or a route; 0: nothing. */
void fake_gic_meanwhile(void (*act)(void));

/* ---- looking ---- */
bool fake_gic_pending(uint32_t intid); /* of an SPI */
bool fake_gic_active(uint32_t intid);
bool fake_gic_enabled(uint32_t intid);
uint64_t fake_gic_route(uint32_t intid);
uint64_t fake_gic_list_register(uint32_t of, uint32_t index);

#endif
