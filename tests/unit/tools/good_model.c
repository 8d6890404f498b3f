/*
 * Loads the descriptions of tests/descriptions/good.
 */
#include "good_model.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const good_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options good_options = {.include_dirs = good_dirs,
                                                  .include_dir_count = 1};

struct model *good_load(const char *name, size_t warnings)
{
	char path[256], *said = NULL;
	size_t size = 0, lines = 0;
	FILE *out = open_memstream(&said, &size);
	struct model *model;

	(void)snprintf(path, sizeof(path), "tests/descriptions/good/%s.dts", name);
	model = model_load(path, &good_options, out);
	assert_int_equal(fclose(out), 0);
	if (!model) {
		fail_msg("%s", said);
		abort();
	}
	for (const char *c = said; *c; c++)
		lines += *c == '\n';
	free(said);
	assert_int_equal(lines, warnings);
	assert_int_equal(model->warnings, warnings);
	assert_string_equal(model->name, name);
	return model;
}

const struct model_partition *good_partition(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->partition_count; i++)
		if (!strcmp(model->partitions[i].name, name))
			return &model->partitions[i];
	fail_msg("there is no partition %s", name);
	return NULL;
}
