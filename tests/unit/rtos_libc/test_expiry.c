/*
 * When timers expire (rtos/libc/expiry.h).
 *
 * Shows: rtos.timers.
 */
#include <libc/expiry.h>
#include <stdint.h>
#include <unit.h>

#define SECOND INT64_C(1000000000)
#define LAST   (INT64_C(1) << 62)

static struct itimerspec times(int64_t value, int64_t interval)
{
	return (struct itimerspec){.it_value = expiry_time(value),
	                           .it_interval = expiry_time(interval)};
}

static struct expiry made(int64_t value, int64_t interval, int64_t from)
{
	const struct itimerspec wanted = times(value, interval);
	struct expiry expiry = {.next = 77};

	assert_true(expiry_set(&expiry, &wanted, from));
	return expiry;
}

TEST(test_set)
{
	assert_int_equal(made(5, 0, 1000).next, 1005);
	assert_int_equal(made(3 * SECOND + 7, 11, 0).next, 3 * SECOND + 7);
	assert_int_equal(made(3, 11, 0).interval, 11);
	/* Nothing is never, whatever it is counted from; what passed before the beginning isn't,
	 * and its periods are where they belong. */
	assert_int_equal(made(0, 11, 1000).next, 0);
	assert_int_equal(made(5, 0, -5).next, 1);
	assert_int_equal(made(5, 0, -LAST).next, 5 - LAST);
}

TEST(test_far)
{
	const struct itimerspec far = {.it_value.tv_sec = INT64_MAX,
	                               .it_interval.tv_sec = INT64_MAX};
	struct expiry expiry;

	assert_true(expiry_set(&expiry, &far, LAST - 1));
	assert_true(expiry.next == INT64_MAX && expiry.interval == LAST);
}

TEST(test_no_time)
{
	const struct timespec wrong[] = {{0, -1}, {0, SECOND}, {-1, 0}};
	struct expiry expiry = {.next = 5, .interval = 6};

	for (unsigned i = 0; i < 3; i++) {
		const struct itimerspec value = {.it_value = wrong[i]};
		const struct itimerspec interval = {.it_interval = wrong[i]};

		assert_false(expiry_set(&expiry, &value, 0));
		assert_false(expiry_set(&expiry, &interval, 0));
	}
	assert_true(expiry.next == 5 && expiry.interval == 6);
}

TEST(test_left)
{
	const struct expiry never = made(0, 10, 0), once = made(100, 0, 0),
	                    again = made(100, 30, 0);

	assert_int_equal(expiry_left(&never, 5), 0);
	assert_int_equal(expiry_left(&once, 99), 1);
	assert_int_equal(expiry_left(&once, 100), 0);
	assert_int_equal(expiry_left(&once, 200), 0);
	assert_int_equal(expiry_left(&again, 40), 60);
	assert_int_equal(expiry_left(&again, 100), 30);
	assert_int_equal(expiry_left(&again, 129), 1);
	assert_int_equal(expiry_left(&again, 191), 29);
}

TEST(test_take)
{
	struct expiry once = made(100, 0, 0), again = made(100, 30, 0);

	assert_int_equal(expiry_take(&once, 5000), 0);
	assert_int_equal(once.next, 0);
	assert_int_equal(expiry_take(&again, 100), 0);
	assert_int_equal(again.next, 130);
	assert_int_equal(expiry_take(&again, 159), 0);
	assert_int_equal(again.next, 160);
	assert_int_equal(expiry_take(&again, 250), 3);
	assert_int_equal(again.next, 280);
}

/* The clock that it goes by is set: before the counter's beginning is at once, not never. */
TEST(test_move)
{
	struct expiry never = made(0, 10, 0), again = made(100, 30, 0);

	expiry_move(&never, 50);
	assert_int_equal(never.next, 0);
	expiry_move(&again, 3600);
	assert_int_equal(again.next, 3700);
	assert_int_equal(expiry_left(&again, 3000), 700);
	expiry_move(&again, -3650);
	assert_int_equal(again.next, 50);
	assert_int_equal(expiry_take(&again, 111), 2);
	assert_int_equal(again.next, 140);
	expiry_move(&again, -140);
	assert_int_equal(again.next, 1);
	expiry_move(&again, -3600);
	assert_int_equal(again.next, -3599);
	assert_int_equal(expiry_left(&again, 10), 21);
	assert_int_equal(expiry_take(&again, 10), 120);
	assert_int_equal(again.next, 31);
	assert_int_equal(again.interval, 30);
}

/* A third of a tick too much in each period, and calls that are late, some by periods: the last
 * expiry is where it belongs, and none is missing. */
TEST(test_nothing_adds_up)
{
	const int64_t interval = 200333;
	struct expiry expiry = made(1, interval, 999);
	int64_t counted = 0;

	while (counted < 1000000) {
		const int64_t late = counted * 7919 % (3 * interval);
		const int64_t now = expiry.next + late;

		counted += 1 + expiry_take(&expiry, now);
		assert_true(expiry.next > now && expiry.next - now <= interval);
		assert_int_equal(expiry.next, 1000 + counted * interval);
	}
}
