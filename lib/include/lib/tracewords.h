/* Names of trace events and of exits (include/kumiki/trace.h). */
#ifndef LIB_TRACEWORDS_H
#define LIB_TRACEWORDS_H

#include <stdint.h>

/* "event" for an unknown type. */
const char *trace_type_name(uint8_t type);

/* The cause of an exit, by the syndrome's exception class. */
const char *trace_exit_name(uint32_t esr);

#endif
