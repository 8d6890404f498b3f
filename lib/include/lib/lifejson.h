/* Writes lives and black boxes of partitions as JSON (lib/json.h): for the console service, and for
 * the tool of a Linux that manages other partitions. */
#ifndef LIB_LIFEJSON_H
#define LIB_LIFEJSON_H

#include <kumiki/life.h>
#include <lib/json.h>

/* Ticks of a counter in microseconds. */
uint64_t lifejson_us(uint64_t ticks, uint64_t hz);

/* Writes fields of an object: the state, the starts and, if it is known, the last end. */
void lifejson_status(struct json *json, const struct life_status *status);

/* Writes a change of a life, as an element. */
void lifejson_event(struct json *json, const struct life_event *event, uint64_t hz);

/* Writes an element: characters of a ring from number `at` on, unchanged. It ends with the end of
 * their line, or after LIFEJSON_ROW bytes. Returns the number of the next character. */
#define LIFEJSON_ROW 120u
uint64_t lifejson_row(struct json *json, const void *ring, uint32_t size, uint64_t at,
                      uint64_t end);

#endif
