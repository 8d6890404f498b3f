/*
 * What the frame itself costs, for the analysis of promises (tools/model/promises.c): instructions,
 * at the worst. bench/costs.py compares them with what was measured (build/bench.json): none may be
 * below its figure.
 */
#ifndef HOST_COSTS_H
#define HOST_COSTS_H

#define COSTS_SWITCH    900  /* vcpu.switch: from one vCPU to another one */
#define COSTS_INTERRUPT 400  /* irq.timer.wfi, irq.spi.wfi, irq.sgi.cross: one that wakes a vCPU */
#define COSTS_MASKED    1000 /* frame.masked.max: nothing else comes in between */
#define COSTS_MOVE      3200 /* migrate: a vCPU from one core to another one */

/* For each vCPU of the core beyond two a masked stretch may be so much longer: the frame looks at
 * the promises of all in one piece (promise_look() in frame/core/run/promise.c, 27 for each at the
 * worst), and the system with the longest stretch had two. */
#define COSTS_MASKED_LOOK 30
#define COSTS_MASKED_WITH 2

/* Microseconds: what is halved for each vCPU of the core, which is a turn among equals; the
 * shortest one; between two moves of a vCPU, at least. As the frame has them (tests/system/
 * test_costs.py). */
#define COSTS_TURN_HALVED 16000
#define COSTS_TURN        500
#define COSTS_MOVES_APART 3000

#endif
