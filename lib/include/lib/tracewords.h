/* Names of trace events and of exits (include/kumiki/trace.h). */
#ifndef LIB_TRACEWORDS_H
#define LIB_TRACEWORDS_H

#include <stdbool.h>
#include <stdint.h>

/* "event" for an unknown type. */
const char *trace_type_name(uint8_t type);

/* The cause of an exit, by the syndrome's exception class. */
const char *trace_exit_name(uint32_t esr);

/* The same of an exit that the frame carries out. A data abort of the guest's is then an access to
 * an emulated device's register; where no device is, a fault follows. */
const char *trace_trap_name(uint32_t esr);

/* How many bytes such an access reads or writes; 0: it is none, or its syndrome doesn't say. */
unsigned int trace_trap_bytes(uint32_t esr, bool *writes);

#endif
