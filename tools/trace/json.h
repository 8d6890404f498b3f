/* Pieces of the trace-event format, for its writers. */
#ifndef TRACE_JSON_H
#define TRACE_JSON_H

#include <stdint.h>
#include <stdio.h>

void json_string(FILE *out, const char *text);
void json_time(FILE *out, const char *key, uint64_t nanoseconds);

/* "process_name" or "thread_name". */
void json_name(const char *what, uint32_t process, uint32_t thread, const char *name, FILE *out);

#endif
