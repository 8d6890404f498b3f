/* Text of others on a terminal: what it obeys is made visible. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host/tame.h>
#include <unit.h>

static void prints(const char *text, const char *tame)
{
	char *printed = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&printed, &size);

	tame_print(text, out);
	(void)fclose(out);
	assert_string_equal(printed, tame);
	free(printed);
}

TEST(text_stays)
{
	prints("", "");
	prints("a ~", "a ~");
	prints("\xc2\xa0\xc3\xa4\xe2\x82\xac\xef\xbf\xbf\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf",
	       "\xc2\xa0\xc3\xa4\xe2\x82\xac\xef\xbf\xbf\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf");
}

TEST(control_characters_are_shown)
{
	prints("\x1b[1m\n\x7f", "\\x1b[1m\\x0a\\x7f");
	prints("\xc2\x9b", "\\xc2\\x9b");
}

TEST(broken_characters_are_shown)
{
	prints("\xff\x80z", "\\xff\\x80z");
	prints("\xc3", "\\xc3");
	prints("\xe2\x82z", "\\xe2\\x82z");
	prints("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
	prints("\xc1\x81\xe0\x82\x81", "\\xc1\\x81\\xe0\\x82\\x81"); /* spelt too long */
	prints("\xf0\x82\x82\xac", "\\xf0\\x82\\x82\\xac");
	prints("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* half of a pair */
	prints("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
}
