/* See service/energy.h. */
#include <lib/bundle.h>
#include <service/energy.h>

/* Milliwatts times milliseconds are microjoules. */
static uint64_t energy_product(uint64_t ticks, uint64_t ms, uint32_t milliwatts)
{
	return ticks / ms * milliwatts + ticks % ms * milliwatts / ms;
}

uint64_t energy_of(const struct bundle_core *core, uint64_t ms, const uint64_t times[3])
{
	return energy_product(times[0], ms, core->takes.busy) +
	       energy_product(times[1], ms, core->takes.idle) +
	       energy_product(times[2], ms, core->takes.off);
}

void energy_say(const struct bundle_header *bundle, uint64_t microjoules, bool unseen,
                struct words *words)
{
	if (bundle_cores(bundle)->takes.busy == 0)
		return;
	words_text(words, unseen ? "at most " : "about ");
	words_seconds(words, microjoules, 1000000);
	words_text(words, " J: an estimate, by what such cores take busy, idle and off\n");
	if (unseen)
		words_text(words, "a guest alone on its core counts as busy while it waits\n");
}
