/* How a program's process is made. */
#ifndef SUPERVISOR_MAKING_H
#define SUPERVISOR_MAKING_H

#include "child.h"

/* Makes a process of the program and runs it. A failure leaves nothing behind. */
enum rtos_status making_start(struct children *all, uint32_t number);

#endif
