/*
 * State in two kinds. What the bundle and the hardware can give again (tables, queues, pointers,
 * masks) is built anew whenever it is needed. What nobody else knows is "kept": the guest's general
 * registers while it is trapped, the virtual GIC, the emulated devices, who is on. It lies together
 * at the head of struct partition and of struct vcpu, but for the virtual GIC, which is so large
 * that it comes behind all the rest. It holds no pointer, but those that struct context and struct
 * vcpu_run say are derived. Its layout has a revision: a frame that finds it must be able to tell
 * whether it can read it.
 *
 * A guest's EL1 registers stay in the CPU while the frame runs, and are kept there; those of a vCPU
 * that isn't resident are in its struct.
 *
 * The kept state has no checksum. Each trap changes it, and several cores do at once, bit by bit
 * (the virtual GIC): a sum would cost more than the trap, and be wrong at the very moment of a
 * crash, which comes in the middle of a change. Nor is there a part worth one: what rarely changes
 * (who is on, the devices' settings) is a few words, each of which can be checked by itself. So a
 * frame that finds it believes the header, which never changes, and of everything else only what it
 * has checked: states that there are, numbers in their range, interrupts that the bundle gives the
 * partition, a pending or active bit only where the physical GIC agrees.
 */
#ifndef STATE_KEEP_H
#define STATE_KEEP_H

#include <frame/types.h>

#define KEEP_MAGIC    0x5045454bu /* "KEEP", as it lies in memory */
#define KEEP_REVISION 5

struct keep_header {
	uint32_t magic;
	uint32_t revision;
	uint32_t partition_size; /* of the kept part of struct partition, of struct vcpu */
	uint32_t vcpu_size;
	uint32_t partition_vgic, vcpu_vgic; /* where those are */
};

#endif
