/*
 * The last events, numbered from 1, and how often each system printed. The picture writes them;
 * streams read them, each from its own place. An event's data is one line of JSON.
 */
#ifndef KEEPER_EVENTS_H
#define KEEPER_EVENTS_H

#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stdint.h>

#define EVENTS_KEPT 128u

struct log;

struct event {
	const char *name; /* a constant */
	char *data;
};

struct events {
	uint64_t next; /* the number of the next event */
	struct event ring[EVENTS_KEPT];
	uint32_t printed[BUNDLE_PARTITIONS_MAX]; /* grows, by system */
	struct log *log;                         /* that gets them, too; NULL: none does */
};

void events_start(struct events *events);
void events_free(struct events *events);

/* Adds an event, and owns `data`, which came from malloc(). NULL as data: nothing happens. */
void events_add(struct events *events, const char *name, char *data);

/* The oldest number that is kept. */
uint64_t events_oldest(const struct events *events);
const struct event *events_get(const struct events *events, uint64_t number);

#endif
