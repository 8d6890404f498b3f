/* Carries out what guilt.h decides: asks the kernel who is to blame, and has it refuse the guilty.
 */
#ifndef SUPERVISOR_JUDGE_H
#define SUPERVISOR_JUDGE_H

#include "child.h"

/* The program crashed, and its process is still there: tells its policy what that means. */
void judge_crash(struct children *all, uint32_t number);
/* Refuses the guilty senders at the program's ports. For a program whose record names them, so that
 * the next supervisor can do the same again. */
void judge_refuse(const struct children *all, uint32_t number);

#endif
