/*
 * How each section and the rest fare, by the kernel's own figures of their groups. What a group
 * waits for is the kernel's PSI: the share of the last ten seconds in which some of its processes
 * waited. It needs no kumiki-reserve that runs.
 */
#include "show.h"
#include "plan.h"
#include "units.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOW_TEXT 4096u

static uint64_t number(const char *root, const char *group, const char *file)
{
	char text[SHOW_TEXT];

	if (!reserve_text(root, group, file, text, sizeof(text)))
		return 0;
	return strncmp(text, "max", 3) == 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

static uint64_t figure(const char *root, const char *group, const char *file, const char *word)
{
	char text[SHOW_TEXT];

	return reserve_text(root, group, file, text, sizeof(text)) ? reserve_figure(text, word) : 0;
}

static void say_bytes(FILE *out, int width, uint64_t bytes)
{
	char text[32];

	if (bytes == UINT64_MAX || bytes == 0)
		(void)snprintf(text, sizeof(text), "-");
	else
		(void)snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "M", bytes >> 20,
		               (bytes & 0xfffff) * 10 >> 20);
	fprintf(out, "  %*s", width, text);
}

/* "some avg10=1.23 …" */
static void say_pressure(FILE *out, const char *root, const char *group, const char *file)
{
	static const char begin[] = "some avg10=";
	char text[SHOW_TEXT];
	const char *value = "-";

	if (reserve_text(root, group, file, text, sizeof(text)) &&
	    strncmp(text, begin, sizeof(begin) - 1) == 0) {
		text[strcspn(text + sizeof(begin), " ") + sizeof(begin)] = '\0';
		value = text + sizeof(begin) - 1;
	}
	fprintf(out, "  %6s", value);
}

static void say_group(FILE *out, const char *root, const char *group, const char *name)
{
	fprintf(out, "%-20s  %5" PRIu64, name, number(root, group, "pids.current"));
	say_bytes(out, 8, number(root, group, "memory.current"));
	say_bytes(out, 8, number(root, group, "memory.min"));
	say_bytes(out, 8, number(root, group, "memory.max"));
	fprintf(out, "  %8.1f", (double)figure(root, group, "cpu.stat", "usage_usec") / 1e6);
	say_pressure(out, root, group, "cpu.pressure");
	say_pressure(out, root, group, "memory.pressure");
	say_pressure(out, root, group, "io.pressure");
	fprintf(out, "  %5" PRIu64 "\n", figure(root, group, "memory.events", "oom_kill"));
}

/* The groups below `parent`, by name. */
static void say_groups(FILE *out, const char *root, const char *parent)
{
	char path[RESERVE_PATH_SIZE];
	struct dirent **found;
	int count;

	reserve_path(path, root, parent, "");
	count = scandir(path, &found, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char group[sizeof(found[i]->d_name) + 32];

		(void)snprintf(group, sizeof(group), "%s/%s", parent, found[i]->d_name);
		if (found[i]->d_type == DT_DIR && found[i]->d_name[0] != '.')
			say_group(out, root, group, found[i]->d_name);
		free(found[i]);
	}
	if (count >= 0)
		free((void *)found);
}

enum reserve_exit show(const char *root, FILE *out, FILE *err)
{
	static const char *const rests[] = {RESERVE_REST, "system.slice", "user.slice"};
	char path[RESERVE_PATH_SIZE], text[SHOW_TEXT];
	const bool systemd = reserve_text(root, UNITS_PARENT, "cgroup.procs", text, sizeof(text));
	const char *parent = systemd ? UNITS_PARENT : RESERVE_PARENT;

	if (!reserve_text(root, parent, "cgroup.procs", text, sizeof(text))) {
		reserve_path(path, root, parent, "");
		fprintf(err, "kumiki-reserve: %s: %s; start kumiki-reserve first\n", path,
		        strerror(errno));
		return RESERVE_FAILED;
	}
	fprintf(out, "%-20s  %5s  %8s  %8s  %8s  %8s  %6s  %6s  %6s  %5s\n", "", "tasks", "memory",
	        "reserved", "at most", "CPU s", "CPU %", "mem %", "I/O %", "OOM");
	say_groups(out, root, parent);
	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++)
		if (reserve_text(root, rests[i], "cgroup.procs", text, sizeof(text)))
			say_group(out, root, rests[i], rests[i]);
	fprintf(out, "CPU %%, mem %%, I/O %%: how much of the last ten seconds some of its tasks "
	             "waited for it\n");
	return RESERVE_DONE;
}
