/* See settings.h. */
#include "settings.h"
#include <stddef.h>

/* The text behind the word and a space; NULL: the text begins with another word. */
static const char *settings_after(const char *text, const char *word)
{
	while (*word && *text == *word) {
		text++;
		word++;
	}
	return *word == '\0' && *text == ' ' ? text + 1 : NULL;
}

/* Reads a number of up to three digits. NULL: there is none, or it is above `most`. */
static const char *settings_number(const char *text, uint32_t most, uint32_t *number)
{
	uint32_t digits = 0;

	for (*number = 0; *text >= '0' && *text <= '9' && digits < 3; digits++)
		*number = *number * 10 + (uint32_t)(*text++ - '0');
	return digits > 0 && *number <= most ? text : NULL;
}

const char *settings_address(const char *text, char end, uint32_t *address)
{
	uint32_t byte;

	*address = 0;
	for (uint32_t i = 0; i < 4; i++) {
		if (i > 0 && *text++ != '.')
			return NULL;
		text = settings_number(text, 255, &byte);
		if (!text)
			return NULL;
		*address = *address << 8 | byte;
	}
	return *text == '\0' || *text == end ? text : NULL;
}

static bool settings_own(struct settings *settings, const char *text)
{
	static const char automatic[] = "automatic";
	uint32_t bits, i = 0;

	while (automatic[i] && text[i] == automatic[i])
		i++;
	settings->automatic = automatic[i] == text[i];
	if (settings->automatic)
		return true;
	text = settings_address(text, '/', &settings->address);
	if (!text || *text != '/' || settings->address == 0)
		return false;
	text = settings_number(text + 1, 30, &bits);
	if (!text || *text != '\0' || bits == 0)
		return false;
	settings->mask = ~0U << (32 - bits);
	return true;
}

static bool settings_one(struct settings *settings, const char *text)
{
	const char *rest;

	if ((rest = settings_after(text, "address")) != NULL)
		return settings_own(settings, rest);
	if ((rest = settings_after(text, "router")) != NULL)
		return settings_address(rest, '\0', &settings->router) != NULL;
	if ((rest = settings_after(text, "names")) != NULL)
		return settings_address(rest, '\0', &settings->names) != NULL;
	return false;
}

const char *settings_read(struct settings *settings, const char *arguments, uint32_t count)
{
	*settings = (struct settings){.automatic = count == 0};
	for (; count > 0; count--) {
		if (!settings_one(settings, arguments))
			return arguments;
		while (*arguments++)
			continue;
	}
	if (!settings->automatic && settings->address == 0)
		return "(there is no address)";
	return NULL;
}
