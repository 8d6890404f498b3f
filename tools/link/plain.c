/* See host/plain.h. */
#include <host/plain.h>
#include <stdbool.h>
#include <string.h>

void plain_put(struct plain *plain, uint8_t byte)
{
	if (plain->size == sizeof(plain->text)) {
		plain->size /= 2;
		memmove(plain->text, plain->text + plain->size, plain->size);
	}
	plain->text[plain->size++] = byte;
}

static bool plain_has(const struct plain *plain, size_t at, const char *words)
{
	const size_t length = strlen(words);

	return plain->size - at >= length && memcmp(plain->text + at, words, length) == 0;
}

/* Where the report begins. What is left of a link's frame may imitate a report, so the last one
 * counts. */
static size_t plain_begin(const struct plain *plain)
{
	size_t at = plain->size;

	if (plain_has(plain, 0, "kumiki: "))
		return 0;
	while (at > 0 && !plain_has(plain, at, "\nkumiki: core "))
		at--;
	return plain_has(plain, at, "\nkumiki: core ") ? at + 1 : plain->size;
}

/* Its size; 0: there is none. A line of the console service behind it begins with a bracket. */
size_t plain_report(const struct plain *plain, const uint8_t **report)
{
	const size_t begin = plain_begin(plain);
	size_t end = begin;

	while (end < plain->size && !plain_has(plain, end, "\n["))
		end++;
	*report = plain->text + begin;
	return end - begin;
}
