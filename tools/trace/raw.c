/*
 * Where a trace comes from: the link of a running system, or a file that keeps one as it came.
 */
#include "set.h"
#include <host/files.h>
#include <host/link.h>
#include <stdlib.h>
#include <string.h>

/* ---- a file ---- */

#define RAW_MAGIC 0x3145434152544d4bULL /* "KMTRACE1" */

struct raw_core {
	uint64_t core, first, count;
};

static bool raw_put(FILE *out, const void *bytes, size_t size)
{
	return size == 0 || fwrite(bytes, 1, size, out) == size;
}

static bool raw_get(FILE *in, void *bytes, size_t size)
{
	return fread(bytes, 1, size, in) == size;
}

bool trace_write_raw(const struct trace_set *set, FILE *out)
{
	uint32_t sources = set->welcome.partitions + 1;
	uint64_t names = sources + set->channels;
	uint64_t head[2] = {RAW_MAGIC, sizeof(set->welcome) + names * BUNDLE_NAME_SIZE};
	bool good =
	    raw_put(out, head, sizeof(head)) && raw_put(out, &set->welcome, sizeof(set->welcome));

	for (uint32_t i = 0; i < sources; i++)
		good = good && raw_put(out, set->source[i], BUNDLE_NAME_SIZE);
	for (uint32_t i = 0; i < set->channels; i++)
		good = good && raw_put(out, set->channel[i], BUNDLE_NAME_SIZE);
	for (uint32_t i = 0; i < set->welcome.cores; i++) {
		const struct trace_core *core = &set->core[i];
		struct raw_core entry = {i, core->first, core->count};

		good = good && raw_put(out, &entry, sizeof(entry)) &&
		       raw_put(out, core->events, core->count * sizeof(*core->events));
	}
	return good;
}

static bool raw_welcome(struct trace_set *set, FILE *in)
{
	uint8_t payload[LINK_PAYLOAD_MAX];
	uint64_t head[2];

	return raw_get(in, head, sizeof(head)) && head[0] == RAW_MAGIC &&
	       head[1] <= sizeof(payload) && raw_get(in, payload, head[1]) &&
	       trace_set_welcome(set, payload, head[1]);
}

static bool raw_core(struct trace_set *set, FILE *in)
{
	static struct trace_event events[TRACE_RING_EVENTS];
	struct raw_core entry;

	return raw_get(in, &entry, sizeof(entry)) && entry.core < set->welcome.cores &&
	       entry.count <= TRACE_RING_EVENTS &&
	       raw_get(in, events, entry.count * sizeof(events[0])) &&
	       trace_set_add(set, (uint32_t)entry.core, entry.first, events, entry.count);
}

bool trace_read_raw(struct trace_set *set, const char *path, FILE *complaints)
{
	uint64_t size;
	int error = 0;
	FILE *in = file_open(path, &size, &error);
	bool good;

	if (!in) {
		fprintf(complaints,
		        "kumiki trace: cannot open '%s': %s; give it the file that 'kumiki trace "
		        "--raw' saved\n",
		        path, file_error(error));
		return false;
	}
	good = raw_welcome(set, in);
	for (uint32_t i = 0; good && i < set->welcome.cores; i++)
		good = raw_core(set, in);
	fclose(in);
	if (!good)
		fprintf(complaints,
		        "kumiki trace: '%s' is no trace that 'kumiki trace --raw' saved, or a "
		        "damaged one\n",
		        path);
	return good;
}

/* ---- a running system ---- */

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
