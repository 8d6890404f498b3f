/* How long an instruction of the frame takes: for the board file's kumiki,instruction-time. */
#include <doctor/doctor.h>
#include <doctor/loop.h>

#define TURNS 1000u
#define RUNS  50u
#define PART  20 /* a measurement may be off by one part in so many */

void loop_run(uint64_t turns, void *memory);

/* Picoseconds of an instruction. */
static uint32_t measure(void *memory)
{
	const uint64_t begin = wait_now();

	loop_run(TURNS, memory);
	return (uint32_t)(wait_ns(wait_now() - begin) * 1000 / (TURNS * LOOP_INSTRUCTIONS));
}

/* With nothing of code and data in the caches. */
static uint32_t measure_cold(void *memory)
{
	hw_clean_invalidate_to_poc(memory, LOOP_MEMORY);
	hw_invalidate_instructions();
	return measure(memory);
}

void speed_measure(void)
{
	void *const memory = doctor_take(LOOP_MEMORY);
	const uint32_t file = told_facts->instruction_ps;
	uint32_t best = ~0u, worst = 0;

	for (uint32_t i = 0; i < RUNS; i++) {
		const uint32_t warm = measure(memory), cold = measure_cold(memory);

		best = warm < best ? warm : best;
		worst = warm > worst ? warm : worst;
		worst = cold > worst ? cold : worst;
	}
	if (file != 0 && worst > file + file / PART)
		report_defect(
		    "an instruction takes %u ps at the worst of %u runs, and the board file "
		    "says kumiki,instruction-time = <%u>; correct it: promises of time "
		    "depend on it",
		    worst, 2 * RUNS, file);
	else
		report_good("an instruction takes %u ps at the best, %u ps at the worst of %u runs",
		            best, worst, 2 * RUNS);
	report_note("for the board file: kumiki,instruction-time = <%u>;", worst);
}
