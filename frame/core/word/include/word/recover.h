/* This core comes to rest for a recovery (start/recover.h). */
#ifndef WORD_RECOVER_H
#define WORD_RECOVER_H

/* Leaves whatever this core does. The registers of its current context are in memory. */
_Noreturn void rest_in_start(void);

#endif
