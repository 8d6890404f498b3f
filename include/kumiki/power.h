/* SPDX-License-Identifier: MIT-0 */
/* Policies by which cores go off and come on (docs/power.md), in the numbers that description,
 * bundle, hypercall and console share. */
#ifndef KUMIKI_POWER_H
#define KUMIKI_POWER_H

enum power_policy {
	POWER_PERFORMANCE = 0, /* all are on */
	POWER_BALANCED = 1,    /* by load */
	POWER_POWERSAVE = 2,   /* as few as the promises allow */
	POWER_ISOLATE = 3,     /* all are on; cores of real-time vCPUs run no other vCPU */
	POWER_POLICIES
};

#endif
