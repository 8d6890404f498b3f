/*
 * What has come on a link since the last whole frame. When the link closes, or the system welcomes
 * its client once more, it may have a report of the frame at EL2: why the machine went off or was
 * reset, in plain text, which may have cut a link's frame short.
 */
#ifndef HOST_PLAIN_H
#define HOST_PLAIN_H

#include <stddef.h>
#include <stdint.h>

struct plain {
	size_t size;
	uint8_t text[16384]; /* the newest bytes */
};

void plain_put(struct plain *plain, uint8_t byte);

/* Where the report is, and its size; 0: there is none. */
size_t plain_report(const struct plain *plain, const uint8_t **report);

#endif
