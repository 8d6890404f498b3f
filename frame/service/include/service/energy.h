/* The energy that cores take, in words: an estimate from the description's figures for cores. */
#ifndef SERVICE_ENERGY_H
#define SERVICE_ENERGY_H

#include <kumiki/bundle.h>
#include <service/words.h>

/* Microjoules of a core. `times`: its ticks busy, idle and off; `ms`: ticks in a millisecond. */
uint64_t energy_of(const struct bundle_core *core, uint64_t ms, const uint64_t times[3]);

/* The energy of all cores in words, if the description has figures for them. `unseen`: a core's
 * idle time is among its busy time. */
void energy_say(const struct bundle_header *bundle, uint64_t microjoules, bool unseen,
                struct words *words);

/* A core's idle time as a table has it, where nobody sees it. */
#define ENERGY_NOT_SEEN "not seen"

#endif
