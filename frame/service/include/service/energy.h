/* The energy that cores take, in words: an estimate from the description's figures. */
#ifndef SERVICE_ENERGY_H
#define SERVICE_ENERGY_H

#include <kumiki/bundle.h>
#include <service/words.h>

/* A core's energy in microjoules. `times`: its ticks busy, idle and off; `ms`: ticks in a
 * millisecond. */
uint64_t energy_of(const struct bundle_core *core, uint64_t ms, const uint64_t times[3]);

/* Says the energy of all cores, if the description has figures for it. `unseen`: some core's idle
 * time is counted as busy. */
void energy_say(const struct bundle_header *bundle, uint64_t microjoules, bool unseen,
                struct words *words);

/* Stands in a table for a core's idle time that nobody sees. */
#define ENERGY_NOT_SEEN "not seen"

#endif
