/*
 * What passes the checks packs: every description in tests/descriptions/good becomes an image that
 * `kumiki show` finds intact. Runs from the top of the checkout.
 */
#include <glob.h>
#include <host/pack.h>
#include <host/show.h>
#include <stdint.h>
#include <stdlib.h>
#include <unit.h>
#include <unit/tools/sample_model.h>

#define GOOD_LEAST 7 /* fewer: they weren't found */

static const char *const good_dirs[] = {"frame/board/qemu-virt"};
static const struct model_options good_options = {.include_dirs = good_dirs,
                                                  .include_dir_count = 1};

static void good_pack(const char *path, const char *frame, FILE *out)
{
	struct model *model = model_load(path, &good_options, out);
	struct pack_image image;
	struct show_image shown;

	assert_non_null(model);
	if (!pack_make(model, &good_options, frame, &image, stderr))
		fail_msg("%s passes its checks and can't be packed", path);
	assert_true(show_open(&shown, image.bytes, image.size));
	assert_true(show_report(&shown, path, out));
	free(image.bytes);
	model_free(model);
}

TEST(every_good_description_packs)
{
	struct sample_model sample;
	char *said = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&said, &size);
	glob_t found;

	assert_non_null(out);
	sample_model_make(&sample);
	assert_int_equal(glob("tests/descriptions/good/*.dts", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= GOOD_LEAST);
	for (size_t i = 0; i < found.gl_pathc; i++)
		good_pack(found.gl_pathv[i], sample.frame, out);
	globfree(&found);
	sample_model_free(&sample);
	(void)fclose(out);
	free(said);
}
