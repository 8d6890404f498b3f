/* See counters.h. */
#include "counters.h"

/* Once only: a call that comes again gets its earlier answer. */
static bool counters_add(struct counters *counters, uint64_t identity, uint64_t word[RTOS_WORDS])
{
	uint64_t *value = &counters->value[word[1]];
	uint64_t before = *value;
	const bool again = journal_find(&counters->journal, identity, &before);

	if (!again) {
		*value += word[2];
		journal_note(&counters->journal, identity, before);
	}
	word[0] = COUNTER_OK;
	word[1] = before;
	return !again;
}

bool counters_serve(struct counters *counters, uint64_t identity, uint64_t word[RTOS_WORDS])
{
	const bool is_counter = word[1] < COUNTERS;

	if (is_counter && word[0] == COUNTER_ADD)
		return counters_add(counters, identity, word);
	if (is_counter && word[0] == COUNTER_READ) {
		word[0] = COUNTER_OK;
		word[1] = counters->value[word[1]];
	} else {
		word[0] = COUNTER_BAD;
	}
	return false;
}
