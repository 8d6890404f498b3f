/* Calls that wait for a second: pure, so that it is tested on the host, too. */
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
	struct alarm alarm[ALARMS]; /* by their seconds; of equal ones the oldest first */
	uint32_t count;
};

/* False: there is no room. */
bool alarms_add(struct alarms *alarms, const struct alarm *alarm);

/* Takes out the next alarm that is due at that second; false: none is due. */
bool alarms_take(struct alarms *alarms, uint32_t now, struct alarm *due);

#endif
