/* A core's way in: the first C code on its own stack. */
#ifndef START_CORE_H
#define START_CORE_H

#include <frame/types.h>

/* Comes from head.S, in the tables of the core's way in. Doesn't return. */
void core_main(void);

#endif
