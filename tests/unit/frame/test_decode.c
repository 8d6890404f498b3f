/*
 * The instruction decoder against the assembler (decode_cases.h, made by decode_cases.py), and with
 * words that no assembler makes.
 *
 * Shows: hostile.registers.
 */
#include <decode_cases.h>
#include <frame/esr.h>
#include <pure/decode.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static void check(const char *text, const char *what, long long found, long long expected)
{
	if (found != expected)
		fail_msg("%s: %s is %llx, not %llx", text, what, found, expected);
}

/* As the manual has it: SAS, SSE, SRT, SF and WnR of ESR_ELx. */
static uint32_t syndrome_of(const struct decode_expected *e, uint32_t rt)
{
	uint32_t size = e->size == 8 ? 3 : e->size / 2u;

	return size << 22 | (uint32_t)e->sign_extend << 21 | rt << 16 |
	       (uint32_t)e->sixty_four << 15 | (uint32_t)!e->load << 6;
}

static void check_case(size_t i)
{
	const struct decode_expected *expected = &decode_cases[i].expected;
	const char *text = decode_cases[i].text;
	struct decoded found;
	enum decode_status status = decode(decode_cases[i].word, &found);

	check(text, "status", status, decode_cases[i].status);
	if (status != DECODE_OK)
		return;
	check(text, "count", found.count, expected->count);
	check(text, "syndrome", found.syndrome[0], syndrome_of(expected, expected->rt));
	if (found.count == 2)
		check(text, "second syndrome", found.syndrome[1],
		      syndrome_of(expected, expected->rt2));
	check(text, "write_back", found.write_back, expected->write_back);
	check(text, "rn", found.rn, expected->rn);
	check(text, "offset", found.offset, expected->offset);
}

TEST(test_the_assemblers_words)
{
	for (size_t i = 0; i < sizeof(decode_cases) / sizeof(decode_cases[0]); i++)
		check_case(i);
}

/* Conditions of each accepted word. */
static void check_word(uint32_t word)
{
	struct decoded d;

	if (decode(word, &d) != DECODE_OK)
		return;
	assert_true((word & 0x0a000000) == 0x08000000); /* the loads and stores */
	assert_true((word & 0x04000000) == 0);          /* not of SIMD&FP registers */
	assert_true(d.count == 1 || d.count == 2);
	assert_true(d.rn < 32);
	assert_true(d.offset >= -64 * 8 && d.offset <= 4095 * 8);
	for (uint32_t i = 0; i < d.count; i++) {
		uint32_t size = d.syndrome[i] >> 22;

		assert_true((d.syndrome[i] & ~0x00ff8040u) == 0);
		assert_false((d.syndrome[i] & ISS_SIGN) != 0 &&
		             ((d.syndrome[i] & ISS_WRITE) != 0 || size == 3));
	}
}

TEST(test_random_words)
{
	uint64_t seed = 1;

	for (int i = 0; i < 2000000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		check_word((uint32_t)(seed >> 32));
		/* And always one from among the loads and stores. */
		check_word(((uint32_t)(seed >> 32) & ~0x0a000000u) | 0x08000000u);
	}
}

/* All of the fixed bits of all classes, with the registers and immediates at a few values. */
TEST(test_every_class_bit)
{
	static const uint32_t fillings[] = {0, 0x7c1f, 0x3ff, 0x1463};

	for (uint32_t high = 0; high < 1u << 17; high++) {
		for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++)
			check_word(high << 15 | fillings[i]);
	}
}
