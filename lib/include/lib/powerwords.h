/* The names of policies (include/kumiki/power.h): shows and reads them. */
#ifndef LIB_POWERWORDS_H
#define LIB_POWERWORDS_H

#include <kumiki/power.h>
#include <stdint.h>

/* The policy's name; "unknown" for any other number. */
const char *power_policy_name(uint32_t policy);

/* The policy with this name. POWER_POLICIES: there is none. */
uint32_t power_policy_named(const char *name);

#endif
