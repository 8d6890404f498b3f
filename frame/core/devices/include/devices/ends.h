/*
 * A partition's ends of channels: virtio devices whose registers are virtio-mmio's. The three
 * registers that each request uses are answered here; the broker answers all others.
 */
#ifndef DEVICES_ENDS_H
#define DEVICES_ENDS_H

#include <frame/types.h>

struct partition;
struct vcpu;

/* Returns which end has its registers at this address: its index in the partition. ENDS_NONE: no
 * end has. */
#define ENDS_NONE (~0u)
uint32_t ends_find(const struct partition *partition, uint64_t ipa);

/*
 * Reads or writes a register of end `own`, by its offset. The caller has taken the devices. False:
 * the broker hasn't answered yet, and the access is to be executed again, with interrupts taken in
 * between.
 */
bool ends_read(struct vcpu *vcpu, uint32_t own, uint32_t offset, uint32_t size, uint64_t *value);
bool ends_write(struct vcpu *vcpu, uint32_t own, uint32_t offset, uint32_t size, uint64_t value);

/* Takes word for an end of the bundle, on the home core of the end's partition. */
void ends_heard(uint32_t number);

/*
 * The partition ends, or is suspended, held or stopped by a debugger: no broker is to touch its
 * memory from now on. True: none does any more. False: a broker that may do so still runs; when it
 * has stopped, LIFE_LOOK comes. This and the next two are for the home core.
 */
bool ends_leave(struct partition *partition);

/* The partition runs: brokers may touch its memory. */
void ends_join(struct partition *partition);

/* Resets the ends. The partition hasn't joined yet, or has left. */
void ends_reset(struct partition *partition);

#endif
