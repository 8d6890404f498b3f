/*
 * The variables that each core has for itself (machine/local.h), of all files that a test links.
 * There is one set of them; a test that plays several cores exchanges it.
 */
#ifndef FAKE_LOCAL_H
#define FAKE_LOCAL_H

#include <stddef.h>
#include <stdint.h>

extern uint8_t __start_core_local[] __attribute__((weak));
extern uint8_t __stop_core_local[] __attribute__((weak));

static inline size_t fake_local_size(void)
{
	return (size_t)(__stop_core_local - __start_core_local);
}

#endif
