/*
 * A month of eight systems, with each of twenty kinds of trouble and without: what is found in
 * time, and what is found though nothing is wrong. The seeds are none that the judges were made
 * with. MONTHS=20 plays so many seeds; the table is that of docs/proof/early.md.
 *
 * Shows: operator.found-early.
 */
#include "month.h"
#include <stdlib.h>
#include <string.h>

#include <unit.h>

#define FIRST_SEED 401u
#define IN_TIME    0.5f
#define WANTED     19
#define CALM       5u  /* months without trouble, for each with */
#define RARELY     50u /* in so many of them there is one false alarm at most */

static uint32_t months(void)
{
	const char *text = getenv("MONTHS");
	const long count = text != NULL ? strtol(text, NULL, 10) : 1;

	return count > 0 && count <= 1000 ? (uint32_t)count : 1;
}

/* One kind of trouble in all months. `found`: how many kinds were found in time, by month. */
static void play(uint32_t trouble, uint32_t found[])
{
	struct month_result result;
	float worst = 0, hours;
	const char *words = month_trouble(trouble, &hours);
	uint32_t in_time = 0;

	for (uint32_t i = 0; i < months(); i++) {
		month_play(FIRST_SEED + i, trouble, &result);
		assert_int_equal(result.before, 0);
		if (result.found && result.part <= IN_TIME) {
			in_time++;
			found[i]++;
		}
		if (!result.found)
			result.part = 1;
		worst = result.part > worst ? result.part : worst;
	}
	printf("| %s | %g h | %u | %.2f |\n", words, (double)hours, in_time, (double)worst);
}

TEST(test_troubles_are_found_with_half_of_the_time_left)
{
	uint32_t *found = calloc(months(), sizeof(*found));

	assert_non_null(found);
	for (uint32_t trouble = 0; trouble < MONTH_TROUBLES; trouble++)
		play(trouble, found);
	for (uint32_t i = 0; i < months(); i++)
		assert_in_range(found[i], WANTED, MONTH_TROUBLES);
	free(found);
}

/* In the five months that are played always, nothing at all. */
TEST(test_nothing_is_found_where_nothing_is_wrong)
{
	const uint32_t count = CALM * months();
	struct month_result result;
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < count; i++) {
		month_play(FIRST_SEED + i, MONTH_TROUBLES, &result);
		wrong += result.findings > 0;
		if (result.findings > 0)
			printf("seed %u, %u findings: %s\n", FIRST_SEED + i, result.findings,
			       result.text);
	}
	printf("%u months of %u with a false alarm\n", wrong, count);
	assert_in_range(RARELY * wrong, 0, count);
}
