/*
 * Who had this core, and since when: written into the accounts (kumiki/account.h) as it changes. A
 * vCPU's is written by the core that it is on. Called by the scheduler alone, where a context comes
 * and goes.
 */
#ifndef FRAME_ACCOUNT_H
#define FRAME_ACCOUNT_H

#include <frame/core.h>
#include <frame/partition.h>
#include <kumiki/account.h>

/* What the state of a context says, its account says, too; but for who runs, who is ready. */
_Static_assert((int)CONTEXT_OFF == ACCOUNT_OFF && (int)CONTEXT_BLOCKED == ACCOUNT_WAITS &&
                   (int)CONTEXT_READY == ACCOUNT_READY &&
                   (int)CONTEXT_EXHAUSTED == ACCOUNT_EXHAUSTED,
               "they are copied");

/* The core goes on with it, or with nothing (0), which core.charged isn't yet. */
void account_switch(struct context *next);

/* The stretch that lasts ends, and counts; the next one begins, in that enum account_state. */
void account_change(struct vcpu *vcpu, uint32_t state, uint64_t now);

/* A vCPU is to come into the queue. CONTEXT_READY; or CONTEXT_EXHAUSTED: it mustn't. */
enum context_state account_ready(struct vcpu *vcpu);

/* A vCPU isn't in the queue any more, or for another reason; its context says why. */
void account_rests(struct vcpu *vcpu);

#endif
