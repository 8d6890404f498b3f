/* See host/shiftplan.h. */
#include <host/shiftplan.h>
#include <kumiki/hold.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Adds words to the text. Names are short, so all of it fits. */
__attribute__((format(printf, 2, 3))) static void shiftplan_add(char *words, const char *format,
                                                                ...)
{
	const size_t used = strlen(words);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(words + used, SHIFTPLAN_SIZE - used, format, arguments);
	va_end(arguments);
}

static void shiftplan_changes(char *words, const struct shiftplan *plan,
                              const struct bundle_shift *shift)
{
	for (uint32_t i = 0; i < shift->changes; i++) {
		const struct bundle_shift_change *change = &shift->change[i];

		shiftplan_add(words, "%s%02u:%02u core %u to %s",
		              i > 0    ? ", "
		              : *words ? "; "
		                       : "",
		              change->minute / 60u, change->minute % 60u, change->core,
		              change->to == HOLD_NOBODY ? HOLD_NOBODYS_NAME
		                                        : plan->name[change->to]);
	}
	if (shift->changes)
		shiftplan_add(words, " (UTC)");
}

const char *shiftplan_words(char words[SHIFTPLAN_SIZE], const struct shiftplan *plan,
                            const struct bundle_shift *shift)
{
	const char *word = "; never below";

	words[0] = 0;
	if (!shift->by_load && !shift->changes)
		return words;
	if (shift->by_load)
		shiftplan_add(words, "by load");
	shiftplan_changes(words, plan, shift);
	for (uint32_t p = 0; p < plan->partitions; p++)
		if (plan->moving >> p & 1) {
			shiftplan_add(words, "%s %s %u", word, plan->name[p], shift->least[p]);
			word = ",";
		}
	return words;
}
