/* The command line of kumiki-reserve; main.c is the process around it. */
#include "find.h"
#include "plan.h"
#include "reserve.h"
#include "serve.h"
#include "show.h"
#include "units.h"
#include <libkumiki/libkumiki.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: kumiki-reserve run [FILE]           keeps what FILE's sections have\n"
    "       kumiki-reserve check [FILE]         looks for mistakes in FILE\n"
    "       kumiki-reserve show                 says how the sections fare\n"
    "       kumiki-reserve units FOLDER [FILE]  writes them as systemd's units\n"
    "       kumiki-reserve --version\n"
    "FILE is " RESERVE_FILE " unless it is given.\n";

static bool has_systemd(const char *root)
{
	char path[RESERVE_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/run/systemd/system", root);
	return access(path, F_OK) == 0;
}

/* Units are systemd's, and processes that somebody else starts are in the groups of their units. */
static bool fits(const struct reserve *reserve, const char *path, bool systemd, FILE *err)
{
	bool good = true;

	for (uint32_t i = 0; i < reserve->count; i++) {
		const struct reserve_entry *entry = &reserve->list[i];

		if (entry->by != (systemd ? RESERVE_BY_PROGRAM : RESERVE_BY_UNIT))
			continue;
		fprintf(err, "%s:%u: [%s] is for a %s; give it a command or %s\n", path,
		        entry->line, entry->name,
		        systemd ? "program, but systemd has it in the group of its unit"
		                : "unit, but here is no systemd",
		        systemd ? "unit" : "program");
		good = false;
	}
	return good;
}

/* Reads the file, and what this Linux has for it. RESERVE_DONE: all fits. */
static enum reserve_exit prepare(struct reserve *reserve, struct reserve_plan *plan,
                                 const char *path, const char *root, bool systemd, FILE *err)
{
	static const char *const groups[] = {RESERVE_PARENT, RESERVE_REST, NULL};
	static const char *const slices[] = {UNITS_PARENT, "system.slice", "user.slice", NULL};
	struct reserve_machine machine;

	if (!reserve_open(reserve, path, err) || !fits(reserve, path, systemd, err) ||
	    !find_users(reserve, path, root, err))
		return RESERVE_USELESS;
	if (!reserve_look(&machine, root, systemd ? slices : groups, err))
		return RESERVE_FAILED;
	return reserve_plan(plan, reserve, path, &machine, err) ? RESERVE_DONE : RESERVE_USELESS;
}

static struct reserve reserve;
static struct reserve_plan plan;

static enum reserve_exit run(const char *path, const char *root, FILE *out, FILE *err)
{
	enum reserve_exit result;

	if (has_systemd(root)) {
		fputs("kumiki-reserve: systemd has all groups here, and keeps the file itself: "
		      "systemctl "
		      "daemon-reload\n",
		      err);
		return RESERVE_USELESS;
	}
	result = prepare(&reserve, &plan, path, root, false, err);
	if (result != RESERVE_DONE)
		return result;
	if (!reserve_groups(&plan, &reserve, root, err))
		return RESERVE_FAILED;
	return serve(&reserve, root, out, err);
}

static enum reserve_exit write_units(const char *folder, const char *path, const char *root,
                                     FILE *err)
{
	const enum reserve_exit result = prepare(&reserve, &plan, path, root, true, err);

	if (result != RESERVE_DONE)
		return result;
	return units(folder, path, &reserve, &plan, err) ? RESERVE_DONE : RESERVE_FAILED;
}

static enum reserve_exit check(const char *path, FILE *out, FILE *err)
{
	if (!reserve_open(&reserve, path, err))
		return RESERVE_USELESS;
	fprintf(out, "%s: %u sections, no mistake found\n", path, reserve.count);
	return RESERVE_DONE;
}

int reserve_main(int count, char *arguments[], const char *root, FILE *out, FILE *err)
{
	const char *command = count > 1 ? arguments[1] : "";
	const char *path = count > 2 ? arguments[2] : RESERVE_FILE;

	if (count <= 3 && strcmp(command, "run") == 0)
		return run(path, root, out, err);
	if (count <= 3 && strcmp(command, "check") == 0)
		return check(path, out, err);
	if ((count == 3 || count == 4) && strcmp(command, "units") == 0)
		return write_units(arguments[2], count == 4 ? arguments[3] : RESERVE_FILE, root,
		                   err);
	if (count == 2 && strcmp(command, "show") == 0)
		return show(root, out, err);
	if (count == 2 && strcmp(command, "--version") == 0)
		return fprintf(out, "kumiki-reserve %s\n", kumiki_version()) < 0;
	fputs(usage, err);
	return RESERVE_USAGE;
}
