/* `kumiki pack`: makes the image of a description. */
#include <getopt.h>
#include <host/commands.h>
#include <host/pack.h>
#include <stdlib.h>

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
	while ((option = command_option(argc, argv, "I:o:", longs)) != -1) {
		if (option == 'I')
			folders[arguments->options.include_dir_count++] =
			    command_folder(argv[0], optarg);
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
	arguments.options.wants_frame = arguments.frame == NULL;
	model = model_load(arguments.file, &arguments.options, stderr);
	if (model != NULL &&
	    pack_write(model, &arguments.options, arguments.frame, arguments.out, stderr))
		status = EXIT_SUCCESS;
	model_free(model);
	free(folders);
	return status;
}
