/* `kumiki rules`: makes rules of rule files for a kernel, and gives them to a watcher that runs. */
#include <errno.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <inttypes.h>
#include <rules/rules.h>
#include <stdlib.h>
#include <string.h>

#define RULES_IMAGE_MAX (1ull << 30)
#define RULES_FILE_MAX  (1ull << 20)
#define RULES_PARTITION "watcher"

struct rules_arguments {
	const char *out, *partition;
	char **word; /* behind the verb */
	int words;
};

/* What the words lead to. */
struct rules_input {
	struct arena arena;
	struct complaints complaints;
	struct rules_kernel_file kernel;
	struct rules_made *made;
};

/* ---- files ---- */

static bool rules_read(struct rules_input *input, const char *path, size_t most, char **data,
                       size_t *size)
{
	const int error = file_access_system.read(NULL, &input->arena, path, most, data, size);

	if (error != 0)
		fprintf(stderr, "%s: error: it can't be read: %s\n", path, strerror(error));
	return error == 0;
}

static bool rules_image(struct rules_input *input, const char *path)
{
	char *image = NULL;
	size_t size = 0;
	const char *missing;

	if (!rules_read(input, path, RULES_IMAGE_MAX, &image, &size))
		return false;
	missing = rules_open(&input->kernel, &input->arena, (const uint8_t *)image, size);
	if (missing != NULL)
		fprintf(stderr, "%s: error: nobody can write rules for this kernel: %s\n", path,
		        missing);
	return missing == NULL;
}

static bool rules_file(struct rules_input *input, const char *path)
{
	struct dts_file *file = arena_alloc(&input->arena, sizeof(*file));
	char *text = NULL;
	size_t size = 0;

	*file = (struct dts_file){.name = path, .folder = ""};
	if (!rules_read(input, path, RULES_FILE_MAX, &text, &size))
		return false;
	if (memchr(text, '\0', size) != NULL) {
		fprintf(stderr,
		        "%s: error: it has a NUL byte, as UTF-16 has; save it as text, in UTF-8\n",
		        path);
		return false;
	}
	return rules_make(&input->kernel, &input->complaints, file, text, &input->made);
}

/* The last word is the kernel's image, those before it from `first` on are rule files. */
static bool rules_load(struct rules_input *input, const struct rules_arguments *arguments,
                       int first)
{
	bool good = rules_image(input, arguments->word[arguments->words - 1]);

	for (int i = first; good && i < arguments->words - 1; i++)
		good &= rules_file(input, arguments->word[i]);
	complaints_print(&input->complaints, stderr);
	return good;
}

/* ---- verbs ---- */

static bool rules_write(const struct rules_made *made, const char *path)
{
	struct output output;
	bool good = true;
	uint32_t count = 0;

	for (const struct rules_made *each = made; each != NULL; each = each->next)
		if (++count > RULE_MOST)
			fprintf(stderr,
			        "kumiki rules: a watcher keeps %u rules; leave out rule %s of %s\n",
			        RULE_MOST, each->rule->name, each->place.file->name);
	if (count > RULE_MOST)
		return false;
	if (!output_begin(&output, path, stderr))
		return false;
	for (; made != NULL; made = made->next)
		good &= fwrite(made->rule, made->rule->size, 1, output.file) == 1;
	return output_end(&output, good, stderr);
}

static bool rules_check(struct rules_input *input, const struct rules_arguments *arguments)
{
	if (!rules_load(input, arguments, 0))
		return false;
	if (arguments->out != NULL)
		return rules_write(input->made, arguments->out);
	for (const struct rules_made *each = input->made; each != NULL; each = each->next)
		printf("%s: rule %s is good: %" PRIu32 " bytes\n", each->place.file->name,
		       each->rule->name, each->rule->size);
	return true;
}

static bool rules_tell(struct rules_input *input, const struct rules_arguments *arguments)
{
	if (!rules_load(input, arguments, 0))
		return false;
	for (const struct rules_made *each = input->made; each != NULL; each = each->next)
		rules_explain(&input->kernel, each->rule, stdout);
	return true;
}

static struct rules_way rules_way(const struct rules_arguments *arguments)
{
	return (struct rules_way){.link = arguments->word[0],
	                          .partition = arguments->partition != NULL ? arguments->partition
	                                                                    : RULES_PARTITION,
	                          .out = stdout};
}

static bool rules_give(struct rules_input *input, const struct rules_arguments *arguments)
{
	const struct rules_way way = rules_way(arguments);

	return rules_load(input, arguments, 1) && rules_add(&way, input->made);
}

static bool rules_try(struct rules_input *input, const struct rules_arguments *arguments)
{
	const struct rules_way way = rules_way(arguments);

	return rules_load(input, arguments, 1) && rules_test(&way, input->made);
}

static bool rules_take(struct rules_input *input, const struct rules_arguments *arguments)
{
	const struct rules_way way = rules_way(arguments);

	(void)input;
	return rules_remove(&way, arguments->word[1]);
}

static bool rules_show(struct rules_input *input, const struct rules_arguments *arguments)
{
	const struct rules_way way = rules_way(arguments);

	(void)input;
	return rules_list(&way);
}

static const struct {
	const char *name;
	int least, most; /* words */
	bool (*run)(struct rules_input *input, const struct rules_arguments *arguments);
} rules_verbs[] = {{"check", 2, 1000, rules_check}, {"explain", 2, 1000, rules_tell},
                   {"test", 3, 1000, rules_try},    {"add", 3, 1000, rules_give},
                   {"remove", 2, 2, rules_take},    {"list", 1, 1, rules_show}};
#define RULES_VERBS (sizeof(rules_verbs) / sizeof(rules_verbs[0]))

static int rules_run(size_t verb, const struct rules_arguments *arguments)
{
	struct rules_input input = {.arena = {0}};
	bool good;

	input.complaints.arena = &input.arena;
	good = rules_verbs[verb].run(&input, arguments);
	arena_free(&input.arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int kumiki_rules(int argc, char **argv)
{
	struct rules_arguments arguments = {0};
	static const struct option longs[] = {{"partition", required_argument, NULL, 'p'},
	                                      {NULL, 0, NULL, 0}};
	int option;
	size_t verb = 0;

	while ((option = command_option(argc, argv, "o:", longs)) != -1) {
		if (option == 'o')
			arguments.out = optarg;
		else if (option == 'p')
			arguments.partition = optarg;
		else
			return command_usage("rules");
	}
	if (optind == argc)
		return command_usage("rules");
	while (verb < RULES_VERBS && strcmp(rules_verbs[verb].name, argv[optind]) != 0)
		verb++;
	arguments.word = argv + optind + 1;
	arguments.words = argc - optind - 1;
	if (verb == RULES_VERBS)
		return command_unknown("rules", argv[optind]);
	if (arguments.words < rules_verbs[verb].least || arguments.words > rules_verbs[verb].most)
		return command_usage("rules");
	return rules_run(verb, &arguments);
}
