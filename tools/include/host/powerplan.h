/* A description's power policies in words, for check and show. */
#ifndef HOST_POWERPLAN_H
#define HOST_POWERPLAN_H

#include <host/model.h>
#include <stdio.h>

/* Words like "balanced at start; 22:00 powersave, 06:30 balanced (UTC)". "": all cores stay on. */
#define POWERPLAN_SIZE 320
const char *powerplan_words(char words[POWERPLAN_SIZE], const struct bundle_power *power);

/* The cores that are on under every policy while each vCPU is where it starts. The mask has a bit
 * for each index. */
uint32_t powerplan_fewest(const struct model *model);

#endif
