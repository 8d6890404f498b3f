/* The reference: the tables of properties, commands and calls, for people. */
#ifndef HOST_REFERENCE_H
#define HOST_REFERENCE_H

#include <stdbool.h>

/* Prints a property's meaning, for each of its places. False: no property has that name. */
bool reference_explain(const char *property);

#endif
