/* Putting text together: see service/words.h. */
#include <service/words.h>

void words_put(struct words *words, char c)
{
	if (words->size == words->limit) {
		words->full = true;
		return;
	}
	words->text[words->size++] = c;
	if (c == '\n')
		words->line = words->size;
}

void words_text(struct words *words, const char *text)
{
	while (*text)
		words_put(words, *text++);
}

void words_say(struct words *words, const char *first, const char *second, const char *third)
{
	const char *const part[] = {first, second, third};

	for (unsigned int i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (part[i])
			words_text(words, part[i]);
}

void words_name(struct words *words, const char *name, size_t size)
{
	for (size_t i = 0; i < size && name[i]; i++)
		words_put(words, name[i]);
}

void words_decimal(struct words *words, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	words_name(words, digits + at, sizeof(digits) - at);
}

void words_hex(struct words *words, const char *before, uint64_t value)
{
	int shift = 60;

	words_say(words, before, "0x", NULL);
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		words_put(words, "0123456789abcdef"[value >> shift & 15]);
}

void words_seconds(struct words *words, uint64_t ticks, uint64_t hz)
{
	uint64_t rest = hz ? ticks % hz * 1000 / hz : 0;

	words_decimal(words, hz ? ticks / hz : 0);
	words_put(words, '.');
	for (uint64_t digit = 100; digit; digit /= 10)
		words_put(words, (char)('0' + rest / digit % 10));
}

void words_bytes(struct words *words, uint64_t bytes)
{
	static const char *const units[] = {" bytes", " KiB", " MiB", " GiB"};
	unsigned int unit = 0;

	while (unit < 3 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	words_decimal(words, bytes);
	words_text(words, units[unit]);
}

void words_column(struct words *words, uint32_t column)
{
	do
		words_put(words, ' ');
	while (!words->full && words->size - words->line < column);
}
