/* The order of versions. */
#include <lib/version.h>
#include <stddef.h>
#include <unit.h>

/* Each one is lower than those behind it. */
static const char *const rising[] = {"other", "0.0.1",          "0.9.0-dev", "0.9.0",
                                     "0.9.1", "0.10.0-dev",     "0.10.0",    "1.0.0-rc1",
                                     "1.0.0", "1.0.4294967296", "1.1",       "10.0"};

TEST(versions_rise)
{
	for (size_t a = 0; a < sizeof(rising) / sizeof(rising[0]); a++)
		for (size_t b = 0; b < sizeof(rising) / sizeof(rising[0]); b++)
			assert_int_equal(version_is_lower(rising[a], rising[b]), a < b);
}

TEST(some_are_as_high)
{
	static const char *const same[][2] = {
	    {"0.9.0-dev", "0.9.0-rc1"}, {"1", "1.0.0"}, {"", "other"}, {"1.2.3.4", "1.2.3"}};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_false(version_is_lower(same[i][0], same[i][1]));
		assert_false(version_is_lower(same[i][1], same[i][0]));
	}
}
