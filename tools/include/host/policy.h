/* Says in words what follows when a partition ends without a command. */
#ifndef HOST_POLICY_H
#define HOST_POLICY_H

#include <kumiki/bundle.h>
#include <stdbool.h>

#define POLICY_SIZE 160

/* Writes words like "restart at a crash; by itself at most 5 times in 60 s, then stop" into a
 * buffer of POLICY_SIZE, and returns it. `never`: the partition has kumiki,no-restart. */
const char *policy_text(char *text, const struct bundle_life *life, bool never);

#endif
