/*
 * Holders of cores that may go from one partition to another: docs/power.md. The core itself
 * changes its holder, when the holder's vCPU there is off by PSCI. The record (kumiki/hold.h) in
 * the core's account names the holder, and the partition that asks for the core.
 */
#ifndef RUN_HOLD_H
#define RUN_HOLD_H

#include <frame/types.h>

/*
 * Asks that partition `to` holds a core, if that can be done within `time` ticks of kumiki/hold.h.
 * The core's holder has to be one of `may`; if no partition holds the core, `to` has to be one of
 * them. With HOLD_WITHDRAW as `to`, request number `time` is withdrawn, if it is the last one. The
 * holder and its managers are rung. Returns the request's number, or an error of
 * kumiki/hypercall.h.
 */
int64_t hold_ask(uint32_t may, uint64_t at_core, uint64_t to, uint64_t time);

/* The record of a core; KUMIKI_INVALID_PARAMETERS: there is no such core. */
uint64_t hold_record(uint64_t at_core);

/* Gives this core to the partition that asked for it, if the holder's vCPU here is off. Called
 * after that vCPU went off, and after a request. */
void hold_look(void);

#endif
