/* See rtos/ring.h. */
#include <lib/crc32c.h>
#include <rtos/ring.h>

/* Makes the compiler keep the stores before this call before the stores after it. That is enough: a
 * crash ends this very thread, and the thread's core sees its own stores in order. */
static void ring_order(void)
{
	__asm__ volatile("" ::: "memory");
}

static uint32_t ring_crc(const struct ring_line *line, uint64_t number)
{
	uint32_t crc = crc32c(0, &number, sizeof(number));

	crc = crc32c(crc, &line->identity,
	             offsetof(struct ring_line, crc) - offsetof(struct ring_line, identity));
	return crc32c(crc, line->text, sizeof(line->text));
}

static bool ring_is_whole(const struct ring *ring, const struct ring_line *line)
{
	return line->number != 0 && &ring->line[line->number % ring->count] == line &&
	       line->length <= LOG_TEXT && line->crc == ring_crc(line, line->number);
}

void ring_open(struct ring *ring, void *memory, uint64_t size)
{
	*ring = (struct ring){.line = memory, .count = size / sizeof(struct ring_line)};
	for (uint64_t i = 0; i < ring->count; i++) {
		struct ring_line *line = &ring->line[i];

		if (!ring_is_whole(ring, line))
			line->number = 0;
		else if (line->number > ring->newest)
			ring->newest = line->number;
	}
}

void ring_add(struct ring *ring, const struct ring_line *line)
{
	const uint64_t number = ring->newest + 1;
	struct ring_line *place = &ring->line[number % ring->count];

	place->number = 0;
	ring_order();
	*place = *line;
	place->number = 0;
	place->crc = ring_crc(place, number);
	ring_order();
	place->number = number;
	ring->newest = number;
}

bool ring_has(const struct ring *ring, uint64_t identity)
{
	for (uint64_t i = 0; i < ring->count; i++)
		if (ring->line[i].number != 0 && ring->line[i].identity == identity)
			return true;
	return false;
}

bool ring_is_sound(const struct ring *ring, const void *memory, uint64_t size)
{
	bool newest = ring->newest == 0;

	if (ring->line != memory || ring->count != size / sizeof(struct ring_line))
		return false;
	for (uint64_t i = 0; i < ring->count; i++) {
		const struct ring_line *line = &ring->line[i];

		if (line->number > ring->newest ||
		    (line->number != 0 && !ring_is_whole(ring, line)))
			return false;
		newest |= line->number == ring->newest;
	}
	return newest;
}

/* All numbers below the newest were written. Their lines are there, unless newer lines have taken
 * their places. */
const struct ring_line *ring_from(const struct ring *ring, uint64_t number)
{
	const uint64_t oldest = ring->newest > ring->count ? ring->newest - ring->count + 1 : 1;

	for (number = number > oldest ? number : oldest; number <= ring->newest; number++)
		if (ring->line[number % ring->count].number == number)
			return &ring->line[number % ring->count];
	return NULL;
}
