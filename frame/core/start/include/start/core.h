/* A core's way in, from the vectors' first C on. */
#ifndef START_CORE_H
#define START_CORE_H

#include <frame/types.h>

/* First C on a core's own stack, in the tables of its way in. Doesn't return. */
void core_main(void);

#endif
