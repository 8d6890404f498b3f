/*
 * Where systemd is, all groups are its own: so what the sections have is written as its units, each
 * time systemd reads them (a generator). A command becomes a service, a service of somebody else's
 * gets a drop-in; all of them are in one slice. The rest is system.slice and user.slice.
 */
#include "units.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNITS_REASON                                                                               \
	"# Made of %s by kumiki-reserve: change that file, then `systemctl daemon-reload`.\n"

struct writer {
	const char *folder, *path;
	FILE *err;
	bool bad;
};

static void complain(struct writer *writer, const char *name)
{
	fprintf(writer->err, "kumiki-reserve: %s/%s: %s\n", writer->folder, name, strerror(errno));
	writer->bad = true;
}

/* Opens a file, in a folder of `in` if that isn't empty. NULL: it is told why. */
static FILE *begin(struct writer *writer, const char *in, const char *name)
{
	char path[RESERVE_PATH_SIZE + RESERVE_TEXT_SIZE];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", writer->folder, in);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", writer->folder, in, name);
	file = fopen(path, "we");
	if (file == NULL)
		complain(writer, name);
	else
		fprintf(file, UNITS_REASON, writer->path);
	return file;
}

static void end(struct writer *writer, FILE *file, const char *name)
{
	if (fclose(file) != 0)
		complain(writer, name);
}

/* One word of a command. systemd takes what is in quotes as it stands, but for these. */
static void put_word(FILE *file, const char *text, size_t length)
{
	fputc('"', file);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '%')
			fputc('%', file);
		else if (text[i] == '"' || text[i] == '\\')
			fputc('\\', file);
		fputc(text[i], file);
	}
	fputc('"', file);
}

/* The colon: no variable is replaced. */
static void put_command(FILE *file, const char *text)
{
	size_t length;

	fputs("ExecStart=:", file);
	for (; *text != '\0'; text += length + strspn(text + length, " \t")) {
		length = strcspn(text, " \t");
		put_word(file, text, length);
		if (text[length] != '\0')
			fputc(' ', file);
	}
	fputc('\n', file);
}

static void put_cores(FILE *file, uint64_t cores)
{
	fputs("AllowedCPUs=", file);
	for (uint32_t core = 0; core < RESERVE_CPUS; core++)
		if (cores >> core & 1)
			fprintf(file, "%" PRIu32 " ", core);
	fputc('\n', file);
}

static void put_ceilings(FILE *file, const struct reserve_entry *entry, uint64_t cpus)
{
	if (entry->cpu_ceiling != 0)
		fprintf(file, "CPUQuota=%" PRIu64 "%%\n",
		        entry->cpu_ceiling * (uint64_t)__builtin_popcountll(cpus));
	for (uint32_t i = 0; i < entry->io_count; i++)
		fprintf(file,
		        "IOReadBandwidthMax=/dev/%s %" PRIu64
		        "\nIOWriteBandwidthMax=/dev/%s %" PRIu64 "\n",
		        entry->io[i].device, entry->io[i].bytes, entry->io[i].device,
		        entry->io[i].bytes);
}

static void put_service(FILE *file, const struct reserve_entry *entry, uint64_t weight,
                        uint64_t cores, uint64_t cpus)
{
	fprintf(file, "Slice=" UNITS_PARENT "\nCPUWeight=%" PRIu64 "\n", weight);
	if (entry->memory != 0)
		fprintf(file, "MemoryMin=%" PRIu64 "\n", entry->memory);
	if (entry->memory_ceiling != 0)
		fprintf(file, "MemoryMax=%" PRIu64 "\n", entry->memory_ceiling);
	if (entry->processes != 0)
		fprintf(file, "TasksMax=%" PRIu64 "\n", entry->processes);
	if (entry->oom_given)
		fprintf(file, "OOMScoreAdjust=%d\n", entry->oom);
	if (entry->together)
		fputs("OOMPolicy=kill\n", file);
	if (cores != cpus)
		put_cores(file, cores);
	put_ceilings(file, entry, cpus);
}

/* A service of our own, which starts with the system. */
static void write_command(struct writer *writer, const struct reserve_entry *entry, uint64_t weight,
                          uint64_t cores, uint64_t cpus)
{
	char name[RESERVE_NAME_SIZE + 16], link[RESERVE_PATH_SIZE], target[RESERVE_NAME_SIZE + 24];
	FILE *file;

	(void)snprintf(name, sizeof(name), "kumiki-%s.service", entry->name);
	file = begin(writer, "", name);
	if (file == NULL)
		return;
	fprintf(file,
	        "[Unit]\nDescription=%s, with what is reserved for it\nSourcePath=%s\n"
	        "StartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=1\n",
	        entry->name, writer->path);
	put_command(file, entry->what);
	put_service(file, entry, weight, cores, cpus);
	end(writer, file, name);
	(void)snprintf(link, sizeof(link), "%s/multi-user.target.wants", writer->folder);
	(void)mkdir(link, 0755);
	(void)snprintf(link, sizeof(link), "%s/multi-user.target.wants/%s", writer->folder, name);
	(void)snprintf(target, sizeof(target), "../%s", name);
	(void)unlink(link);
	if (symlink(target, link) != 0)
		complain(writer, name);
}

static void write_drop_in(struct writer *writer, const struct reserve_entry *entry, uint64_t weight,
                          uint64_t cores, uint64_t cpus)
{
	char folder[RESERVE_TEXT_SIZE + 2];
	FILE *file;

	(void)snprintf(folder, sizeof(folder), "%s.d", entry->what);
	file = begin(writer, folder, "50-kumiki-reserve.conf");
	if (file == NULL)
		return;
	fputs("[Service]\n", file);
	put_service(file, entry, weight, cores, cpus);
	end(writer, file, folder);
}

static void write_slice(struct writer *writer, const struct reserve_plan *plan)
{
	FILE *file = begin(writer, "", UNITS_PARENT);

	if (file == NULL)
		return;
	fprintf(file,
	        "[Unit]\nDescription=What is reserved\nSourcePath=%s\nBefore=slices.target\n"
	        "[Slice]\nCPUWeight=%" PRIu64 "\nMemoryMin=%" PRIu64 "\n",
	        writer->path, plan->all_weight, plan->all_memory);
	end(writer, file, UNITS_PARENT);
}

/* Two slices share what the rest has of the CPUs; the ceilings are each one's. */
static void write_rest(struct writer *writer, const char *slice, const struct reserve_plan *plan,
                       const struct reserve *reserve)
{
	FILE *file = begin(writer, slice, "50-kumiki-reserve.conf");

	if (file == NULL)
		return;
	fprintf(file,
	        "[Slice]\nCPUWeight=%" PRIu64 "\nMemoryMax=%" PRIu64 "\nTasksMax=%" PRIu64 "\n",
	        plan->rest_weight / 2 + 1, plan->rest_memory, plan->rest_processes);
	if (plan->rest_cores != plan->cpus)
		put_cores(file, plan->rest_cores);
	put_ceilings(file, &reserve->rest, plan->cpus);
	end(writer, file, slice);
}

bool units(const char *folder, const char *path, const struct reserve *reserve,
           const struct reserve_plan *plan, FILE *err)
{
	struct writer writer = {.folder = folder, .path = path, .err = err};

	write_slice(&writer, plan);
	for (uint32_t i = 0; i < reserve->count; i++)
		(reserve->list[i].by == RESERVE_BY_UNIT ? write_drop_in : write_command)(
		    &writer, &reserve->list[i], plan->weight[i], plan->cores[i], plan->cpus);
	write_rest(&writer, "system.slice.d", plan, reserve);
	write_rest(&writer, "user.slice.d", plan, reserve);
	return !writer.bad;
}
