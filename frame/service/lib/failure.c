/* See service/failure.h. */
#include <service/failure.h>

void failure_say_text(enum service_text text, struct words *words)
{
	if (text == SERVICE_TEXT_MENDED)
		words_text(words, "; its text was damaged, and was made anew");
	if (text == SERVICE_TEXT_LOST)
		words_text(words, "; its text is damaged, and can't be made anew");
}

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
	failure_say_text((enum service_text)failure->text, words);
	words_put(words, '\n');
}
