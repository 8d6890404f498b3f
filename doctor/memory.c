/*
 * The memory: each bank's first and last page, and a word at each power of two behind its
 * beginning, which finds an address line that is missing. Each word is read and written past the
 * caches, and left as it was. What the board file reserves, and the image's own memory, aren't
 * touched.
 */
#include <doctor/doctor.h>
#include <frame/tables.h>
#include <machine/local.h>

#define PLACES 64
#define WORDS  (PAGE_SIZE / sizeof(uint32_t))

static struct {
	uint64_t at[PLACES]; /* physical */
	uint32_t was[PLACES];
	uint32_t count, tried; /* places; and those that were read */
} memory CORE_LOCAL;

static bool overlaps(uint64_t at, uint64_t base, uint64_t size)
{
	return at + PAGE_SIZE > base && at < base + size;
}

/* The page may be touched. */
static bool is_free(uint64_t page)
{
	if (overlaps(page, doctor_image(), DOCTOR_MEMORY))
		return false;
	for (uint32_t i = 0; i < told_facts->reserved_count; i++)
		if (overlaps(page, told_facts->reserved[i].base, told_facts->reserved[i].size))
			return false;
	return true;
}

static void add(uint64_t at)
{
	if (memory.count < PLACES && is_free(at & ~PAGE_MASK))
		memory.at[memory.count++] = at;
}

/* No two places that are looked at have the same, and none has zeros or ones. */
static uint32_t pattern(uint64_t at, uint32_t turn)
{
	const uint32_t mixed = (uint32_t)((at >> 2) * 0x9e3779b97f4a7c15ull >> 32) ^ 0x5a5a5a5au;

	return turn != 0 ? ~mixed : mixed;
}

static void add_lines(const struct doctor_range *bank)
{
	add(bank->base);
	for (uint64_t step = PAGE_SIZE; step < bank->size; step *= 2)
		add(bank->base + step);
	add(bank->base + bank->size - sizeof(uint32_t));
}

static void try_lines(void *nothing)
{
	(void)nothing;
	for (; memory.tried < memory.count; memory.tried++)
		memory.was[memory.tried] = window_read(pa_at(memory.at[memory.tried]));
	for (uint32_t i = 0; i < memory.count; i++)
		window_write(pa_at(memory.at[i]), pattern(memory.at[i], 0));
}

/* The place that has another one's pattern, or a wrong one; PLACES: all are right. */
static uint32_t find_wrong(void)
{
	for (uint32_t i = 0; i < memory.count; i++)
		if (window_read(pa_at(memory.at[i])) != pattern(memory.at[i], 0))
			return i;
	return PLACES;
}

static uint64_t find_twin(uint32_t wrong)
{
	const uint32_t found = window_read(pa_at(memory.at[wrong]));

	for (uint32_t i = 0; i < memory.count; i++)
		if (i != wrong && pattern(memory.at[i], 0) == found)
			return memory.at[i];
	return 0;
}

static void restore(void)
{
	for (uint32_t i = memory.tried; i-- > 0;)
		window_write(pa_at(memory.at[i]), memory.was[i]);
	for (uint32_t i = 0; i < memory.tried; i++)
		(void)window_read(pa_at(memory.at[i])); /* cleans its line */
}

static void judge_lines(const struct doctor_range *bank, uint32_t wrong, uint64_t twin)
{
	const uint64_t end = bank->base + bank->size - 1;

	if (wrong == PLACES)
		report_good("0x%lx to 0x%lx: %u places hold what was written", PRINT_X(bank->base),
		            PRINT_X(end), memory.count);
	else if (twin != 0)
		report_defect(
		    "0x%lx and 0x%lx are the same memory; correct the size of the bank at "
		    "0x%lx in the memory's reg of the board file",
		    PRINT_X(memory.at[wrong]), PRINT_X(twin), PRINT_X(bank->base));
	else
		report_defect(
		    "0x%lx doesn't hold what is written; is there memory? Correct the size "
		    "of the bank at 0x%lx in the memory's reg of the board file",
		    PRINT_X(memory.at[wrong]), PRINT_X(bank->base));
}

/* The address is that of the window. */
static void tell_exception(const struct doctor_range *bank)
{
	exception_last.far = memory.at[memory.tried];
	(void)report_begin(REPORT_DEFECT);
	exception_tell();
	print("; correct the size of the bank at 0x%lx in the memory's reg of the board file",
	      PRINT_X(bank->base));
	report_end();
}

static bool check_lines(const struct doctor_range *bank)
{
	uint64_t twin = 0;
	uint32_t wrong;

	memory.count = memory.tried = 0;
	add_lines(bank);
	if (!attempt(try_lines, 0)) {
		doctor_close_window();
		tell_exception(bank);
		return false;
	}
	wrong = find_wrong();
	if (wrong != PLACES)
		twin = find_twin(wrong);
	restore();
	judge_lines(bank, wrong, twin);
	return wrong == PLACES;
}

/* ---- whole pages ---- */

/* Returns how many words are wrong. */
static uint32_t try_word(uint64_t at)
{
	const uint32_t was = window_read(pa_at(at));
	uint32_t wrong = 0;

	for (uint32_t turn = 0; turn < 2; turn++) {
		window_write(pa_at(at), pattern(at, turn));
		wrong |= window_read(pa_at(at)) != pattern(at, turn);
	}
	window_write(pa_at(at), was);
	(void)window_read(pa_at(at));
	return wrong;
}

static void check_page(uint64_t page)
{
	uint32_t wrong = 0;

	if (!is_free(page))
		return;
	for (uint32_t i = 0; i < WORDS; i++)
		wrong += try_word(page + i * sizeof(uint32_t));
	if (wrong != 0)
		report_defect(
		    "%u words of the page 0x%lx don't hold what is written; this memory is "
		    "broken: reserve it in the board file, or mend the board",
		    wrong, PRINT_X(page));
	else
		report_good("each word of the page 0x%lx", PRINT_X(page));
}

void memory_banks(void)
{
	for (uint32_t i = 0; i < told_facts->bank_count; i++) {
		const struct doctor_range *bank = &told_facts->banks[i];

		if (!check_lines(bank))
			continue;
		check_page(bank->base);
		check_page(bank->base + bank->size - PAGE_SIZE);
	}
}
