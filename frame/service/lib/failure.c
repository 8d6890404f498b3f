/* See service/failure.h. */
#include <service/failure.h>

void failure_say(const struct service_report *failure, const char *service, struct words *words)
{
	words_say(words, "the ", service, NULL);
	words_hex(words, " failed and was started again: syndrome ", failure->syndrome);
	words_hex(words, ", address ", failure->address);
	words_hex(words, ", pc ", failure->pc);
	words_put(words, '\n');
}
