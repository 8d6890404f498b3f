/* See lib/version.h. */
#include <lib/version.h>
#include <stdint.h>

#define VERSION_NUMBERS 3

/* Goes behind the number and its dot. */
static uint64_t version_number(const char **at)
{
	uint64_t number = 0;

	for (; **at >= '0' && **at <= '9'; ++*at)
		number = number * 10 + (uint64_t)(**at - '0');
	if (**at == '.')
		++*at;
	return number;
}

bool version_is_lower(const char *version, const char *than)
{
	for (uint32_t i = 0; i < VERSION_NUMBERS; i++) {
		const uint64_t left = version_number(&version), right = version_number(&than);

		if (left != right)
			return left < right;
	}
	return *version == '-' && *than != '-';
}
