/*
 * Fuzzer of programs' ELF files. What isn't refused has text and constants inside of its memory,
 * and these stand behind the facts; nothing may read outside.
 *
 * Shows: watch.facts.
 */
#include <facts/facts.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_PAGE 4096u

static void fuzz_require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_facts(const struct watchfacts *facts)
{
	fuzz_require(facts->text % FUZZ_PAGE == 0 && facts->text_end % FUZZ_PAGE == 0);
	fuzz_require(facts->constants_end % FUZZ_PAGE == 0);
	fuzz_require(facts->text != 0 && facts->text < facts->text_end);
	fuzz_require(facts->text_end <= facts->constants_end);
	fuzz_require(facts->constants_end <= facts->image_size);
	fuzz_require(facts->size == sizeof(*facts) + facts->constants_end - facts->text);
}

static void fuzz_names(struct arena *arena, const uint8_t *data, size_t size)
{
	struct kernel kernel;
	struct kallsyms_symbol symbol;
	uint32_t place, to, used[4];

	if (kernel_open(&kernel, arena, data, size) != NULL)
		return;
	(void)kernel_variables(&kernel, "head", &place);
	(void)kernel_leads(&kernel, kernel.text_end, &to);
	(void)kernel_function_at(&kernel, kernel.text + 8, &symbol);
	if (kernel_functions(&kernel, "show", &place) != 0)
		(void)kernel_used(&kernel, place, true, used, 4);
	(void)btf_member(&kernel.btf, "node", "prev", &place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	const struct watchfacts *facts = NULL;

	if (facts_find(&facts, &arena, data, size) == NULL && facts->kind == WATCHFACTS_PROGRAM)
		fuzz_facts(facts);
	fuzz_names(&arena, data, size);
	arena_free(&arena);
	return 0;
}
