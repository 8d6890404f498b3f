/* See journal.h. */
#include "journal.h"

static uint64_t journal_value(const uint32_t halves[2])
{
	return (uint64_t)halves[1] << 32 | halves[0];
}

static void journal_change(struct ramfs *fs, uint32_t halves[2], uint64_t value)
{
	change_set(fs, &halves[0], (uint32_t)value);
	change_set(fs, &halves[1], (uint32_t)(value >> 32));
}

/* Chooses the place with the oldest answer. A free place has identity 0, which is lower than any.
 */
void journal_begin(struct ramfs *fs)
{
	const struct ramfs_answer *answer = fs->head->answer;

	fs->answer = 0;
	for (uint32_t i = 1; i < RAMFS_ANSWERS; i++)
		if (journal_value(answer[i].identity) < journal_value(answer[fs->answer].identity))
			fs->answer = i;
}

void journal_set(struct ramfs *fs, uint64_t identity, uint64_t word1, uint64_t word2)
{
	struct ramfs_answer *answer = &fs->head->answer[fs->answer];

	journal_change(fs, answer->identity, identity);
	journal_change(fs, answer->word1, word1);
	journal_change(fs, answer->word2, word2);
}

/* Takes another place. The call that had this server's place until now is answered. */
static void journal_exchange(struct ramfs *fs, uint32_t place)
{
	if (place == fs->answer)
		return;
	journal_change(fs, fs->head->answer[fs->answer].identity, 0);
	change_commit(fs);
	fs->answer = place;
}

bool journal_find(struct ramfs *fs, uint64_t identity, uint64_t *word1, uint64_t *word2)
{
	const struct ramfs_answer *answer = fs->head->answer;
	uint32_t place = 0;

	while (place < RAMFS_ANSWERS && journal_value(answer[place].identity) != identity)
		place++;
	if (place == RAMFS_ANSWERS)
		return false;
	*word1 = journal_value(answer[place].word1);
	*word2 = journal_value(answer[place].word2);
	journal_exchange(fs, place);
	return true;
}
