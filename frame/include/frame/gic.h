/*
 * The physical interrupt controller, as the frame drives it: for the frame's own interrupts and
 * those of partitions. It is the one that the frame was linked for: a folder of frame/gic has its
 * driver, its registers' places (frame/gic_places.h), its list registers' layout (frame/listreg.h)
 * and the CPU interface's fast registers (machine/gic_cpu.h). docs/inside/interrupts.md.
 */
#ifndef FRAME_GIC_H
#define FRAME_GIC_H

#include <frame/gic_places.h>
#include <frame/gic_registers.h>
#include <frame/types.h>

struct bundle_board;
struct bundle_header;
struct tables;

/*
 * Eight classes of 32 priorities each. An interrupt has the physical priority of the class that it
 * is for, and a core's mask is that of the class that it runs: an interrupt for a less urgent class
 * doesn't come. The frame's timer and maintenance interrupts always come, and so do the private
 * interrupts of the resident vCPU, except its timers: these have a class, too
 * (gic_set_timers_class()). Only the frame's timer interrupts the frame itself (run/progress.h).
 * The steps between classes are wide enough for a GIC that keeps half of the priorities for a
 * secure state.
 */
#define GIC_CLASSES 8
#define GIC_SGIS    16u
#define GIC_MAIL    0 /* SGIs: of messages of class 0; those of the other classes follow */

#define GIC_PRIORITY_TIMER   0x00
#define GIC_PRIORITY_PRIVATE 0x10 /* the mask that lets only the frame's timer through */
#define GIC_MASK_NOTHING     0xff

static inline uint32_t gic_class(uint32_t priority)
{
	return priority / 32;
}

static inline uint32_t gic_priority(uint32_t rank)
{
	return 0x20 + (GIC_CLASSES - 1 - rank) * 0x18;
}

static inline uint32_t gic_mask_of(uint32_t rank)
{
	return gic_priority(rank) + 0x10;
}

/* Returns the priority of timers of this class: they come before other interrupts for the class,
 * and the mask of the next higher class just holds them back. */
static inline uint32_t gic_timers_priority(uint32_t rank)
{
	return gic_priority(rank) - 8;
}

/*
 * Set up the distributor, once, by the boot core; and by each core its own registers and CPU
 * interface. With hardware that doesn't fit they stop the start with a message.
 */
void gic_init_distributor(va_t base);
void gic_init_core(uint32_t own_ppis);

/* Finds the values that gic_mask_class() and gic_mask_all_but_timer() set, and masks all but the
 * timer's interrupt. gic_init_core() finds them, too; a core that starts again needs them before.
 */
void gic_begin_masks(void);

/* True: the controls, or the enables of the frame's own interrupts, aren't as gic_init_core() left
 * them. */
bool gic_core_differs(void);

/* This core is about to go off: has no interrupts reach it any more. */
void gic_rest_core(void);

/* Returns why the frame can't use a core's virtual interface, by the value of ICH_VTR_EL2; 0: it
 * can. */
const char *gic_interface_unfit(uint32_t type);

/* These change only the bits of the mask. */
void gic_set_enable(va_t bits, uint32_t mask);
void gic_clear_enable(va_t bits, uint32_t mask);
void gic_set_pending(va_t bits, uint32_t mask);
void gic_clear_pending(va_t bits, uint32_t mask);
void gic_set_active(va_t bits, uint32_t mask);
void gic_clear_active(va_t bits, uint32_t mask);
uint32_t gic_pending(va_t bits);
uint32_t gic_active(va_t bits);
void gic_set_timers_class(uint32_t rank); /* of the guests' timers of this core */

/* For SPIs only. */
void gic_route(uint32_t intid, uint64_t affinity);
void gic_set_priority(uint32_t intid, uint32_t priority);
void gic_set_edges(uint32_t word, uint32_t mask, uint32_t edge); /* 1: edge, 0: level */

uint32_t gic_typer(void);
uint32_t gic_identification(uint32_t offset);

/* gic_find_core(): returns the physical address of the registers that the core with this affinity
 * has of its own; 0: there is no such core. Called while memory is mapped at its physical
 * addresses. gic_map_core(): maps them for the frame. */
uint64_t gic_find_core(const struct bundle_board *board, uint64_t affinity);
void gic_map_core(struct tables *tables, const struct bundle_board *board, uint64_t found);

/*
 * Messages of PCI functions. gic_message_memory(): how much memory they need; 0: nobody has any.
 * gic_begin_messages(): has the GIC know, for each function that may send, its owner's SPIs and no
 * others; `cores` has what gic_find_core() found. It stops the start if the GIC can't do that.
 * Called while memory is mapped at its physical addresses.
 */
uint64_t gic_message_memory(const struct bundle_header *from);
void gic_begin_messages(const struct bundle_header *from, uint64_t memory, const uint64_t *cores);

/* Returns the physical address of the page that guests have as their CPU interface, at gicr_ipa; 0:
 * they have none in memory. */
uint64_t gic_guest_interface(const struct bundle_board *board);

#endif
