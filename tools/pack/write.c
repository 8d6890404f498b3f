/*
 * An image and its file: pack_write() and pack_is_written() (host/pack.h). `kumiki pack` and
 * `kumiki run` use this file.
 */
#include <host/arena.h>
#include <host/files.h>
#include <host/output.h>
#include <host/pack.h>
#include <stdlib.h>
#include <string.h>

/* Looks for the board's frame, in the folders of the search only: never in the current folder. */
static const char *pack_find_frame(const struct model *model, const struct model_options *options,
                                   struct arena *arena, FILE *complaints)
{
	const struct file_search search =
	    file_search_make(arena, options == NULL ? NULL : options->access,
	                     options == NULL ? NULL : options->include_dirs,
	                     options == NULL ? 0 : options->include_dir_count);
	const char *path = model_find_frame(model, &search, arena);

	if (path == NULL) {
		fprintf(complaints, "%s: error: there is no 'frame-%s.img' in any of the folders",
		        model->name, model->board.name);
		for (size_t i = 0; i < search.folder_count; i++)
			fprintf(complaints, " '%s'", search.folders[i]);
		fputs("; build the frame, or name its image with --frame\n", complaints);
	}
	return path;
}

static bool pack_image(const struct model *model, const struct model_options *options,
                       const char *frame, struct pack_image *image, FILE *complaints)
{
	struct arena arena = {0};
	bool good;

	*image = (struct pack_image){0};
	if (frame == NULL)
		frame = pack_find_frame(model, options, &arena, complaints);
	good = frame != NULL && pack_make(model, options, frame, image, complaints);
	arena_free(&arena);
	return good;
}

bool pack_write(const struct model *model, const struct model_options *options, const char *frame,
                const char *out, FILE *complaints)
{
	struct pack_image image;
	const bool good = pack_image(model, options, frame, &image, complaints) &&
	                  output_write(out, image.bytes, image.size, complaints);

	free(image.bytes);
	return good;
}

static bool pack_is_in(const struct pack_image *image, const char *path)
{
	struct arena arena = {0};
	char *bytes = NULL;
	size_t size = 0;
	const bool same =
	    file_access_system.read(NULL, &arena, path, image->size, &bytes, &size) == 0 &&
	    size == image->size && memcmp(bytes, image->bytes, size) == 0;

	arena_free(&arena);
	return same;
}

bool pack_is_written(const struct model *model, const struct model_options *options,
                     const char *frame, const char *out, FILE *complaints)
{
	struct pack_image image;
	const bool same =
	    pack_image(model, options, frame, &image, complaints) && pack_is_in(&image, out);

	free(image.bytes);
	return same;
}
