/* A core comes to rest for a recovery (start/recover.h). */
#ifndef WORD_RECOVER_H
#define WORD_RECOVER_H

#include <frame/types.h>

/* Leaves whatever this core does. The registers of its current context are in memory. */
_Noreturn void rest_in_start(void);

/* Another core hangs: brings it to rest, and has it recover (start/recover_hung.c). Runs in the
 * tables of this core's way in. If nothing helps, the machine ends. */
void hung_in_start(uint64_t index);

#endif
