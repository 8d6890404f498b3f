/* See service/names.h. */
#include <kumiki/hold.h>
#include <lib/bundle.h>
#include <service/names.h>

const char *names_holder(const struct bundle_header *bundle, uint32_t holder)
{
	return holder < bundle->partitions.count ? bundle_partitions(bundle)[holder].name
	                                         : HOLD_NOBODYS_NAME;
}

void names_say(const struct bundle_header *bundle, uint32_t mask, struct words *words)
{
	const char *between = " ";

	for (uint32_t i = 0; i < bundle->partitions.count; i++) {
		if (!(mask >> i & 1))
			continue;
		words_say(words, between, bundle_partitions(bundle)[i].name, NULL);
		between = ", ";
	}
}

void names_core(struct words *words, uint32_t core, const char *text)
{
	words_text(words, "core ");
	words_decimal(words, core);
	words_text(words, text);
}
