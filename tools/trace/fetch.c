/* Fetches a trace over the link, core by core. */
#include "fetch.h"
#include <host/link.h>
#include <string.h>

#define FETCH_HELLO_MS   10000
#define FETCH_SILENCE_MS 5000
#define FETCH_HEADER     16u

/* Takes a LINK_TRACE's payload. False: it isn't one, or is another core's. */
static bool fetch_frame(struct trace_set *set, uint8_t core, const struct linkframe *frame)
{
	static struct trace_event events[LINK_PAYLOAD_MAX / sizeof(struct trace_event)];
	uint64_t first;
	size_t count;

	if (frame->size < FETCH_HEADER || frame->payload[0] != core)
		return false;
	count = (frame->size - FETCH_HEADER) / sizeof(events[0]);
	memcpy(&first, frame->payload + 8, sizeof(first));
	memcpy(events, frame->payload + FETCH_HEADER, count * sizeof(events[0]));
	return trace_set_add(set, core, first, events, count);
}

static bool fetch_core(struct trace_set *set, struct link *link, uint8_t core, FILE *complaints)
{
	struct linkframe frame;
	enum link_result result;
	char said[160];
	int silence = link_patient(link, FETCH_SILENCE_MS);

	while ((result = link_receive(link, &frame, silence)) == LINK_GOT_FRAME) {
		if (frame.type == LINK_TRACE_END && frame.size >= 1 && frame.payload[0] == core)
			return true;
		if (frame.type == LINK_TRACE && !fetch_frame(set, core, &frame))
			break;
		if (frame.type == LINK_ERROR) {
			fprintf(complaints, "kumiki trace: the system says: %s\n",
			        link_fault(&frame, said, sizeof(said)));
			return false;
		}
	}
	fprintf(complaints, "kumiki trace: core %u's trace broke off: %s\n", core,
	        link_why(link, "try again"));
	if (result == LINK_NOTHING)
		link_too_late(link, FETCH_SILENCE_MS, "kumiki trace: nothing came of it",
		              complaints);
	return false;
}

bool trace_fetch(struct trace_set *set, const char *path, FILE *complaints)
{
	struct link link;
	struct linkframe welcome;
	bool good;

	if (!link_open(&link, path, complaints))
		return false;
	link.rights = LINK_LOOK;
	good = link_hello(&link, &welcome, FETCH_HELLO_MS, complaints);
	if (good && !trace_set_welcome(set, welcome.payload, welcome.size)) {
		fputs("kumiki trace: the system's welcome makes no sense\n", complaints);
		good = false;
	}
	good = good && link_send(&link, LINK_GET_TRACE, NULL, 0);
	for (uint8_t core = 0; good && core < set->welcome.cores; core++)
		good = fetch_core(set, &link, core, complaints);
	link_close(&link, true);
	return good;
}
