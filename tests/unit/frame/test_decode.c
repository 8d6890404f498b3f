/*
 * The instruction decoder against the assembler (decode_cases.h, made by decode_cases.py), and with
 * words that no assembler makes.
 */
#include "decode_cases.h"
#include <frame/decode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define check(what, field)                                                                         \
	do {                                                                                       \
		if (found.field != decode_cases[i].expected.field)                                 \
			fail_msg("%s: " what " is %lld, not %lld", decode_cases[i].text,           \
			         (long long)found.field,                                           \
			         (long long)decode_cases[i].expected.field);                       \
	} while (0)

static void check_case(size_t i)
{
	struct decoded found;
	enum decode_status status = decode(decode_cases[i].word, &found);

	if (status != decode_cases[i].status)
		fail_msg("%s: status %d, not %d", decode_cases[i].text, (int)status,
		         (int)decode_cases[i].status);
	if (status != DECODE_OK)
		return;
	check("load", load);
	check("sign_extend", sign_extend);
	check("sixty_four", sixty_four);
	check("write_back", write_back);
	check("size", size);
	check("count", count);
	check("rt", rt);
	check("rt2", rt2);
	check("rn", rn);
	check("offset", offset);
}

static void test_what_the_assembler_makes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(decode_cases) / sizeof(decode_cases[0]); i++)
		check_case(i);
}

/* What holds for each word that is accepted. */
static void check_word(uint32_t word)
{
	struct decoded d;

	if (decode(word, &d) != DECODE_OK)
		return;
	assert_true((word & 0x0a000000) == 0x08000000); /* the loads and stores */
	assert_true((word & 0x04000000) == 0);          /* not of SIMD&FP registers */
	assert_true(d.size == 1 || d.size == 2 || d.size == 4 || d.size == 8);
	assert_true(d.count == 1 || d.count == 2);
	assert_true(d.rt < 32 && d.rt2 < 32 && d.rn < 32);
	assert_true(d.offset >= -64 * 8 && d.offset <= 4095 * 8);
	assert_false(d.sign_extend && (!d.load || d.size == 8));
}

static void test_random_words(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 2000000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		check_word((uint32_t)(seed >> 32));
		/* And always one from among the loads and stores. */
		check_word(((uint32_t)(seed >> 32) & ~0x0a000000u) | 0x08000000u);
	}
}

/* All of the fixed bits of all classes, with the registers and immediates at a few values. */
static void test_every_class_bit(void **state)
{
	static const uint32_t fillings[] = {0, 0x7c1f, 0x3ff, 0x1463};

	(void)state;
	for (uint32_t high = 0; high < 1u << 17; high++) {
		for (size_t i = 0; i < sizeof(fillings) / sizeof(fillings[0]); i++)
			check_word(high << 15 | fillings[i]);
	}
}

static uint64_t extended(bool sign, bool x, uint8_t size, uint64_t value)
{
	struct decoded d = {.load = true, .sign_extend = sign, .sixty_four = x, .size = size};

	return decode_extend(&d, value);
}

static void test_extension(void **state)
{
	(void)state;
	assert_int_equal(extended(false, false, 1, 0xfffffffffffffff0), 0xf0);
	assert_int_equal(extended(false, false, 2, 0x12348765), 0x8765);
	assert_int_equal(extended(false, false, 4, 0xffffffff87654321), 0x87654321);
	assert_int_equal(extended(false, true, 8, 0xf000000087654321), 0xf000000087654321);
	assert_int_equal(extended(true, false, 1, 0x80), 0xffffff80);
	assert_int_equal(extended(true, true, 1, 0x80), 0xffffffffffffff80);
	assert_int_equal(extended(true, true, 1, 0x17f), 0x7f);
	assert_int_equal(extended(true, false, 2, 0x8000), 0xffff8000);
	assert_int_equal(extended(true, true, 4, 0x80000000), 0xffffffff80000000);
	assert_int_equal(extended(true, true, 4, 0x7fffffff), 0x7fffffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_the_assembler_makes),
	    cmocka_unit_test(test_random_words),
	    cmocka_unit_test(test_every_class_bit),
	    cmocka_unit_test(test_extension),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
