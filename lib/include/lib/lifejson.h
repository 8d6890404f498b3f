/* Lives and black boxes of partitions as JSON (lib/json.h): for the console service, and for the
 * tool of a Linux that manages others. */
#ifndef LIB_LIFEJSON_H
#define LIB_LIFEJSON_H

#include <kumiki/life.h>
#include <lib/json.h>

/* Ticks of a counter in microseconds. */
uint64_t lifejson_us(uint64_t ticks, uint64_t hz);

/* State, starts, last end if it is known: fields of an object. */
void lifejson_status(struct json *json, const struct life_status *status);

/* An element: a change of a life. */
void lifejson_event(struct json *json, const struct life_event *event, uint64_t hz);

/* An element: characters of a ring from number `at` on, as they are; up to the end of their line,
 * or LIFEJSON_ROW. Returns the number behind them. */
#define LIFEJSON_ROW 120u
uint64_t lifejson_row(struct json *json, const void *ring, uint32_t size, uint64_t at,
                      uint64_t end);

#endif
