/* Between the parts of cores.h. */
#ifndef UNIT_FRAME_CORES_PARTS_H
#define UNIT_FRAME_CORES_PARTS_H

/* The machine of cores_plan before any of its cores starts; the fake ones are reset already. */
void cores_fill(void);

/* Of cores_breach(), and of cores_breach_settled(): where vCPUs and interrupts are. */
const char *cores_breach_places(void);
const char *cores_breach_places_settled(void);

#endif
