/* See still.h. */
#include "still.h"
#include "mend_change.h"

_Static_assert(RULES_READS <= WATCH_CHANGES, "a mend compares all of them at once");

enum still_result still_look(still_ask_t *ask, const struct guest *guest,
                             const struct rules_memory *memory, uint32_t reads)
{
	struct mend mend = {.count = 0};
	uint32_t answer;

	if (reads > RULES_READS)
		return STILL_CANT;
	for (uint32_t i = 0; i < reads; i++) {
		const struct rules_read *read = &memory->read[i];
		struct watch_change change = {
		    .mask = read->mask, .expected = read->value, .value = read->value};

		if (!guest_ipa(guest, read->address, &change.address))
			return STILL_OTHER;
		mend_add(&mend, change);
	}
	answer = ask(&mend) & MEND_KIND;
	if (answer == WATCH_MEND_DIFFERS)
		return STILL_OTHER;
	return answer == WATCH_MEND_DONE ? STILL_SAME : STILL_CANT;
}
