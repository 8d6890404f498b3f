/*
 * Bad descriptions: each case of the tables in tests/descriptions/bad is refused with exactly its
 * words. Runs from the top of the checkout, as the messages name their files.
 */
#include "bad_cases.h"

#include <stdint.h>
#include <stdlib.h>
#include <unit.h>

#define BAD_LEAST 250 /* fewer: they weren't found */

static bool bad_description(const char *path, const struct model_options *options, FILE *complaints)
{
	struct model *model = model_load(path, options, complaints);

	model_free(model);
	return !model;
}

/* Shows: time.check-refuses, start.check-words. */
TEST(test_every_bad_description)
{
	bad_cases_check("tests/descriptions/bad/", BAD_LEAST, bad_description);
}

TEST(test_description_that_is_not_there)
{
	const struct model_options options = {0};
	char *said = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&said, &size);

	assert_null(model_load("tests/descriptions/nowhere.dts", &options, out));
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
	    said, "kumiki: error: can't read 'tests/descriptions/nowhere.dts': No such file "
	          "or directory; check its name and its permissions\n");
	free(said);
}
