/* Names of policies (include/kumiki/power.h), read and shown. */
#ifndef LIB_POWERWORDS_H
#define LIB_POWERWORDS_H

#include <kumiki/power.h>
#include <stdint.h>

/* "unknown" for any other number. */
const char *power_policy_name(uint32_t policy);

/* POWER_POLICIES: no policy has that name. */
uint32_t power_policy_named(const char *name);

#endif
