/*
 * Who holds a core that may go from one partition to another: docs/cores.md. A core changes hands
 * on that core itself, when its holder's vCPU there is off by PSCI; the record (kumiki/hold.h) in
 * its account says who holds it, and who asks for it.
 */
#ifndef RUN_HOLD_H
#define RUN_HOLD_H

#include <frame/types.h>

/*
 * A core is to be held by partition `to`, if that comes about within so many ticks of hold.h; its
 * holder is one of `may`, or nobody, and then `to` is. Or request number `time` is withdrawn, with
 * HOLD_WITHDRAW as `to`. Everybody whom it concerns is rung. The request's number, or an error of
 * kumiki/hypercall.h: KUMIKI_INVALID_PARAMETERS for one that isn't the last one.
 */
int64_t hold_ask(uint32_t may, uint64_t at_core, uint64_t to, uint64_t time);

/* The record of a core; KUMIKI_INVALID_PARAMETERS: there is no such core. */
uint64_t hold_record(uint64_t at_core);

/* This core goes to the partition that asked for it, if its holder's vCPU is off: after that
 * vCPU went off, or after the asking. */
void hold_look(void);

#endif
