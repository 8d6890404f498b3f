/*
 * A trace in a file as it came over the link, so that it can be read again without its machine. The
 * file has RAW_MAGIC, the welcome's size and payload; then for each core its number, the number of
 * its first event, how many events there are, and the events. It is little-endian, like the host.
 */
#include "set.h"
#include <host/files.h>
#include <stdlib.h>
#include <string.h>

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
