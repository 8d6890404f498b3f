/* Carries out what guilt.h decides: asks the kernel who is to blame, and has it refuse the guilty.
 */
#ifndef SUPERVISOR_JUDGE_H
#define SUPERVISOR_JUDGE_H

#include "child.h"

/* The program crashed, and its process is still there. Tells the program's policy what that means.
 * If the server itself is at fault, refusals at its ports end. */
void judge_crash(struct children *all, uint32_t number);
/* Refuses the guilty senders at the program's ports. The program's record has to name them first,
 * so that the next supervisor can refuse them again. */
void judge_refuse(const struct children *all, uint32_t number);

#endif
