/* SPDX-License-Identifier: MIT-0 */
/*
 * Channels: see guest/channel.h. A conversation begins so: each side makes its area void, sets its
 * counts to 0, then writes its generation. When a side sees the other side's generation, it writes
 * that generation into `seen`. A side believes the other side's counts only while the other side
 * has seen this side's generation. So a former conversation's counts are never used.
 *
 * The order of writes: an area is void before its counts change, the counts are 0 before it has
 * seen a generation, and contents are there before they are counted. The reader looks in the
 * opposite order. A new life begins by making the area void. So after copying contents the reader
 * looks whether the other side's life is still the same.
 */
#include <guest/channel.h>
#include <string.h>

/* Before each message in the data. */
struct channel_header {
	uint32_t size;
	uint32_t number; /* the message's number in its conversation */
};
#define CHANNEL_HEADER sizeof(struct channel_header)

_Static_assert(offsetof(struct channel_area, data) % 8 == 0, "messages are aligned to 8");
_Static_assert(offsetof(struct channel_area, data) <= CHANNEL_LEAST / 2, "data needs room");
_Static_assert(sizeof(struct channel_message) == 56, "both sides have the same layout");

static uint32_t channel_load(const uint32_t *shared)
{
	return __atomic_load_n(shared, __ATOMIC_ACQUIRE);
}

static void channel_store(uint32_t *shared, uint32_t value)
{
	__atomic_store_n(shared, value, __ATOMIC_RELEASE);
}

/* The other side sees the stores before this call before the stores after it. */
static void channel_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- conversations ---- */

static void channel_forget(struct channel *channel)
{
	channel->open = false;
	channel->data_written = channel->data_taken = channel->data_read = 0;
	channel->sent = channel->acknowledged = channel->received = channel->done = 0;
	channel->controls_written = channel->controls_taken = channel->waiting = 0;
}

/* Sets all counts to 0, for a conversation with the generation `other`; 0: there is no other
 * side. */
static void channel_begin(struct channel *channel, uint32_t other)
{
	struct channel_area *out = channel->out;

	channel_forget(channel);
	channel->other = other;
	channel_store(&out->seen, 0);
	channel_fence();
	channel_store(&out->data_written, 0);
	channel_store(&out->data_taken, 0);
	channel_store(&out->messages_done, 0);
	channel_store(&out->controls_written, 0);
	channel_store(&out->controls_taken, 0);
	channel_store(&out->seen, other);
}

void channel_open(struct channel *channel, void *out, const void *in, size_t size,
                  uint32_t generation)
{
	const size_t room = size - offsetof(struct channel_area, data);

	*channel = (struct channel){.out = out, .in = in, .generation = generation, .ring = 8};
	while (channel->ring <= room / 2 && channel->ring < 1u << 30)
		channel->ring *= 2;
	channel_store(&channel->out->generation, 0);
	channel_fence();
	channel_begin(channel, 0);
	channel_store(&channel->out->magic, CHANNEL_MAGIC);
	channel_store(&channel->out->generation, generation);
}

/* The life of the other side; 0: it isn't there. */
static uint32_t channel_life(const struct channel *channel)
{
	return channel_load(&channel->in->magic) == CHANNEL_MAGIC
	           ? channel_load(&channel->in->generation)
	           : 0;
}

static enum channel_status channel_break(struct channel *channel)
{
	channel->broken = true;
	return CHANNEL_BROKEN;
}

/* True if the other side is still in this conversation's life. Then everything copied from its area
 * before is of that life. */
static bool channel_same(const struct channel *channel)
{
	channel_fence();
	return channel_life(channel) == channel->other &&
	       channel_load(&channel->in->seen) == channel->generation;
}

/* Reads the other side's count of taken bytes. It must not be less than before, nor more than was
 * written. */
static enum channel_status channel_check_taken(struct channel *channel)
{
	uint32_t done = channel_load(&channel->in->messages_done);
	uint32_t taken = channel_load(&channel->in->data_taken);

	if (!channel_same(channel))
		return CHANNEL_AWAY;
	if (taken - channel->data_taken > channel->data_written - channel->data_taken ||
	    done - channel->acknowledged > channel->sent - channel->acknowledged)
		return channel_break(channel);
	channel->all_acknowledged += done - channel->acknowledged;
	channel->data_taken = taken;
	channel->acknowledged = done;
	return CHANNEL_OK;
}

enum channel_status channel_poll(struct channel *channel, bool *changed)
{
	const uint32_t life = channel_life(channel);
	bool new = life != channel->other;

	if (changed != NULL)
		*changed = new;
	if (new) {
		channel->broken = false;
		channel_begin(channel, life);
	}
	if (channel->broken)
		return CHANNEL_BROKEN;
	if (life == 0 || channel_load(&channel->in->seen) != channel->generation)
		return CHANNEL_AWAY;
	if (!channel->open) {
		channel->open = true;
		channel->conversations++;
	}
	return channel_check_taken(channel);
}

/* Every call except a poll begins with this check: is it still the conversation that the caller
 * knows? */
static enum channel_status channel_ready(struct channel *channel)
{
	if (channel->broken)
		return CHANNEL_BROKEN;
	return channel->open && channel_same(channel) ? channel_check_taken(channel) : CHANNEL_AWAY;
}

uint32_t channel_other(const struct channel *channel)
{
	return channel->other;
}

/* ---- data ---- */

static void channel_put(struct channel *channel, uint32_t at, const void *bytes, size_t size)
{
	const uint32_t offset = at & (channel->ring - 1);
	const size_t first = size < channel->ring - offset ? size : channel->ring - offset;

	memcpy(channel->out->data + offset, bytes, first);
	memcpy(channel->out->data, (const char *)bytes + first, size - first);
}

static void channel_get(const struct channel *channel, uint32_t at, void *bytes, size_t size)
{
	const uint32_t offset = at & (channel->ring - 1);
	const size_t first = size < channel->ring - offset ? size : channel->ring - offset;

	memcpy(bytes, channel->in->data + offset, first);
	memcpy((char *)bytes + first, channel->in->data, size - first);
}

/* How many bytes a message takes in the data: a multiple of 8, so that no header is cut in two. */
static uint32_t channel_space(size_t size)
{
	return (uint32_t)((CHANNEL_HEADER + size + 7) / 8 * 8);
}

size_t channel_largest(const struct channel *channel)
{
	return channel->ring - CHANNEL_HEADER;
}

uint32_t channel_unacknowledged(const struct channel *channel)
{
	return channel->sent - channel->acknowledged;
}

uint64_t channel_acknowledged(const struct channel *channel)
{
	return channel->all_acknowledged;
}

enum channel_status channel_send(struct channel *channel, const void *bytes, size_t size)
{
	struct channel_header header = {.size = (uint32_t)size};
	enum channel_status status = channel_ready(channel);

	if (status != CHANNEL_OK)
		return status;
	if (size > channel_largest(channel))
		return CHANNEL_WRONG;
	if (channel_space(size) > channel->ring - (channel->data_written - channel->data_taken))
		return CHANNEL_FULL;
	header.number = channel->sent;
	channel_put(channel, channel->data_written, &header, sizeof(header));
	channel_put(channel, channel->data_written + (uint32_t)CHANNEL_HEADER, bytes, size);
	channel->data_written += channel_space(size);
	channel->sent++;
	channel_store(&channel->out->data_written, channel->data_written);
	return CHANNEL_OK;
}

/* Counts the other side's bytes that aren't read yet. */
static enum channel_status channel_unread(struct channel *channel, uint32_t *unread)
{
	const uint32_t written = channel_load(&channel->in->data_written);

	*unread = written - channel->data_read;
	if (!channel_same(channel))
		return CHANNEL_AWAY;
	if (*unread % 8 != 0 || *unread > channel->ring)
		return channel_break(channel);
	return *unread == 0 ? CHANNEL_EMPTY : CHANNEL_OK;
}

enum channel_status channel_receive(struct channel *channel, void *bytes, size_t room, size_t *size)
{
	struct channel_header header;
	uint32_t unread;
	enum channel_status status = channel_ready(channel);

	if (status == CHANNEL_OK)
		status = channel_unread(channel, &unread);
	if (status != CHANNEL_OK)
		return status;
	channel_get(channel, channel->data_read, &header, sizeof(header));
	if (!channel_same(channel))
		return CHANNEL_AWAY;
	if (header.size > channel_largest(channel) || channel_space(header.size) > unread ||
	    header.number != channel->received)
		return channel_break(channel);
	channel_get(channel, channel->data_read + (uint32_t)CHANNEL_HEADER, bytes,
	            header.size < room ? header.size : room);
	if (!channel_same(channel))
		return CHANNEL_AWAY;
	*size = header.size;
	channel->data_read += channel_space(header.size);
	channel->received++;
	return CHANNEL_OK;
}

enum channel_status channel_done(struct channel *channel)
{
	enum channel_status status = channel_ready(channel);

	if (status != CHANNEL_OK)
		return status;
	channel->done = channel->received;
	channel_store(&channel->out->messages_done, channel->done);
	channel_store(&channel->out->data_taken, channel->data_read);
	return CHANNEL_OK;
}

/* ---- control ---- */

static enum channel_status channel_put_control(struct channel *channel,
                                               const struct channel_message *message)
{
	const uint32_t taken = channel_load(&channel->in->controls_taken);
	const uint32_t used = channel->controls_written - taken;

	if (!channel_same(channel))
		return CHANNEL_AWAY;
	if (used > CHANNEL_CONTROLS)
		return channel_break(channel);
	if (used == CHANNEL_CONTROLS)
		return CHANNEL_FULL;
	channel->out->controls[channel->controls_written++ % CHANNEL_CONTROLS] = *message;
	channel_store(&channel->out->controls_written, channel->controls_written);
	return CHANNEL_OK;
}

enum channel_status channel_request(struct channel *channel, uint32_t kind,
                                    const uint64_t words[CHANNEL_WORDS], uint32_t *id)
{
	const uint32_t slot = channel->next_id % CHANNEL_CONTROLS;
	struct channel_message message = {.kind = kind, .id = channel->next_id & ~CHANNEL_ANSWER};
	enum channel_status status = channel_ready(channel);

	if (status != CHANNEL_OK)
		return status;
	if ((channel->waiting >> slot & 1) != 0)
		return CHANNEL_FULL;
	memcpy(message.words, words, sizeof(message.words));
	status = channel_put_control(channel, &message);
	if (status != CHANNEL_OK)
		return status;
	channel->ids[slot] = message.id;
	channel->waiting |= 1u << slot;
	channel->next_id++;
	if (id != NULL)
		*id = message.id;
	return CHANNEL_OK;
}

enum channel_status channel_answer(struct channel *channel, const struct channel_message *request,
                                   const uint64_t words[CHANNEL_WORDS])
{
	struct channel_message message = {.kind = request->kind,
	                                  .id = request->id | CHANNEL_ANSWER};
	enum channel_status status = channel_ready(channel);

	if (status != CHANNEL_OK)
		return status;
	if ((request->id & CHANNEL_ANSWER) != 0)
		return CHANNEL_WRONG;
	memcpy(message.words, words, sizeof(message.words));
	return channel_put_control(channel, &message);
}

/* Checks that an answer belongs to a request that waits for it. */
static enum channel_status channel_match(struct channel *channel,
                                         const struct channel_message *message)
{
	const uint32_t id = message->id & ~CHANNEL_ANSWER;
	const uint32_t slot = id % CHANNEL_CONTROLS;

	if ((message->id & CHANNEL_ANSWER) == 0)
		return CHANNEL_OK;
	if ((channel->waiting >> slot & 1) == 0 || channel->ids[slot] != id)
		return channel_break(channel);
	channel->waiting &= ~(1u << slot);
	return CHANNEL_OK;
}

enum channel_status channel_control(struct channel *channel, struct channel_message *message)
{
	uint32_t waiting;
	enum channel_status status = channel_ready(channel);

	if (status != CHANNEL_OK)
		return status;
	waiting = channel_load(&channel->in->controls_written) - channel->controls_taken;
	if (waiting > CHANNEL_CONTROLS)
		return channel_same(channel) ? channel_break(channel) : CHANNEL_AWAY;
	if (waiting == 0)
		return CHANNEL_EMPTY;
	memcpy(message, &channel->in->controls[channel->controls_taken % CHANNEL_CONTROLS],
	       sizeof(*message));
	if (!channel_same(channel))
		return CHANNEL_AWAY;
	channel_store(&channel->out->controls_taken, ++channel->controls_taken);
	return channel_match(channel, message);
}
