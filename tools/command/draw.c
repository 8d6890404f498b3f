/* `kumiki draw`: a picture of a checked description, as SVG or for the terminal. */
#include <getopt.h>
#include <host/commands.h>
#include <host/draw.h>
#include <host/output.h>
#include <stdlib.h>

struct draw_arguments {
	struct model_options options;
	const char *out, *file;
	bool text;
};

static bool draw_arguments(struct draw_arguments *arguments, const char **folders, int argc,
                           char **argv)
{
	static const struct option longs[] = {{"text", no_argument, NULL, 't'}, {NULL, 0, NULL, 0}};
	int option;
	arguments->options.include_dirs = folders;
	while ((option = command_option(argc, argv, "I:o:", longs)) != -1) {
		if (option == 'I')
			folders[arguments->options.include_dir_count++] =
			    command_folder(argv[0], optarg);
		else if (option == 't')
			arguments->text = true;
		else if (option == 'o')
			arguments->out = optarg;
		else
			return false;
	}
	arguments->file = argv[optind];
	return optind == argc - 1;
}

static bool draw_write(const struct model *model, const struct draw_arguments *arguments)
{
	char *picture = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&picture, &size);
	bool good = false;
	if (memory != NULL) {
		if (arguments->text)
			draw_text(model, memory);
		else
			draw_svg(model, memory);
		good = fclose(memory) == 0 &&
		       output_write_or_print(arguments->out, picture, size, stderr);
	}
	free(picture);
	return good;
}

int kumiki_draw(int argc, char **argv)
{
	struct draw_arguments arguments = {0};
	const char **folders = calloc((size_t)argc, sizeof(*folders));
	if (folders == NULL || !draw_arguments(&arguments, folders, argc, argv)) {
		free(folders);
		return command_usage("draw");
	}
	struct model *model = model_load(arguments.file, &arguments.options, stderr);
	int status = model != NULL && draw_write(model, &arguments) ? EXIT_SUCCESS : EXIT_FAILURE;
	model_free(model);
	free(folders);
	return status;
}
