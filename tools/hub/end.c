/* A stream of frames: see hub.h. The output is a plain buffer. If there is no room after the bytes
 * that wait, these move to the buffer's beginning. */
#include "hub.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void end_start(struct hub_end *end, int file)
{
	int flags = fcntl(file, F_GETFL);

	memset(&end->parser, 0, sizeof(end->parser));
	end->file = file;
	end->have = end->next = end->size = end->sent = end->plain.size = 0;
	if (flags >= 0)
		(void)fcntl(file, F_SETFL, flags | O_NONBLOCK);
}

void end_close(struct hub_end *end)
{
	if (end->file >= 0)
		close(end->file);
	end->file = -1;
}

bool end_has_room(const struct hub_end *end, size_t payload, size_t keep)
{
	return HUB_OUT - (end->size - end->sent) >= payload + LINKFRAME_OVERHEAD + keep;
}

bool end_is_empty(const struct hub_end *end)
{
	return end->size == end->sent;
}

/* Room for a frame after the bytes that wait. NULL: there is none. */
static uint8_t *end_room(struct hub_end *end, size_t payload)
{
	if (end->file < 0 || !end_has_room(end, payload, 0))
		return NULL;
	if (end->size + payload + LINKFRAME_OVERHEAD > HUB_OUT) {
		memmove(end->out, end->out + end->sent, end->size - end->sent);
		end->size -= end->sent;
		end->sent = 0;
	}
	return end->out + end->size;
}

void end_byte(struct hub_end *end, uint8_t byte)
{
	uint8_t *at = end_room(end, 0);

	if (at == NULL)
		return;
	*at = byte;
	end->size++;
}

bool end_send(struct hub_end *end, uint8_t type, const void *payload, size_t size)
{
	uint8_t *at = end_room(end, size);

	if (at == NULL)
		return false;
	if (size)
		memcpy(at + LINKFRAME_HEADER, payload, size);
	end->size += linkframe_close(at, type, size);
	return true;
}

static bool end_waits(void)
{
	return errno == EAGAIN || errno == EINTR;
}

bool end_flush(struct hub_end *end)
{
	while (end->sent < end->size) {
		ssize_t count = write(end->file, end->out + end->sent, end->size - end->sent);

		if (count < 0)
			return end_waits();
		end->sent += (size_t)count;
	}
	end->size = end->sent = 0;
	return true;
}

bool end_read(struct hub_end *end)
{
	ssize_t count;

	if (end->next < end->have)
		return true;
	count = read(end->file, end->bytes, sizeof(end->bytes));
	if (count <= 0)
		return count < 0 && end_waits();
	end->next = 0;
	end->have = (size_t)count;
	return true;
}

bool end_next(struct hub_end *end, struct linkframe *frame)
{
	bool got = linkframe_next(&end->parser, frame);

	while (!got && end->next < end->have) {
		const uint8_t byte = end->bytes[end->next++];

		plain_put(&end->plain, byte);
		(void)linkframe_put(&end->parser, byte);
		got = linkframe_next(&end->parser, frame);
	}
	return got;
}
