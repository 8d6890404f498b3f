/* See service/failure.h. */
#include <service/failure.h>

void failure_say(const struct service_report *failure, const char *service, struct words *words)
{
	words_say(words, "the ", service, " failed and was started again: syndrome ");
	words_hex(words, failure->syndrome);
	words_text(words, ", address ");
	words_hex(words, failure->address);
	words_text(words, ", pc ");
	words_hex(words, failure->pc);
	words_put(words, '\n');
}
