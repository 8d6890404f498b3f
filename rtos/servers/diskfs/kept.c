/* See kept.h. */
#include "kept.h"
#include <lib/crc32c.h>
#include <lib/string.h>

/* Keeps the order of stores. A crash ends this very thread, and a core sees its own stores in
 * order. */
static void kept_order(void)
{
	__asm__ volatile("" ::: "memory");
}

static void kept_set(uint64_t *word, uint64_t value)
{
	kept_order();
	*(volatile uint64_t *)word = value;
	kept_order();
}

static uint32_t kept_crc(const struct kept_entry *entry)
{
	return crc32c(0, &entry->sequence, sizeof(*entry) - offsetof(struct kept_entry, sequence));
}

static uint64_t kept_size(uint32_t bytes)
{
	return (sizeof(struct kept_entry) + bytes + 7) / 8 * 8;
}

static uint64_t kept_answer_sum(const struct kept_answer *answer)
{
	return answer->identity ^ answer->word1 << 1 ^ answer->word2 << 2 ^ KEPT_MAGIC;
}

/* ---- beginning ---- */

bool kept_open(struct kept *kept, void *memory, uint64_t size)
{
	*kept = (struct kept){.head = memory};
	kept->log = (uint8_t *)memory + sizeof(*kept->head);
	if (size < sizeof(*kept->head) + kept_size(DISKFS_PIECE * DISKFS_BLOCK))
		return false;
	kept->size = size - sizeof(*kept->head);
	return true;
}

/* Chooses the place with the oldest answer. A free place has identity 0, which is lower than any.
 */
static void kept_choose(struct kept *kept)
{
	const struct kept_answer *answer = kept->head->answer;

	kept->place = 0;
	for (uint32_t i = 1; i < KEPT_ANSWERS; i++)
		if (answer[i].identity < answer[kept->place].identity)
			kept->place = i;
}

uint64_t kept_begin(struct kept *kept, const uint64_t identity[2])
{
	struct kept_head *head = kept->head;
	const uint64_t lost = head->magic == KEPT_MAGIC ? head->used : 0;

	if (head->magic == KEPT_MAGIC && head->identity[0] == identity[0] &&
	    head->identity[1] == identity[1])
		return 0;
	kept_set(&head->magic, 0);
	memset(head, 0, sizeof(*head));
	head->identity[0] = identity[0];
	head->identity[1] = identity[1];
	kept_set(&head->magic, KEPT_MAGIC);
	return lost;
}

/* ---- changes ---- */

uint8_t *kept_bytes(const struct kept *kept, uint32_t count)
{
	if (kept->head->used > kept->size || kept_size(count) > kept->size - kept->head->used)
		return NULL;
	return kept->log + kept->head->used + sizeof(struct kept_entry);
}

void kept_add(struct kept *kept, const struct kept_entry *entry)
{
	struct kept_entry *at = (struct kept_entry *)(void *)(kept->log + kept->head->used);

	*at = *entry;
	at->size = (uint32_t)kept_size(entry->bytes);
	at->crc = kept_crc(at);
	kept_set(&kept->head->used, kept->head->used + at->size);
}

const struct kept_entry *kept_next(const struct kept *kept, uint64_t *at)
{
	const struct kept_entry *entry = (const struct kept_entry *)(const void *)(kept->log + *at);
	const uint64_t used = kept->head->used;

	if (used > kept->size || *at >= used || used - *at < sizeof(*entry) ||
	    entry->size > used - *at || entry->crc != kept_crc(entry) ||
	    entry->bytes > DISKFS_PIECE * DISKFS_BLOCK || entry->size != kept_size(entry->bytes))
		return NULL;
	if (entry->bytes_crc != crc32c(0, kept_bytes_of(entry), entry->bytes))
		return NULL;
	*at += entry->size;
	return entry;
}

/* ---- answers ---- */

/* Keeps the last call's answer, before the log is emptied. Changes that the server made by itself
 * have no answer. */
static void kept_note(struct kept *kept)
{
	struct kept_answer *answer = &kept->head->answer[kept->place];
	const struct kept_entry *last = NULL, *entry;

	for (uint64_t at = 0; at < kept->head->used; at += entry->size) {
		entry = (const struct kept_entry *)(const void *)(kept->log + at);
		if (entry->size < sizeof(*entry))
			break;
		last = entry->identity != 0 ? entry : last;
	}
	if (!last)
		return;
	answer->identity = last->identity;
	answer->word1 = last->answer1;
	answer->word2 = last->answer2;
	answer->sum = kept_answer_sum(answer);
}

void kept_inherit(struct kept *kept)
{
	kept_choose(kept);
	kept_note(kept);
	kept_choose(kept);
}

void kept_saved(struct diskfs *fs)
{
	if (!fs->kept || fs->kept->again)
		return;
	kept_note(fs->kept);
	kept_set(&fs->kept->head->used, 0);
}

bool kept_find(const struct kept *kept, uint64_t identity, uint64_t *word1, uint64_t *word2)
{
	const struct kept_entry *entry;
	uint64_t at = 0;

	while ((entry = kept_next(kept, &at)) != NULL)
		if (entry->identity == identity) {
			*word1 = entry->answer1;
			*word2 = entry->answer2;
			return true;
		}
	for (uint32_t i = 0; i < KEPT_ANSWERS; i++) {
		const struct kept_answer *answer = &kept->head->answer[i];

		if (answer->identity == identity && answer->sum == kept_answer_sum(answer)) {
			*word1 = answer->word1;
			*word2 = answer->word2;
			return true;
		}
	}
	return false;
}
