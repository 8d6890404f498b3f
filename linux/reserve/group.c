/*
 * The groups of processes in the kernel (cgroup v2), by their files: what this Linux has, each
 * group's figures, who is in it. The kernel keeps all this when kumiki-reserve ends. Each figure is
 * written at each start, so a changed file counts as a whole.
 */
#include "plan.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP_TEXT   4096u
#define GROUP_VALUE  128u
#define GROUP_PERIOD 100000u /* microseconds, in which a ceiling of CPU time counts */
#define GROUP_PASSES 100u    /* over processes that are in no group, until none comes after */

struct groups {
	const char *root;
	FILE *err;
	bool bad;
};

void reserve_path(char path[RESERVE_PATH_SIZE], const char *root, const char *group,
                  const char *file)
{
	(void)snprintf(path, RESERVE_PATH_SIZE, "%s" RESERVE_GROUPS "/%s/%s", root, group, file);
}

static bool read_text(const char *path, char *text, size_t size)
{
	const int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (file < 0)
		return false;
	length = read(file, text, size - 1);
	(void)close(file);
	text[length < 0 ? 0 : length] = '\0';
	return length >= 0;
}

bool reserve_text(const char *root, const char *group, const char *file, char *text, size_t size)
{
	char path[RESERVE_PATH_SIZE];

	reserve_path(path, root, group, file);
	return read_text(path, text, size);
}

static bool write_text(const char *path, const char *value)
{
	const int file = open(path, O_WRONLY | O_CLOEXEC);
	const size_t length = strlen(value);
	bool good;
	int error;

	if (file < 0)
		return false;
	good = write(file, value, length) == (ssize_t)length;
	error = errno;
	(void)close(file);
	errno = error;
	return good;
}

/* Sets a figure. What nobody asked for may be missing in the kernel. */
__attribute__((format(printf, 5, 6))) static void
set(struct groups *groups, const char *group, const char *file, bool asked, const char *format, ...)
{
	char path[RESERVE_PATH_SIZE], value[GROUP_VALUE];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(value, sizeof(value), format, list);
	va_end(list);
	reserve_path(path, groups->root, group, file);
	if (write_text(path, value) || (!asked && errno == ENOENT))
		return;
	fprintf(groups->err, "kumiki-reserve: %s: '%s' can't be set: %s\n", path, value,
	        errno == ENOENT ? "this kernel has no such controller; leave the line out"
	                        : strerror(errno));
	groups->bad = true;
}

/* ---- what there is ---- */

uint64_t reserve_figure(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, length) == 0 && strchr(": \t=", line[length]) != NULL)
			return strtoull(line + length + 1, NULL, 10);
	}
	return 0;
}

/* What a group has that isn't available. The kernel counts what it can take back as available. */
static uint64_t held(const char *root, const char *group)
{
	char text[GROUP_TEXT];
	uint64_t kernel, back;

	if (!reserve_text(root, group, "memory.stat", text, sizeof(text)))
		return 0;
	kernel = reserve_figure(text, "kernel");
	back = reserve_figure(text, "slab_reclaimable");
	return reserve_figure(text, "anon") + reserve_figure(text, "shmem") +
	       (kernel > back ? kernel - back : 0);
}

/* All that isn't available now, but for what the groups have, is the kernel's. */
static bool look_at_memory(struct reserve_machine *machine, const char *root,
                           const char *const groups[])
{
	char path[RESERVE_PATH_SIZE], text[GROUP_TEXT];

	(void)snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	if (!read_text(path, text, sizeof(text)))
		return false;
	machine->memory = 1024 * reserve_figure(text, "MemAvailable");
	for (; *groups != NULL; groups++)
		machine->memory += held(root, *groups);
	return machine->memory != 0;
}

static uint64_t look_at_number(const char *root, const char *name)
{
	char path[RESERVE_PATH_SIZE], text[GROUP_VALUE];

	(void)snprintf(path, sizeof(path), "%s/proc/sys/kernel/%s", root, name);
	return read_text(path, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

static bool look_at_cpus(struct reserve_machine *machine, const char *root)
{
	char path[RESERVE_PATH_SIZE], text[GROUP_VALUE];

	(void)snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/present", root);
	machine->cpus = 0;
	return read_text(path, text, sizeof(text)) && reserve_cores(text, &machine->cpus);
}

bool reserve_look(struct reserve_machine *machine, const char *root, const char *const groups[],
                  FILE *err)
{
	uint64_t threads, pids;

	threads = look_at_number(root, "threads-max");
	pids = look_at_number(root, "pid_max");
	machine->processes = threads < pids ? threads : pids;
	if (look_at_memory(machine, root, groups) && look_at_cpus(machine, root) &&
	    machine->processes != 0)
		return true;
	fprintf(err, "kumiki-reserve: %s/proc and %s/sys don't say what there is; mount them\n",
	        root, root);
	return false;
}

/* ---- making groups ---- */

/* False: it is told why. */
static bool mount_groups(const char *root, FILE *err)
{
	char path[RESERVE_PATH_SIZE];

	reserve_path(path, root, "", "cgroup.controllers");
	if (access(path, F_OK) == 0)
		return true;
	(void)snprintf(path, sizeof(path), "%s" RESERVE_GROUPS, root);
	if (mount("none", path, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		return true;
	fprintf(err,
	        "kumiki-reserve: %s can't be mounted: %s; be root, on a kernel with cgroup v2\n",
	        path, strerror(errno));
	return false;
}

static void make(struct groups *groups, const char *group)
{
	char path[RESERVE_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s" RESERVE_GROUPS "/%s", groups->root, group);
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return;
	fprintf(groups->err, "kumiki-reserve: %s can't be made: %s\n", path, strerror(errno));
	groups->bad = true;
}

/* Lets groups below this one have figures of their own. What is missing is told when it is asked
 * for. */
static void share_out(const struct groups *groups, const char *group)
{
	static const char *const controllers[] = {"+cpu", "+memory", "+cpuset", "+io", "+pids"};
	char path[RESERVE_PATH_SIZE];

	reserve_path(path, groups->root, group, "cgroup.subtree_control");
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		(void)write_text(path, controllers[i]);
}

/* "0,2-3" is as good as "0,2,3". */
static void cores_text(char text[GROUP_VALUE], uint64_t cores)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t core = 0; core < RESERVE_CPUS && used < GROUP_VALUE; core++)
		if (cores >> core & 1) {
			uint32_t last = core;

			while (last + 1 < RESERVE_CPUS && cores >> (last + 1) & 1)
				last++;
			used += (size_t)snprintf(text + used, GROUP_VALUE - used,
			                         "%s%" PRIu32 "-%" PRIu32, used == 0 ? "" : ",",
			                         core, last);
			core = last;
		}
}

static void set_ceiling(struct groups *groups, const char *group, const char *file, uint64_t value)
{
	if (value != 0)
		set(groups, group, file, true, "%" PRIu64, value);
	else
		set(groups, group, file, false, "max");
}

static void set_io(struct groups *groups, const char *group, const struct reserve_io *io)
{
	char path[RESERVE_PATH_SIZE], device[GROUP_VALUE];

	(void)snprintf(path, sizeof(path), "%s/sys/class/block/%s/dev", groups->root, io->device);
	if (!read_text(path, device, sizeof(device))) {
		fprintf(groups->err,
		        "kumiki-reserve: %s: there is no such disk; look into /sys/class/block\n",
		        io->device);
		groups->bad = true;
		return;
	}
	set(groups, group, "io.max", true, "%.*s rbps=%" PRIu64 " wbps=%" PRIu64,
	    (int)strcspn(device, "\n"), device, io->bytes, io->bytes);
}

/* Ends the ceilings that a former file gave: the group has a line for each disk. */
static void end_io(struct groups *groups, const char *group)
{
	char text[GROUP_TEXT], *save = NULL;

	if (!reserve_text(groups->root, group, "io.max", text, sizeof(text)))
		return;
	for (const char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		set(groups, group, "io.max", false, "%.*s rbps=max wbps=max riops=max wiops=max",
		    (int)strcspn(line, " "), line);
}

/* What a section and the rest may say alike. */
static void set_ceilings(struct groups *groups, const char *group,
                         const struct reserve_entry *entry, uint64_t cpus)
{
	const uint64_t quota =
	    entry->cpu_ceiling * (uint64_t)__builtin_popcountll(cpus) * GROUP_PERIOD / 100;

	if (quota != 0)
		set(groups, group, "cpu.max", true, "%" PRIu64 " %u", quota, GROUP_PERIOD);
	else
		set(groups, group, "cpu.max", false, "max %u", GROUP_PERIOD);
	end_io(groups, group);
	for (uint32_t i = 0; i < entry->io_count; i++)
		set_io(groups, group, &entry->io[i]);
}

static void set_cores(struct groups *groups, const char *group, uint64_t cores, bool asked)
{
	char text[GROUP_VALUE];

	cores_text(text, cores);
	set(groups, group, "cpuset.cpus", asked, "%s\n", text);
}

static void set_section(struct groups *groups, const struct reserve_entry *entry, uint64_t weight,
                        uint64_t cores, uint64_t cpus)
{
	char group[RESERVE_NAME_SIZE + sizeof(RESERVE_PARENT)];

	(void)snprintf(group, sizeof(group), RESERVE_PARENT "/%s", entry->name);
	make(groups, group);
	set(groups, group, "memory.min", entry->memory != 0, "%" PRIu64, entry->memory);
	set_ceiling(groups, group, "memory.max", entry->memory_ceiling);
	set(groups, group, "memory.oom.group", entry->together, "%d", entry->together);
	set_ceiling(groups, group, "pids.max", entry->processes);
	set(groups, group, "cpu.weight", entry->cpu != 0, "%" PRIu64, weight);
	set_cores(groups, group, cores, cores != cpus);
	set_ceilings(groups, group, entry, cpus);
}

static void set_rest(struct groups *groups, const struct reserve_plan *plan,
                     const struct reserve *reserve, uint64_t cpus)
{
	make(groups, RESERVE_REST);
	set_ceiling(groups, RESERVE_REST, "memory.max", plan->rest_memory);
	set_ceiling(groups, RESERVE_REST, "pids.max", plan->rest_processes);
	set(groups, RESERVE_REST, "cpu.weight", true, "%" PRIu64, plan->rest_weight);
	set_cores(groups, RESERVE_REST, plan->rest_cores, plan->rest_cores != cpus);
	set_ceilings(groups, RESERVE_REST, &reserve->rest, cpus);
}

/* ---- who is in them ---- */

bool reserve_put(const char *root, const char *group, int process)
{
	char path[RESERVE_PATH_SIZE], number[16];

	reserve_path(path, root, group, "cgroup.procs");
	(void)snprintf(number, sizeof(number), "%d", process);
	return write_text(path, number);
}

bool reserve_has(const char *root, const char *group, int process)
{
	char path[RESERVE_PATH_SIZE], text[GROUP_TEXT], line[RESERVE_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/proc/%d/cgroup", root, process);
	(void)snprintf(line, sizeof(line), "0::/%s\n", group);
	return read_text(path, text, sizeof(text)) && strstr(text, line) != NULL;
}

void reserve_kill(const char *root, const char *name)
{
	char path[RESERVE_PATH_SIZE];

	reserve_path(path, root, RESERVE_PARENT, name);
	(void)strncat(path, "/cgroup.kill", sizeof(path) - strlen(path) - 1);
	(void)write_text(path, "1");
}

/* The kernel's own threads have no program: they stay where they are. */
static bool is_program(const char *root, int process)
{
	char path[RESERVE_PATH_SIZE], link;

	(void)snprintf(path, sizeof(path), "%s/proc/%d/exe", root, process);
	return readlink(path, &link, 1) >= 0;
}

/* Puts all programs of a group into the rest. The number that were put. */
static uint32_t move_out(const char *root, const char *group)
{
	char path[RESERVE_PATH_SIZE];
	uint32_t moved = 0;
	FILE *file;
	int process;

	reserve_path(path, root, group, "cgroup.procs");
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	while (fscanf(file, "%d", &process) == 1)
		moved += is_program(root, process) && reserve_put(root, RESERVE_REST, process);
	(void)fclose(file);
	return moved;
}

static void move_all_out(const char *root, const char *group)
{
	for (uint32_t pass = 0; pass < GROUP_PASSES && move_out(root, group) != 0; pass++)
		;
}

static bool is_section(const struct reserve *reserve, const char *name)
{
	for (uint32_t i = 0; i < reserve->count; i++)
		if (strcmp(reserve->list[i].name, name) == 0)
			return true;
	return strcmp(name, strchr(RESERVE_OWN, '/') + 1) == 0;
}

/* Gives up groups of sections that are no more. */
static void forget(const char *root, const struct reserve *reserve)
{
	char path[RESERVE_PATH_SIZE];
	struct dirent *found;
	DIR *folder;

	reserve_path(path, root, RESERVE_PARENT, "");
	folder = opendir(path);
	while (folder != NULL && (found = readdir(folder)) != NULL) {
		char group[sizeof(RESERVE_PARENT) + sizeof(found->d_name)];

		if (found->d_type != DT_DIR || found->d_name[0] == '.' ||
		    is_section(reserve, found->d_name))
			continue;
		(void)snprintf(group, sizeof(group), RESERVE_PARENT "/%s", found->d_name);
		move_all_out(root, group);
		reserve_path(path, root, group, "");
		(void)rmdir(path);
	}
	if (folder != NULL)
		(void)closedir(folder);
}

bool reserve_groups(const struct reserve_plan *plan, const struct reserve *reserve,
                    const char *root, FILE *err)
{
	struct groups groups = {.root = root, .err = err};

	if (!mount_groups(root, err))
		return false;
	share_out(&groups, "");
	make(&groups, RESERVE_PARENT);
	share_out(&groups, RESERVE_PARENT);
	set(&groups, RESERVE_PARENT, "memory.min", true, "%" PRIu64, plan->all_memory);
	set(&groups, RESERVE_PARENT, "cpu.weight", true, "%" PRIu64, plan->all_weight);
	make(&groups, RESERVE_OWN);
	set(&groups, RESERVE_OWN, "memory.min", true, "%u", RESERVE_OWN_MEMORY);
	set(&groups, RESERVE_OWN, "cpu.weight", true, "1");
	set_cores(&groups, RESERVE_OWN, plan->shared_cores, plan->shared_cores != plan->cpus);
	for (uint32_t i = 0; i < reserve->count; i++)
		set_section(&groups, &reserve->list[i], plan->weight[i], plan->cores[i],
		            plan->cpus);
	set_rest(&groups, plan, reserve, plan->cpus);
	if (groups.bad)
		return false;
	(void)reserve_put(root, RESERVE_OWN, getpid());
	forget(root, reserve);
	move_all_out(root, "");
	return true;
}
