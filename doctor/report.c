/*
 * The report: a line for each thing that was looked at, and the count of checks and defects. The
 * cores speak one after the other.
 */
#include <doctor/doctor.h>
#include <lib/string.h>
#include <machine/local.h>

#define UNSOUND_MOST 32

static struct {
	const struct check *check;
	uint32_t checks, defects;
	uint32_t core;
	bool other, defects_alone;         /* of another core than the first one */
	const char *unsound[UNSOUND_MOST]; /* names of checks that found defects */
	uint32_t unsound_count;
} report CORE_LOCAL;

bool report_begin(enum report_kind kind)
{
	static const char *const words[] = {
	    [REPORT_GOOD] = "ok      ", [REPORT_DEFECT] = "DEFECT  ", [REPORT_NOTE] = "note    "};

	report.checks += kind != REPORT_NOTE;
	report.defects += kind == REPORT_DEFECT;
	if (report.defects_alone && kind != REPORT_DEFECT)
		return false;
	print("%s%s: ", words[kind], report.check->name);
	if (report.other)
		print("core %u: ", report.core);
	return true;
}

void report_end(void)
{
	print("\n");
}

bool report_is_sound(const char *name)
{
	for (uint32_t i = 0; i < report.unsound_count; i++)
		if (string_equal(report.unsound[i], name))
			return false;
	return true;
}

static void note_unsound(const char *name)
{
	if (report_is_sound(name) && report.unsound_count < UNSOUND_MOST)
		report.unsound[report.unsound_count++] = name;
}

static void report_run(void *check)
{
	((const struct check *)check)->run();
}

uint32_t report_check(const struct check *check)
{
	const struct check *outer = report.check;
	const uint32_t before = report.defects;
	struct check copy = *check;

	if (check->needs != 0 && !report_is_sound(check->needs)) {
		note_unsound(check->name);
		return 0;
	}
	report.check = check;
	if (!attempt(report_run, &copy)) {
		(void)report_begin(REPORT_DEFECT);
		exception_tell();
		print("; %s", check->remedy);
		report_end();
	}
	report.check = outer;
	if (report.defects != before)
		note_unsound(check->name);
	return report.defects - before;
}

uint32_t report_checks(void)
{
	return report.checks;
}

void report_of_other(uint32_t core, bool defects_alone)
{
	report.core = core;
	report.other = true;
	report.defects_alone = defects_alone;
}

void report_of_first(void)
{
	report.other = report.defects_alone = false;
}

void report_sum(void)
{
	print("doctor: %u checks, %u defects\n", report.checks, report.defects);
}
