/* See service/failure.h. */
#include <service/failure.h>

void failure_say(const struct service_report *failure, const char *service, struct words *words)
{
	words_say(words, "the ", service, " failed and was started again: ");
	if (failure->syndrome == SERVICE_LOOPS) {
		words_hex(words, "it looped at pc ", failure->pc);
	} else {
		words_hex(words, "syndrome ", failure->syndrome);
		words_hex(words, ", address ", failure->address);
		words_hex(words, ", pc ", failure->pc);
	}
	words_put(words, '\n');
}
