/* The EL2 timer's interrupt: a deadline of this core is over. */
#ifndef TURN_DUE_H
#define TURN_DUE_H

#include <frame/types.h>

void timer_interrupt(void);

#endif
