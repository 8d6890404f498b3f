/* Rights in words: see host/hub.h. */
#include "hub.h"
#include <string.h>

static const char *const rights[] = {"look", "type", "command", "debug"};
#define RIGHTS (sizeof(rights) / sizeof(rights[0]))

const char *hub_rights_words(uint32_t set, char *text, size_t size)
{
	int at = 0;

	snprintf(text, size, "nothing");
	for (size_t i = 0; i < RIGHTS; i++)
		if ((set >> i & 1) != 0)
			at += snprintf(text + at, size - (size_t)at, "%s%s", at ? ", " : "",
			               rights[i]);
	return text;
}

static uint8_t right_of(const char *word, size_t size)
{
	for (size_t i = 0; i < RIGHTS; i++)
		if (strlen(rights[i]) == size && strncmp(rights[i], word, size) == 0)
			return (uint8_t)(1u << i);
	return 0;
}

uint8_t hub_rights_of(const char *text)
{
	uint8_t set = 0;

	for (;;) {
		size_t size = strcspn(text, ",");
		uint8_t right = right_of(text, size);

		if (right == 0)
			return 0;
		set |= right;
		if (text[size] == 0)
			return set;
		text += size + 1;
	}
}
