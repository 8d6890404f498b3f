/* Functions that the implementation's files of cores.h share. */
#ifndef UNIT_FRAME_CORES_PARTS_H
#define UNIT_FRAME_CORES_PARTS_H

/* Builds the machine of cores_plan, before any of its cores starts. The fake devices are reset
 * already. */
void cores_fill(void);

/* The parts of cores_breach() and cores_breach_settled() about the places of vCPUs and
 * interrupts. */
const char *cores_breach_places(void);
const char *cores_breach_places_settled(void);

#endif
