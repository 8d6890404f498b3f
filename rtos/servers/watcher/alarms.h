/*
 * The last alarms with the times at which they were told, for the operator who asks. The oldest one
 * makes room.
 */
#ifndef WATCHER_ALARMS_H
#define WATCHER_ALARMS_H

#include <proto/rules.h>
#include <stddef.h>
#include <stdint.h>

#define ALARMS_MOST 32u
#define ALARMS_TEXT (2 * RULES_PART_SIZE) /* with a NUL; the rest is cut */

struct alarms {
	struct {
		uint64_t when; /* µs of the counter */
		char text[ALARMS_TEXT];
	} alarm[ALARMS_MOST];
	uint32_t count; /* of all that there were */
};

void alarms_note(struct alarms *alarms, uint64_t when, const char *text);

/* Carries out RULES_ALARM. */
void alarms_serve(const struct alarms *alarms, uint64_t word[8]);

#endif
