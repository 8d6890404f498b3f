/* What each driver of a device does at its start and at its end. */
#ifndef RTOS_DRIVER_H
#define RTOS_DRIVER_H

#include <kumiki/rtos/program.h>

/* Says why, and ends the driver. It repairs nothing: the next driver begins with a reset. */
_Noreturn void driver_fail(const char *what);

/* What the manifest gives of that kind. If there is none, the driver fails with `otherwise`. */
const struct rtos_given *driver_given(enum rtos_given_kind kind, const char *otherwise);

#endif
