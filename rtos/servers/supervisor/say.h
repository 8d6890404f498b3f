/* What the supervisor says of a program: its name, and what is the matter with it (tell.h). */
#ifndef SUPERVISOR_SAY_H
#define SUPERVISOR_SAY_H

#include "child.h"

/* What follows the name begins with a blank. */
void say_of(const struct children *all, uint32_t number, const char *what);
void say_number(const struct children *all, uint32_t number, const char *what, uint64_t value);
/* What ended it, by child_has_ended(). */
void say_end(const struct children *all, uint32_t number, const uint64_t state[5]);

#endif
