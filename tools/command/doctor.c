/* `kumiki doctor`: makes the image that is booted first on an unknown board. */
#include <getopt.h>
#include <host/commands.h>
#include <host/doctor.h>
#include <stdlib.h>

int kumiki_doctor(int argc, char **argv)
{
	static const struct option longs[] = {{NULL, 0, NULL, 0}};
	const char **folders = calloc((size_t)argc, sizeof(*folders)), *out = NULL;
	struct model_options options = {.include_dirs = folders};
	int option, status = EXIT_FAILURE;

	while (folders && (option = command_option(argc, argv, "I:o:", longs)) != -1) {
		if (option == 'I')
			folders[options.include_dir_count++] = command_folder(argv[0], optarg);
		else if (option == 'o')
			out = optarg;
		else
			break;
	}
	if (!folders || option != -1 || optind != argc - 1)
		status = command_usage("doctor");
	else if (!out)
		status = command_misused("doctor", "where to? name the image's file: -o OUT");
	else if (doctor_write(argv[optind], &options, out, stderr))
		status = EXIT_SUCCESS;
	free(folders);
	return status;
}
