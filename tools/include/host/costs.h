/*
 * The frame's own costs at the worst, in instructions, for the analysis of promises
 * (tools/model/promises.c). bench/costs.py compares them with the measured figures
 * (build/bench.json): no cost may be below its figure.
 */
#ifndef HOST_COSTS_H
#define HOST_COSTS_H

#define COSTS_SWITCH    900  /* vcpu.switch: from one vCPU to another one */
#define COSTS_INTERRUPT 440  /* irq.timer.wfi, irq.spi.wfi, irq.sgi.cross: a vCPU is woken */
#define COSTS_MASKED    1100 /* frame.masked.max: nothing else comes in between */
#define COSTS_MOVE      3200 /* migrate: a vCPU from one core to another core */

/* A masked stretch may be so much longer for each vCPU of the core beyond two: the frame looks at
 * all promises in one stretch (promise_look() in frame/core/run/promise.c, at most 27 instructions
 * for each). The measured system had two vCPUs. */
#define COSTS_MASKED_LOOK 30
#define COSTS_MASKED_WITH 2

/* In microseconds: a turn among equals, halved once for each vCPU of the core; the shortest turn;
 * the least time between two moves of a vCPU. The frame has the same numbers
 * (tests/system/test_costs.py). */
#define COSTS_TURN_HALVED 16000
#define COSTS_TURN        500
#define COSTS_MOVES_APART 3000

#endif
