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
#define COSTS_MOVE      3000 /* migrate: a vCPU from one core to another one */

/* For each vCPU of the core beyond two a masked stretch may be so much longer: the frame looks at
 * the promises of all in one piece (look() in frame/core/promise.c, 27 for each at the worst), and
 * the system with the longest stretch had two. */
#define COSTS_MASKED_LOOK 30
#define COSTS_MASKED_WITH 2

/* Microseconds: a turn among equals, to be halved for each vCPU of the core; the shortest
 * one, and what of that is its own, as the switch to it and the frame's work for it count, too;
 * between two moves of a vCPU, at least. */
#define COSTS_LONG_TURN   16000
#define COSTS_TURN        500
#define COSTS_TURN_OWN    490
#define COSTS_MOVES_APART 4000

#endif
