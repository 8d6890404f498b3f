/*
 * A partition's ends of channels: virtio devices whose registers are virtio-mmio's. The three
 * registers that each request uses are answered here; the broker answers all others.
 */
#ifndef DEVICES_ENDS_H
#define DEVICES_ENDS_H

#include <frame/types.h>

struct partition;
struct vcpu;

/* The end whose registers are at this address: its index in the partition. ENDS_NONE: none. */
#define ENDS_NONE (~0u)
uint32_t ends_find(const struct partition *partition, uint64_t ipa);

/*
 * A register of end `own`, by its offset. The caller has taken the devices. False: the broker
 * hasn't answered yet; the access is to be executed again, with interrupts taken in between.
 */
bool ends_read(struct vcpu *vcpu, uint32_t own, uint32_t offset, uint32_t size, uint64_t *value);
bool ends_write(struct vcpu *vcpu, uint32_t own, uint32_t offset, uint32_t size, uint64_t value);

/* Takes word for an end of the bundle, on its home core. */
void ends_heard(uint32_t number);

/*
 * The partition's memory isn't to be touched from now on: it ends, or is suspended or held. True:
 * no broker touches it any more. False: a broker still runs; LIFE_LOOK comes when it doesn't. On
 * the home core, as the next two.
 */
bool ends_leave(struct partition *partition);

/* Its memory may be touched again: it runs. */
void ends_join(struct partition *partition);

/* As after a reset; the partition isn't joined. */
void ends_reset(struct partition *partition);

#endif
