/* Judges whether this core gets anywhere; see run/progress.h. */
#include <machine/contexts.h>
#include <machine/gic_cpu.h>
#include <run/progress.h>
#include <word/timer.h>

#define SURE      3 /* in a row that make it sure: within a second and a half */
#define TIMER_DUE 4 /* of CNTHP_CTL_EL2 */

/* What has come again and again: interrupts since the core looked; looks since it left EL2. */
struct row {
	uint64_t last; /* counter, when it was counted */
	uint32_t count;
};

static struct row progress_interrupts CORE_LOCAL, progress_looks CORE_LOCAL;

/* True: the row is long. What comes closer than 7/8 of the time between two looks counts once. */
static bool goes_on(struct row *row, uint64_t now)
{
	if (row->count != 0 && now - row->last < core.look - core.look / 8)
		return false;
	row->last = now;
	return ++row->count >= SURE;
}

void progress_hold(void)
{
	gic_mask_all_but_timer();
	core.held = 1;
}

void progress_watch(void)
{
	gic_mask_all_but_timer();
	sysreg_write(cnthp_cval_el2, timer_read() + core.look);
	barrier_instruction();
	core.held = 1;
	core.timer_moved = 1;
}

bool progress_interrupt(void)
{
	if ((sysreg_read(cnthp_ctl_el2) & TIMER_DUE) == 0) {
		progress_hold();
		return false;
	}
	progress_watch();
	return goes_on(&progress_interrupts, timer_read());
}

void progress_settle(void)
{
	gic_mask_class(core.urgency);
	if (core.timer_moved != 0) {
		sysreg_write(cnthp_cval_el2, 0); /* a deadline is due: timer_interrupt() */
		barrier_instruction();
	}
	core.held = 0;
	context_reload_place();
	if (!gic_is_pending()) {
		progress_looks.count = 0;
		return;
	}
	core.held = progress_looks.count; /* a row of looks ends only where this core leaves */
	core.reschedule = CORE_AGAIN;
}

void progress_look(void)
{
	progress_interrupts.count = 0;
	core.held = 1;
	if (goes_on(&progress_looks, timer_read()))
		__builtin_trap();
}

void progress_wait(void)
{
	progress_interrupts.count = 0;
}

void progress_sleep(void)
{
	progress_looks.count = 0;
}
