/* The supervisor's words about a program: its name, then its news (tell.h). */
#ifndef SUPERVISOR_SAY_H
#define SUPERVISOR_SAY_H

#include "child.h"
#include <rtos/text.h>

/* `what`, the words behind the name, begins with a blank. */
void say_of(const struct children *all, uint32_t number, const char *what);
void say_text(const struct children *all, uint32_t number, const struct text *what);
void say_number(const struct children *all, uint32_t number, const char *what, uint64_t value);
/* Says why the program ended. `state` is child_has_ended()'s. */
void say_end(const struct children *all, uint32_t number, const uint64_t state[5]);
/* The program's ports are closed: says why. */
void say_closed(const struct children *all, uint32_t number);
/* A part of the boot image is damaged. */
void say_part(const struct children *all, const struct rtos_part *part);

#endif
