/* A question to the gateway whose answer is known: a packet of TCP, and a rule that fits it. */
#ifndef GATEWAY_KNOWN_H
#define GATEWAY_KNOWN_H

#include <stdbool.h>

/* Whether the packet is understood, and the rule found for the side that it is about alone. */
bool known_is_answered(void);

#endif
