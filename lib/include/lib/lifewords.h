/* Names of what include/kumiki/life.h numbers, for everybody who shows them: the console service,
 * and the tool of a Linux that manages others. */
#ifndef LIB_LIFEWORDS_H
#define LIB_LIFEWORDS_H

#include <stdint.h>

/* enum life_state; "unknown" for one that isn't known here. */
const char *life_state_name(uint32_t state);

/* enum stop_reason: why it ended, as the rest of a sentence. */
const char *life_reason_name(uint32_t reason);

#endif
