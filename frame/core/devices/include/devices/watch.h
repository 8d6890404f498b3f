/*
 * The registers of a watched partition (kumiki/watch.h): its watcher asks and reads, its vCPUs
 * write. A question is a message to the home core, and from there to each vCPU's core.
 */
#ifndef DEVICES_WATCH_H
#define DEVICES_WATCH_H

#include <frame/types.h>

struct partition;
struct vcpu;

/* The watcher's accesses to its page. */
uint64_t watch_read(const struct partition *watcher, uint32_t offset, uint32_t size);
void watch_write(const struct partition *watcher, uint32_t offset, uint32_t size, uint64_t value);

/* Asks the vCPUs of a watched partition that are on. On its home core. */
void watch_ask(struct partition *partition);

/* Writes the record of a vCPU, which is resident here. */
void watch_show(struct vcpu *vcpu);

/* The registers that a mend may change (struct mend_registers), on the vCPU's own core.
 * watch_lay_down(): it stands, or is off; a second time nothing happens. watch_take_up(): it goes
 * on. */
void watch_lay_down(struct vcpu *vcpu);
void watch_take_up(struct vcpu *vcpu);

#endif
