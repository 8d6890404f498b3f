/* `kumiki facts`: what a watcher must know of a kernel, from its Image, or of a program, from its
 * ELF file. */
#include <errno.h>
#include <facts/facts.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_IMAGE_MAX (1ull << 30)

static void facts_print(const struct watchfacts *facts)
{
	printf("%s\n", facts->banner);
	printf("  text          0x%" PRIx32 " to 0x%" PRIx32 "\n", facts->text, facts->text_end);
	printf("  constants     to 0x%" PRIx32 "\n", facts->constants_end);
	if (facts->kind == WATCHFACTS_PROGRAM)
		return;
	printf("  vectors       0x%" PRIx32 ", hardened 0x%" PRIx32 "\n", facts->vectors,
	       facts->vectors_hardened);
	printf("  init_task     0x%" PRIx32 "\n", facts->init_task);
	printf("  init_pid_ns   0x%" PRIx32 "\n", facts->init_pid_ns);
	printf("  system_state  0x%" PRIx32 ", %" PRIu32 " when it is up\n", facts->system_state,
	       facts->running);
	if (facts->tasks_lock != 0)
		printf("  task list     locked at 0x%" PRIx32 ", 0x%" PRIx32 " when it is free\n",
		       facts->tasks_lock, facts->tasks_free);
	if (facts->numbers_lock != 0)
		printf("  PID tree      locked at 0x%" PRIx32 "\n", facts->numbers_lock);
	if (facts->text_lock != 0)
		printf("  way to text   locked at 0x%" PRIx32 "\n", facts->text_lock);
	printf("  own changes   %" PRIu32 " jump labels, %" PRIu32
	       " traced functions, kprobes %s\n",
	       facts->jumps, facts->traced, facts->probes != 0 ? "in a table" : "unknown");
	printf("  task_struct   tasks %" PRIu32 ", pid %" PRIu32 ", comm %" PRIu32 "\n",
	       facts->task_tasks, facts->task_pid, facts->task_comm);
}

static int facts_of(struct arena *arena, const char *path, const char *out)
{
	const struct watchfacts *facts = NULL;
	char *image = NULL;
	size_t size = 0;
	const int error =
	    file_access_system.read(NULL, arena, path, FACTS_IMAGE_MAX, &image, &size);
	const char *missing;

	if (error != 0) {
		fprintf(stderr, "%s: error: it can't be read: %s\n", path, strerror(error));
		return EXIT_FAILURE;
	}
	missing = facts_find(&facts, arena, (const uint8_t *)image, size);
	if (missing != NULL) {
		fprintf(stderr, "%s: error: nobody can watch this kernel: %s\n", path, missing);
		return EXIT_FAILURE;
	}
	if (out == NULL)
		facts_print(facts);
	else if (!output_write(out, facts, facts->size, stderr))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int kumiki_facts(int argc, char **argv)
{
	const char *out = NULL;
	struct arena arena = {0};
	int option, status;

	while ((option = getopt(argc, argv, "o:")) != -1) {
		if (option != 'o')
			return command_usage("facts");
		out = optarg;
	}
	if (optind != argc - 1)
		return command_usage("facts");
	status = facts_of(&arena, argv[optind], out);
	arena_free(&arena);
	return status;
}
