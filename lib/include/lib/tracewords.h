/* Names of what trace events say (include/kumiki/trace.h), for everybody who shows them. */
#ifndef LIB_TRACEWORDS_H
#define LIB_TRACEWORDS_H

#include <stdint.h>

/* "event" for a type that isn't known here. */
const char *trace_type_name(uint8_t type);

/* What an exit was for, by the syndrome's exception class. */
const char *trace_exit_name(uint32_t esr);

#endif
