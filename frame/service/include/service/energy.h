/* What cores take, in words: an estimate, by what the description says of such cores. */
#ifndef SERVICE_ENERGY_H
#define SERVICE_ENERGY_H

#include <kumiki/bundle.h>
#include <service/words.h>

/* Of a core that was so many ticks busy, idle, off: microjoules. `ms`: ticks of a millisecond. */
uint64_t energy_of(const struct bundle_core *core, uint64_t ms, const uint64_t times[3]);

/* That of all cores in words, if it is known what they take. */
void energy_say(const struct bundle_header *bundle, uint64_t microjoules, struct words *words);

#endif
