/* Who waits for which second: pure, so that it is tested on the host, too. */
#ifndef TEMPLATES_DRIVER_ALARMS_H
#define TEMPLATES_DRIVER_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#define ALARMS 16

/* A call that isn't answered yet, by the two numbers that answer it. */
struct alarm {
	uint32_t second;
	uint64_t identity, token;
};

struct alarms {
	struct alarm alarm[ALARMS]; /* by their seconds; of equal ones the first that came first */
	uint32_t count;
};

/* False: there is no room. */
bool alarms_add(struct alarms *alarms, const struct alarm *alarm);

/* The next that is due at that second, which is taken out; false: none is. */
bool alarms_take(struct alarms *alarms, uint32_t now, struct alarm *due);

#endif
