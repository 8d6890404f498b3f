/*
 * A core hangs if it loops in the frame: it doesn't crash, and takes no interrupt any more. So each
 * core that is on counts its looks, twice a second, and looks whether the next core that is on has
 * counted, too. If not, it sends that core a message of the highest class. A core that gets on
 * takes the message at once, whatever it does. If the message stays in its box for many looks in a
 * row, the core hangs, and is brought to rest: docs/proof/recovery.md. This core's own looks are
 * the measure, not the time: a slow emulator slows both cores.
 *
 * Each look also compares two pieces of the frame's text and constants with the pristine frame: one
 * of the vectors, one of all. Every second look compares a piece of the services' images with its
 * sum. The others by turns compare a piece of the core's own tables, and the fixed part of a
 * partition, with what the start kept. If one differs the core crashes: the recovery makes it anew.
 *
 * Each look also compares the registers of EL2 and the GIC's controls with what the start wrote,
 * which the recovery writes again. It looks for an interrupt that a wild jump left behind. If its
 * priority isn't dropped, or two looks in a row find it active and held by nobody, the core
 * crashes: the recovery has it come again. If the EL2 timer's own interrupt is lost, no look comes
 * any more; but the core still takes the message of the core that watches it. If two such messages
 * come, and the same look is due, the core crashes.
 */
#ifndef RUN_HANG_H
#define RUN_HANG_H

#include <frame/types.h>

#define HANG_STEPS 3 /* of a look */

/* Counts the look and looks at registers and text; in the next step at services, tables or
 * partitions; in the last one at interrupts and at the next core. True: another step follows. */
bool hang_look(void);

/* Looks whether the message was taken: by TIMER_HANG. */
void hang_look_closer(void);

/* The message came by which another core asks whether this one gets on. */
void hang_asked(void);

/* True: the core looks at itself. If it fails then, it was at work for nobody. */
bool hang_is_looking(void);

/* What lost interrupts it fails for then: the same ones, the same number. 0: for something else. */
uint64_t hang_found(void);

#endif
