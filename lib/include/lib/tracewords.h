/* Names of trace events and of exits (include/kumiki/trace.h). */
#ifndef LIB_TRACEWORDS_H
#define LIB_TRACEWORDS_H

#include <stdbool.h>
#include <stdint.h>

/* The name of a type of events; "event" for an unknown type. */
const char *trace_type_name(uint8_t type);

/* The cause of an exit, by the syndrome's exception class. */
const char *trace_exit_name(uint32_t esr);

/* The cause of an exit that the frame handles itself. For such an exit, a data abort of the guest
 * is an access to a register of an emulated device; if there is no device, a fault follows. */
const char *trace_trap_name(uint32_t esr);

/* How many bytes the access of such an exit has. 0: it isn't an access, or its syndrome doesn't
 * say. */
unsigned int trace_trap_bytes(uint32_t esr, bool *writes);

#endif
