/*
 * The world of tests about a debugger: a partition of two vCPUs and another partition (lives.h),
 * and the memory by which the console service passes a debugger's requests.
 */
#ifndef UNIT_FRAME_DEBUGGED_H
#define UNIT_FRAME_DEBUGGED_H

#include "lives.h"

#define BOTH 3u
#define BRK  0xf2004b75u

struct debug_box *debugged_box(void);

/* ---- requests, and their results when all has settled ---- */
void debugged_request(struct debug_request what);
void debugged_expect(struct debug_request what, enum debug_status status);
void debugged_expect_op(enum debug_op op, enum debug_status status);
void debugged_go(uint32_t run, uint32_t step);
void debugged_expect_stop(uint32_t stops, enum debug_why why, uint32_t vcpu);
void debugged_expect_runs(bool first, bool second);
void debugged_expect_loader(void); /* it works for the debugger, and doesn't end that */

void debugged_trap(void); /* for cores_do() */

/* Begins a new machine, and attaches a debugger to the first partition. */
void debugged_attach_with(struct bundle_life life, uint32_t flags);
void debugged_attach(void);

#endif
