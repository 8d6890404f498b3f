/*
 * State in two kinds. What the bundle and the hardware can give again (tables, queues, pointers,
 * masks) is built anew whenever it is needed. What nobody else knows is "kept": the guest's general
 * registers while it is trapped, the virtual GIC, the emulated devices, who is on. It lies together
 * at the head of struct partition and of struct vcpu, holds no pointer (but those that struct
 * context says are derived), and its layout has a revision: a frame that finds it must be able to
 * tell whether it can read it.
 *
 * A guest's EL1 registers stay in the CPU while the frame runs; they are kept there.
 */
#ifndef FRAME_KEEP_H
#define FRAME_KEEP_H

#include <frame/types.h>

#define KEEP_MAGIC    0x4b45454bu /* "KEEK" */
#define KEEP_REVISION 1

struct keep_header {
	uint32_t magic;
	uint32_t revision;
	uint32_t partition_size; /* of the kept part of struct partition, of struct vcpu */
	uint32_t vcpu_size;
};

#endif
