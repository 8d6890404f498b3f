/* See events.h. */
#include <keeper/events.h>
#include <keeper/log.h>
#include <stdlib.h>
#include <string.h>

void events_start(struct events *events)
{
	memset(events, 0, sizeof(*events));
	events->next = 1;
}

void events_free(struct events *events)
{
	for (uint32_t i = 0; i < EVENTS_KEPT; i++)
		free(events->ring[i].data);
}

void events_add(struct events *events, const char *name, char *data)
{
	struct event *event = &events->ring[events->next % EVENTS_KEPT];

	if (data == NULL)
		return;
	if (events->log != NULL)
		log_event(events->log, name, data);
	free(event->data);
	*event = (struct event){name, data};
	events->next++;
}

uint64_t events_oldest(const struct events *events)
{
	return events->next > EVENTS_KEPT ? events->next - EVENTS_KEPT : 1;
}

const struct event *events_get(const struct events *events, uint64_t number)
{
	return &events->ring[number % EVENTS_KEPT];
}
