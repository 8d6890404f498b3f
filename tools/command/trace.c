/*
 * `kumiki trace`: fetches the cores' trace rings from a running system, or reads them from a file,
 * and adds an RTOS's trace. Then it writes files for trace viewers: ctf/ (Common Trace Format),
 * trace.json (Chrome, Perfetto). It prints latencies. Each file appears whole or not at all.
 */
#include <errno.h>
#include <getopt.h>
#include <host/arena.h>
#include <host/commands.h>
#include <host/link.h>
#include <host/output.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <trace/latency.h>
#include <trace/rtos.h>
#include <trace/set.h>
#include <unistd.h>

struct trace_arguments {
	bool latency;
	const char *link, *from, *rtos, *raw, *folder;
	int links; /* words in the place of the link */
};

typedef bool (*trace_writer)(const struct trace_set *set, FILE *out);
typedef bool (*trace_stream_writer)(const struct trace_set *set, uint32_t core, FILE *out);

static bool trace_arguments(struct trace_arguments *arguments, int argc, char **argv)
{
	static const struct option longs[] = {{"from", required_argument, NULL, 'f'},
	                                      {"rtos", required_argument, NULL, 't'},
	                                      {"raw", required_argument, NULL, 'r'},
	                                      {"latency", no_argument, NULL, 'd'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "o:", longs)) != -1) {
		if (option == 'f')
			arguments->from = optarg;
		else if (option == 't')
			arguments->rtos = optarg;
		else if (option == 'r')
			arguments->raw = optarg;
		else if (option == 'o')
			arguments->folder = optarg;
		else if (option == 'd')
			arguments->latency = true;
		else
			return false;
	}
	arguments->link = argv[optind];
	arguments->links = argc - optind;
	return true;
}

/* Says what is wrong with the options. NULL: nothing. */
static const char *trace_fault(const struct trace_arguments *arguments)
{
	if (!arguments->from && !arguments->rtos && arguments->links == 0)
		return "which system? name its LINK, or a file that was kept with --from";
	if (!arguments->from && arguments->links == 0 && (arguments->raw || arguments->latency))
		return "a trace of an RTOS alone has no cores; give -o";
	if (arguments->from && arguments->links > 0)
		return "--from reads a file instead of a system; leave the LINK out";
	if (!arguments->folder && !arguments->raw && !arguments->latency)
		return "where to? give a folder with -o, or a file with --raw; --latency answers "
		       "here";
	return arguments->links > 1 ? "one LINK is enough; leave the others out" : NULL;
}

static bool trace_error(const char *path)
{
	fprintf(stderr,
	        "kumiki trace: cannot write '%s': %s; check its folder, and your rights there\n",
	        path, strerror(errno));
	return false;
}

static bool trace_end(struct output *output, bool good)
{
	if (!good)
		(void)trace_error(output->path);
	return output_end(output, good, stderr);
}

static bool trace_write(const struct trace_set *set, trace_writer writer, const char *path)
{
	struct output output;

	return output_begin(&output, path, stderr) && trace_end(&output, writer(set, output.file));
}

/* A core that has traced nothing gets no stream, as a packet without events has no time; nor does
 * it keep that of an earlier trace in this folder. `events`: NULL if there is no such core. */
static bool trace_write_stream(const struct trace_set *set, trace_stream_writer writer,
                               const struct trace_core *events, uint32_t core, const char *path)
{
	struct output output;

	if (!events || events->count == 0)
		return unlink(path) == 0 || errno == ENOENT || trace_error(path);
	return output_begin(&output, path, stderr) &&
	       trace_end(&output, writer(set, core, output.file));
}

static bool trace_folder(const char *path)
{
	return mkdir(path, 0777) == 0 || errno == EEXIST || trace_error(path);
}

static bool trace_write_ctf(const struct trace_set *set, const char *folder, struct arena *arena)
{
	const char *ctf = arena_format(arena, "%s/ctf", folder);
	bool good = trace_folder(ctf) && trace_write(set, trace_write_ctf_metadata,
	                                             arena_format(arena, "%s/metadata", ctf));

	for (uint32_t i = 0; good && i < BUNDLE_CORES_MAX; i++)
		good = trace_write_stream(set, trace_write_ctf_stream, &set->core[i], i,
		                          arena_format(arena, "%s/core%u", ctf, i));
	for (uint32_t i = 0; good && i < RTOS_CPUS_MAX; i++)
		good = trace_write_stream(set, trace_rtos_ctf_stream,
		                          set->rtos ? &set->rtos->cpu[i] : NULL, i,
		                          arena_format(arena, "%s/rtos%u", ctf, i));
	return good;
}

static bool trace_write_all(const struct trace_set *set, const char *folder)
{
	struct arena arena = {0};
	bool good =
	    trace_folder(folder) && trace_write_ctf(set, folder, &arena) &&
	    trace_write(set, trace_write_json, arena_format(&arena, "%s/trace.json", folder));

	arena_free(&arena);
	if (good)
		fprintf(stderr, "%zu events of %u core%s: %s/trace.json, %s/ctf/\n",
		        trace_set_events(set), trace_set_count(set),
		        trace_set_count(set) == 1 ? "" : "s", folder, folder);
	return good;
}

/* Gets the frame's trace, with the RTOS's trace in it. */
static bool trace_get(struct trace_set *set, const struct trace_arguments *arguments)
{
	bool good = true;

	if (arguments->from)
		good = trace_read_raw(set, arguments->from, stderr);
	else if (arguments->link)
		good = trace_fetch(set, arguments->link, stderr);
	return good && (!arguments->rtos || trace_rtos_read(set, arguments->rtos, stderr));
}

/* Standard output, unless it is the link. */
static FILE *trace_answers(const struct trace_arguments *arguments)
{
	return arguments->link && strcmp(arguments->link, "-") == 0 ? stderr : stdout;
}

static bool trace_write_answers(const struct trace_set *set, FILE *out)
{
	bool good = latency_write_words(set, out);

	return link_printed(out, "trace", stderr) && good;
}

int kumiki_trace(int argc, char **argv)
{
	struct trace_arguments arguments = {0};
	struct trace_set set = {0};
	const char *fault;
	bool good;

	if (!trace_arguments(&arguments, argc, argv))
		return command_usage("trace");
	fault = trace_fault(&arguments);
	if (fault)
		return command_misused("trace", fault);
	signal(SIGPIPE, SIG_IGN); /* if a reader ends, the command says so */
	good = trace_get(&set, &arguments);
	if (good && arguments.raw)
		good = trace_write(&set, trace_write_raw, arguments.raw);
	trace_set_order(&set);
	if (good && arguments.folder)
		good = trace_write_all(&set, arguments.folder);
	if (good && arguments.latency)
		good = trace_write_answers(&set, trace_answers(&arguments));
	trace_set_free(&set);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
