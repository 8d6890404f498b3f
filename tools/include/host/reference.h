/* The reference for people: the tables of properties, commands and calls. */
#ifndef HOST_REFERENCE_H
#define HOST_REFERENCE_H

#include <stdbool.h>

/* Prints what a property means at each place where it may stand. False: no property has this name.
 */
bool reference_explain(const char *property);
/* The property that an unknown one probably means. NULL: none is near. */
const char *reference_meant(const char *property);

#endif
