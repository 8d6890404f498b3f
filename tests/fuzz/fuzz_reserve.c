/*
 * Any text as the file of kumiki-reserve. Whatever it is, sections have names of their own that may
 * be folders, no value is longer than its place, and either all is well or mistakes are told.
 */
#include <reserve.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_check_sections(const struct reserve *reserve)
{
	uint64_t shares = 0;

	fuzz_check(reserve->count <= RESERVE_MAX);
	for (uint32_t i = 0; i < reserve->count; i++) {
		const struct reserve_entry *entry = &reserve->list[i];

		fuzz_check(entry->by != RESERVE_BY_NOTHING && entry->what[0] != '\0');
		fuzz_check(entry->name[0] != '\0' && strpbrk(entry->name, "./ ") == NULL);
		fuzz_check(entry->io_count <= RESERVE_DEVICES);
		for (uint32_t j = 0; j < i; j++)
			fuzz_check(strcmp(entry->name, reserve->list[j].name) != 0);
		shares += entry->cpu;
	}
	fuzz_check(shares <= RESERVE_SHARES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reserve reserve;
	char *said = NULL;
	size_t said_size = 0;
	FILE *complaints = open_memstream(&said, &said_size);
	bool good;

	fuzz_check(complaints != NULL);
	good = reserve_read(&reserve, "file", (const char *)data, size, complaints);
	fuzz_check(fclose(complaints) == 0);
	fuzz_check(good == (said_size == 0));
	if (good)
		fuzz_check_sections(&reserve);
	free(said);
	return 0;
}
