/* Names of policies (include/kumiki/power.h), for all who read or show them. */
#ifndef LIB_POWERWORDS_H
#define LIB_POWERWORDS_H

#include <kumiki/power.h>
#include <stdint.h>

/* "unknown" for one that isn't known here. */
const char *power_policy_name(uint32_t policy);

/* POWER_POLICIES: there is none of that name. */
uint32_t power_policy_named(const char *name);

#endif
