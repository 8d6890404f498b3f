/* The start's part in cores that go off and come back; not mapped while guests run. */
#ifndef START_POWER_H
#define START_POWER_H

#include <frame/types.h>

/* The start's part. */
int64_t power_change(uint64_t index, uint64_t what);

/* Of core_main(): the core was off. */
bool power_was_off(void);
void power_back(void);

#endif
