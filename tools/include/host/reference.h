/* The reference: what the tables of properties, commands and calls say, for people. */
#ifndef HOST_REFERENCE_H
#define HOST_REFERENCE_H

#include <stdbool.h>

/* Prints what a property means, wherever it may stand. False: there is none of that name. */
bool reference_explain(const char *property);

#endif
