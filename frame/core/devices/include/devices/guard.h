/*
 * A guarded partition (docs/prevention.md): each page of its memory has rights, which its watcher
 * chooses. What they forbid is a fault, which the watcher reads and answers (kumiki/watch.h). The
 * faulting vCPU itself changes the rights, on its own core.
 */
#ifndef DEVICES_GUARD_H
#define DEVICES_GUARD_H

#include <frame/types.h>

struct partition;
struct vcpu;
struct watch_fault;

/* Changes the rights that the watcher has written for this vCPU, which is resident here. False: an
 * interrupt is pending, and goes before the rest. */
bool guard_change(const struct vcpu *vcpu);

/* The partition begins another life: what was open of the last one is forgotten. Its first memory
 * may be executed again, even if no watcher answers. */
void guard_forget(const struct partition *partition);

/* The answer to this fault (enum watch_verdict), which is then taken; or 0. If it is another one
 * than before, the watcher is asked. The caller has filled in what the vCPU's core writes, but for
 * `changes` and `since`. */
uint32_t guard_answer(const struct vcpu *vcpu, const struct watch_fault *fault);

/* Whether the kernel stores this word there as the watcher's table says. Nobody needs to be asked.
 */
bool guard_is_site(const struct partition *partition, ipa_t ipa, uint32_t word);

/* The store is done that WATCH_FAULT_STORE has allowed. */
void guard_end_store(const struct vcpu *vcpu);

#endif
