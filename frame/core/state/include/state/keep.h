/*
 * State is of two kinds. State that the bundle and the hardware can give again (tables, queues,
 * pointers, masks) is built anew whenever it is needed. All other state is "kept": a guest's
 * general registers while it is trapped, the virtual GIC, the emulated devices, which vCPUs are on.
 * The kept state lies at the head of struct partition and of struct vcpu. Only the virtual GIC is
 * so large that it comes behind all the rest. Kept state holds no pointer, except those that struct
 * context and struct vcpu_run say are derived. Of all that stays in memory nothing points to text,
 * constants or .core, unless a recovery sets it anew. Its meaning has a revision, and its layout a
 * sum (start/update_state.c): by them another frame tells whether it can go on with it
 * (docs/proof/recovery.md). The revision changes with what values mean, and with what the start
 * writes once: tables, masks of traps, what a service maps. A recovery reads all of it
 * (start/recover_check.c).
 *
 * The EL1 registers of a vCPU that has EL1 are kept in the CPU. Those of every other vCPU are in
 * its struct.
 *
 * The kept state has no checksum. Each trap changes it, and several cores change the virtual GIC's
 * bits at once. A sum would cost more than the trap, and be wrong after a crash, which comes in the
 * middle of a change. The state that rarely changes (which vCPUs are on, the devices' settings) is
 * a few words, each of which can be checked by itself. So a frame that finds kept state believes
 * the header, which never changes, and checks everything else: each state must exist, each number
 * be in its range, each interrupt be the partition's by the bundle, each pending or active bit
 * agree with the physical GIC.
 */
#ifndef STATE_KEEP_H
#define STATE_KEEP_H

#include <frame/types.h>

#define KEEP_MAGIC    0x5045454bu /* "KEEP", as it lies in memory */
#define KEEP_REVISION 10

struct keep_header {
	uint32_t magic;
	uint32_t revision;
	uint32_t partition_size; /* of the kept parts of struct partition and struct vcpu */
	uint32_t vcpu_size;
	uint32_t partition_vgic, vcpu_vgic; /* offsets of their virtual GIC state */
};

#endif
