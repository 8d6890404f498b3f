/*
 * Rings from the service's side: see console/reader.h. Each function is bounded by the ring's size.
 */
#include <console/reader.h>
#include <stddef.h>

void reader_start(struct reader *reader, struct console_ring *ring, uint64_t now)
{
	reader->ring = ring;
	reader->changed = now;
	if (!ring)
		return;
	reader->tail = reader->head = reader->whole =
	    __atomic_load_n(&ring->out_tail, __ATOMIC_RELAXED);
}

/* Looks for ends of lines in the new characters. If the index went back, it looks at one ring full.
 */
static void reader_scan(struct reader *reader, uint32_t head)
{
	const volatile uint8_t *out = reader->ring->out;
	uint32_t at = reader->head, count = head - at;

	if (count > CONSOLE_OUT_SIZE)
		count = CONSOLE_OUT_SIZE;
	for (; count; count--, at++)
		if (out[at % CONSOLE_OUT_SIZE] == '\n')
			reader->whole = at + 1;
}

bool reader_look(struct reader *reader, uint64_t now)
{
	if (!reader->ring)
		return false;
	uint32_t head = __atomic_load_n(&reader->ring->out_head, __ATOMIC_ACQUIRE);
	if (head - reader->tail > CONSOLE_OUT_SIZE) /* no frame does that: take one ring full */
		head = reader->tail + CONSOLE_OUT_SIZE;
	if (head == reader->head)
		return false;
	reader_scan(reader, head);
	reader->head = head;
	reader->changed = now;
	return true;
}

uint32_t reader_waiting(const struct reader *reader)
{
	return reader->head - reader->tail;
}

uint32_t reader_whole(const struct reader *reader)
{
	uint32_t whole = reader->whole - reader->tail;

	return whole <= reader_waiting(reader) ? whole : 0;
}

uint32_t reader_copy(const struct reader *reader, uint8_t *to, uint32_t count)
{
	const volatile uint8_t *out = reader->ring->out;
	uint32_t at = reader->tail, left;

	if (count > reader_waiting(reader))
		count = reader_waiting(reader);
	for (left = count; left; left--)
		*to++ = out[at++ % CONSOLE_OUT_SIZE];
	return count;
}

uint32_t reader_begun(const struct reader *reader, uint8_t *to, uint32_t limit)
{
	const volatile uint8_t *out = reader->ring->out;
	uint32_t count = 0, left;

	while (count < limit && count < reader->tail - reader->ended &&
	       out[(reader->tail - count - 1) % CONSOLE_OUT_SIZE] != '\n')
		count++;
	for (left = count; left; left--)
		*to++ = out[(reader->tail - left) % CONSOLE_OUT_SIZE];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&reader->ring->out_head, __ATOMIC_RELAXED) - (reader->tail - count) >
	    CONSOLE_OUT_SIZE)
		return 0;
	return count;
}

bool reader_end_line(struct reader *reader)
{
	uint8_t last;
	bool begun = reader->ring && reader_begun(reader, &last, 1) != 0;

	reader->ended = reader->tail;
	return begun;
}

void reader_skip(struct reader *reader, uint32_t count)
{
	if (reader->whole - reader->tail < count)
		reader->whole = reader->tail + count;
	reader->tail += count;
}

uint32_t reader_take_back(struct reader *reader, uint32_t from)
{
	if ((int32_t)(from - reader->tail) < 0)
		from = reader->tail;
	if ((int32_t)(reader->head - from) > 0)
		reader->head = from;
	if ((int32_t)(reader->whole - from) > 0)
		reader->whole = from;
	return from;
}

/* This fence stands between telling the room and looking whether the writer waits for it. The frame
 * has a fence between saying that it waits and looking for room. */
bool reader_publish(struct reader *reader)
{
	struct console_ring *ring = reader->ring;

	__atomic_store_n(&ring->out_tail, reader->tail, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&ring->want_space, __ATOMIC_RELAXED) ||
	    reader_waiting(reader) > CONSOLE_OUT_SIZE / 2)
		return false;
	__atomic_store_n(&ring->want_space, 0, __ATOMIC_RELAXED);
	return true;
}

uint32_t reader_lost(struct reader *reader)
{
	if (!reader->ring)
		return 0;
	uint32_t lost = __atomic_load_n(&reader->ring->out_lost, __ATOMIC_RELAXED);
	uint32_t more = lost - reader->lost;

	reader->lost = lost;
	return more;
}

void reader_sleep(struct reader *reader, bool asleep)
{
	if (reader->ring)
		__atomic_store_n(&reader->ring->asleep, asleep, __ATOMIC_SEQ_CST);
}

bool reader_give_key(struct reader *reader, uint8_t key)
{
	struct console_ring *ring = reader->ring;

	if (!ring)
		return false;
	uint32_t head = __atomic_load_n(&ring->in_head, __ATOMIC_RELAXED);
	uint32_t tail = __atomic_load_n(&ring->in_tail, __ATOMIC_ACQUIRE);
	if (head - tail >= CONSOLE_IN_SIZE)
		return false;
	ring->in[head % CONSOLE_IN_SIZE] = key;
	__atomic_store_n(&ring->in_head, head + 1, __ATOMIC_RELEASE);
	return true;
}
