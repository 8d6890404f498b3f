/*
 * Code that the kernel itself makes as it runs, where an argument of the watcher lets that be
 * executed: what BPF's compiler makes, and the slots of kprobes. The kernel's own tree of areas
 * says where it is, and who asked for it. All of that may be forged. Work on it is bounded.
 */
#ifndef WATCHER_PREVENT_LET_H
#define WATCHER_PREVENT_LET_H

#include "prevent.h"

/* Whether it is an argument that lets something. */
bool prevent_is_let(const char *argument);

/* Takes such an argument. NULL: it is good; else what is wrong, the end of a sentence. */
const char *prevent_let(struct prevent *prevent, const char *argument);

/* Whether the code of that maker is let, and the facts say where it is. */
bool prevent_lets(const struct prevent *prevent, enum watchfacts_maker maker);

/* Whether the kernel has such code at this address of its own, now, in the page of this memory, and
 * who made it. */
bool prevent_let_has(const struct prevent *prevent, uint64_t address, uint64_t ipa,
                     enum watchfacts_maker *maker);

/* The kernel may be changing its tree during a look. True: the last looks at this fault had nothing
 * either. */
bool prevent_let_is_sure(struct prevent *prevent, uint32_t vcpu, const struct watch_fault *fault);

/* Whether a store of 32 bits into kernel text sets a breakpoint, or takes one out again, and what
 * is answered then. */
bool prevent_let_probe(const struct prevent *prevent, const struct watch_fault *fault,
                       uint32_t *verdict);

#endif
