/* Pieces of the trace-event format, for json.c and rtos_json.c. */
#ifndef TRACE_JSON_H
#define TRACE_JSON_H

#include <lib/json.h>

/* Opens an event: a phase of the format, a category, a name. */
void json_event(struct json *json, const char *phase, const char *category, const char *name);
void json_place(struct json *json, uint32_t process, uint32_t thread);
void json_time(struct json *json, const char *key, uint64_t nanoseconds);

/* Names a process or a thread; `what`: "process_name" or "thread_name". */
void json_called(struct json *json, const char *what, uint32_t process, uint32_t thread,
                 const char *name);

#endif
