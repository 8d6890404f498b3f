/* `kumiki pack`, and pack_write() (host/pack.h) on which `kumiki run` stands, too. */
#include <errno.h>
#include <getopt.h>
#include <host/arena.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <host/pack.h>
#include <stdlib.h>
#include <string.h>

/* The folders of the search only: a frame is never taken from where somebody happens to stand. */
static const char *pack_find_frame(const struct model *model, const struct model_options *options,
                                   struct arena *arena, FILE *complaints)
{
	const struct file_search search =
	    file_search_make(arena, options == NULL ? NULL : options->access,
	                     options == NULL ? NULL : options->include_dirs,
	                     options == NULL ? 0 : options->include_dir_count);
	const char *name = arena_format(arena, "frame-%s.img", model->board.name);
	const char *first = search.folder_count == 0 ? "/" : search.folders[0];
	int error = 0;
	const char *path = file_search_find(&search, arena, first, name, &error);
	if (path == NULL) {
		fprintf(complaints, "%s: error: there is no '%s' in any of the folders",
		        model->name, name);
		for (size_t i = 0; i < search.folder_count; i++)
			fprintf(complaints, " '%s'", search.folders[i]);
		fputs("; build the frame, or name its image with --frame\n", complaints);
	}
	return path;
}

bool pack_write(const struct model *model, const struct model_options *options, const char *frame,
                const char *out, FILE *complaints)
{
	struct arena arena = {0};
	struct pack_image image = {0};
	if (frame == NULL)
		frame = pack_find_frame(model, options, &arena, complaints);
	bool good = frame != NULL && pack_make(model, options, frame, &image, complaints) &&
	            output_write(out, image.bytes, image.size, complaints);
	free(image.bytes);
	arena_free(&arena);
	return good;
}

struct pack_arguments {
	struct model_options options;
	const char *frame, *out, *file;
};

static bool pack_arguments(struct pack_arguments *arguments, const char **folders, int argc,
                           char **argv)
{
	static const struct option longs[] = {{"frame", required_argument, NULL, 'f'},
	                                      {NULL, 0, NULL, 0}};
	int option;
	arguments->options.include_dirs = folders;
	while ((option = getopt_long(argc, argv, "I:o:", longs, NULL)) != -1) {
		if (option == 'I')
			folders[arguments->options.include_dir_count++] = optarg;
		else if (option == 'f')
			arguments->frame = optarg;
		else if (option == 'o')
			arguments->out = optarg;
		else
			return false;
	}
	arguments->file = argv[optind];
	return optind == argc - 1;
}

int kumiki_pack(int argc, char **argv)
{
	struct pack_arguments arguments = {0};
	const char **folders = calloc((size_t)argc, sizeof(*folders));
	struct model *model = NULL;
	int status = EXIT_FAILURE;
	if (folders == NULL || !pack_arguments(&arguments, folders, argc, argv)) {
		free(folders);
		return command_usage("pack");
	}
	if (arguments.out == NULL) {
		free(folders);
		return command_misused("pack", "where to? name the image's file: -o OUT");
	}
	model = model_load(arguments.file, &arguments.options, stderr);
	if (model != NULL &&
	    pack_write(model, &arguments.options, arguments.frame, arguments.out, stderr))
		status = EXIT_SUCCESS;
	model_free(model);
	free(folders);
	return status;
}
