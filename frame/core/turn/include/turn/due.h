/* The EL2 timer's interrupt: what of this core's deadlines is over. */
#ifndef TURN_DUE_H
#define TURN_DUE_H

#include <frame/types.h>

void timer_interrupt(void);

#endif
