/*
 * Fuzzer of kernel modules' files for a kernel that exports little. What isn't refused must make a
 * list whose texts, constants and sites lie inside of it; nothing may read outside.
 *
 * Shows: prevent.list.
 */
#include <modules/modules.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NAME 24u /* of the name in a struct module */

static void fuzz_require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_part(const struct watchmodules *all, const struct watchmodules_text *part)
{
	const struct watchmodules_site *site =
	    (const struct watchmodules_site *)(const void *)((const uint8_t *)all + part->sites);

	fuzz_require(part->size % 4 == 0 && part->size <= WATCHMODULES_TEXT);
	fuzz_require(part->code <= part->size);
	fuzz_require(part->text + part->size <= part->sites);
	fuzz_require(part->sites + (uint64_t)part->count * sizeof(*site) <= all->size);
	for (uint32_t i = 0; i < part->count; i++) {
		fuzz_require(site[i].kind < WATCHMODULES_KINDS && site[i].place % 4 == 0);
		fuzz_require(site[i].place < part->size);
		fuzz_require(site[i].kind != WATCHMODULES_POINTER ||
		             site[i].place + 8 <= part->size);
		fuzz_require(i == 0 || site[i - 1].place <= site[i].place);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct export exports[] = {{"alt_cb_patch_nops", 64}, {"printk", 128}};
	struct modules_set *set = arena_alloc(&arena, sizeof(*set));
	const struct watchmodules *all;

	set->arena = &arena;
	set->exports = (struct exports){exports, sizeof(exports) / sizeof(exports[0])};
	memcpy(set->banner, "Linux version 6.1 ", 18);
	set->name = FUZZ_NAME;
	if (modules_add(set, "fuzz.ko", data, size) == NULL &&
	    modules_make(set, &set->file[0]) == NULL) {
		all = modules_join(set);
		fuzz_require(all != NULL && all->count == 1);
		for (uint32_t i = 0; i < WATCHMODULES_PARTS; i++)
			fuzz_part(all, &((const struct watchmodules_module *)(all + 1))->part[i]);
	}
	arena_free(&arena);
	return 0;
}
