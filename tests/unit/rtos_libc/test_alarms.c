/* The waiters and their seconds (the template driver's alarms.h). */
#include <stdint.h>
#include <templates/driver/alarms.h>
#include <unit.h>

TEST(test_in_their_order)
{
	const uint32_t seconds[] = {30, 10, 20, 10};
	struct alarms alarms = {.count = 0};
	struct alarm due;

	for (uint64_t i = 0; i < 4; i++)
		assert_true(alarms_add(&alarms, &(struct alarm){seconds[i], i + 1, 0}));
	assert_false(alarms_take(&alarms, 9, &due));
	assert_true(alarms_take(&alarms, 10, &due) && due.identity == 2);
	assert_true(alarms_take(&alarms, 10, &due) && due.identity == 4);
	assert_false(alarms_take(&alarms, 10, &due));
	assert_true(alarms_take(&alarms, 99, &due) && due.identity == 3);
	assert_true(alarms_take(&alarms, 99, &due) && due.identity == 1);
	assert_false(alarms_take(&alarms, UINT32_MAX, &due));
}

TEST(test_full)
{
	struct alarms alarms = {.count = 0};
	struct alarm due;

	for (uint32_t i = 0; i < ALARMS; i++)
		assert_true(alarms_add(&alarms, &(struct alarm){ALARMS - i, i, 0}));
	assert_false(alarms_add(&alarms, &(struct alarm){0, 0, 0}));
	for (uint32_t i = 1; i <= ALARMS; i++) {
		assert_true(alarms_take(&alarms, ALARMS, &due));
		assert_int_equal(due.second, i);
	}
}
