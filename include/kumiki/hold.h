/* SPDX-License-Identifier: MIT-0 */
/*
 * The holder of a core that can go from one partition to another (docs/power.md): one word for each
 * core, which the frame alone changes. Guests read it by KUMIKI_CALL_HOLDER or from their panel,
 * and ask by KUMIKI_CALL_HOLD or by their panel. This header may be copied into any guest.
 */
#ifndef KUMIKI_HOLD_H
#define KUMIKI_HOLD_H

#include <stdint.h>

/* 7:0: the partition that holds it, or HOLD_NOBODY; 15:8: the partition that is to have it, the
 * holder if there is no request; 23:16: number of the request; 63:24: when the request is over, in
 * HOLD_TICKs of the physical counter. */
#define HOLD_HOLDER(record) ((uint32_t)(record)&0xff)
#define HOLD_WANTED(record) ((uint32_t)(record) >> 8 & 0xff)
#define HOLD_NUMBER(record) ((uint32_t)(record) >> 16 & 0xff)
#define HOLD_UNTIL(record)  ((record) >> 24)
#define HOLD_RECORD(holder, wanted, number, until)                                                 \
	((uint64_t)(until) << 24 | ((number)&0xffull) << 16 | (uint64_t)(wanted) << 8 | (holder))

/* No partition holds the core. No partition has this number, and it has its own bit in a mask of
 * 32. */
#define HOLD_NOBODY       31u
#define HOLD_NOBODYS_NAME "nobody"
/* In the place of a partition: withdraws a request, whose number stands in the place of the time.
 * It must still be the last request. The holder keeps the core. */
#define HOLD_WITHDRAW 0xffu
/* The record of a core that never moves. */
#define HOLD_FIXED 0xffffull

/* Ticks of the counter in a tick of a record; a request's time is counted in these, too. */
#define HOLD_TICK_SHIFT 16
/* The longest time of a request. */
#define HOLD_TIME_MAX 0xffffffu
/* A holder that refuses asks for itself without time; a wish that it keeps the core has some. */

/* True if another partition than the holder is to have it, and the time isn't over. A request
 * without time is over at once: a withdrawal for a former holder does nothing. */
static inline int hold_is_asked(uint64_t record, uint64_t counter)
{
	return HOLD_WANTED(record) != HOLD_HOLDER(record) &&
	       HOLD_UNTIL(record) > counter >> HOLD_TICK_SHIFT;
}

#endif
