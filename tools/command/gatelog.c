/* `kumiki gatelog`: verifies the log of the security gateway, and shows it. */
#include <errno.h>
#include <gatelog/log.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct gatelog_arguments {
	const char *key, *head, *file;
};

static bool gatelog_arguments(struct gatelog_arguments *arguments, int argc, char **argv)
{
	static const struct option longs[] = {{"key", required_argument, NULL, 'k'},
	                                      {"head", required_argument, NULL, 'h'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1) {
		if (option == 'k')
			arguments->key = optarg;
		else if (option == 'h')
			arguments->head = optarg;
		else
			return false;
	}
	arguments->file = argv[optind];
	return optind == argc - 1;
}

/* Reads the whole file. NULL: this wasn't possible, and this was printed. */
static const uint8_t *gatelog_read(struct arena *arena, const char *path, size_t *size)
{
	char *data = NULL;
	const int error = file_access_system.read(NULL, arena, path, SIZE_MAX / 2, &data, size);

	if (error == 0)
		return (const uint8_t *)data;
	fprintf(stderr, "%s: error: it can't be read: %s\n", path, strerror(error));
	return NULL;
}

/* Shows all records before the first wrong one, then says what is wrong with that record. */
static int gatelog_show(const uint8_t *log, size_t size, const uint8_t *key,
                        const struct gatelog_arguments *arguments, const struct log_head *head)
{
	const struct log_fault fault = log_check(log, size, key, head);
	const uint64_t count = fault.what ? fault.number : size / sizeof(struct gatelog_record);

	for (uint64_t i = 0; i < count; i++) {
		const struct gatelog_record record = log_record(log, i);

		log_print(&record, stdout);
	}
	if (fault.what)
		fprintf(stderr, "%s: error: record %" PRIu64 ": %s\n", arguments->file,
		        fault.number, fault.what);
	else
		printf("%s: %" PRIu64 " records, each sealed and in its place%s\n", arguments->file,
		       count, head ? "; none is missing up to the head" : "");
	return fault.what ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int gatelog_look(struct arena *arena, const struct gatelog_arguments *arguments,
                        const struct log_head *head)
{
	size_t key_size = 0, size = 0;
	const uint8_t *key = gatelog_read(arena, arguments->key, &key_size);
	const uint8_t *log = key ? gatelog_read(arena, arguments->file, &size) : NULL;

	if (!log)
		return EXIT_FAILURE;
	if (key_size != GATELOG_KEY) {
		fprintf(stderr, "%s: error: a key has %d bytes, this file has %zu\n",
		        arguments->key, GATELOG_KEY, key_size);
		return EXIT_FAILURE;
	}
	return gatelog_show(log, size, key, arguments, head);
}

int kumiki_gatelog(int argc, char **argv)
{
	struct gatelog_arguments arguments = {NULL, NULL, NULL};
	struct log_head head;
	struct arena arena = {0};
	int status;

	if (!gatelog_arguments(&arguments, argc, argv))
		return command_usage("gatelog");
	if (!arguments.key)
		return command_misused("gatelog", "with which key? --key build/rtos/gateway.key");
	if (arguments.head && !log_parse_head(arguments.head, &head))
		return command_misused("gatelog",
		                       "a head is what the gateway printed: a number, a colon, and "
		                       "64 digits of 0 to f");
	status = gatelog_look(&arena, &arguments, arguments.head ? &head : NULL);
	arena_free(&arena);
	return status;
}
