/* See late.h. */
#include "late.h"
#include "hog.h"
#include "prober.h"
#include "say.h"
#include <lib/rtosimage.h>
#include <rtos/sys.h>

static struct hogs late_hogs;
static uint64_t late_read; /* when late_hogs.used was read: a time of the counter */

#define LATE_WAITS 8 /* so many times in a row a program is spared that waits for an answer */

/* How often that was so, since the program's last heartbeat; since it last answered in time. */
static struct {
	uint8_t beat[RTOS_IMAGE_PROGRAMS_MAX], answer[RTOS_IMAGE_PROGRAMS_MAX];
} late_waits;

static uint64_t late_us(uint64_t ticks)
{
	return ticks * 1000 / sys_ticks(1);
}

static uint32_t late_unit(uint64_t ticks)
{
	return (uint32_t)(late_us(ticks) / HOG_UNIT_US);
}

/* ---- the programs' CPU times ---- */

static uint64_t late_used(const struct children *all, uint32_t number)
{
	uint64_t used = 0;

	if (all->child[number].its.process != 0)
		(void)sys_do(RTOS_PROCESS_TIME, all->child[number].its.process, 0, 0, 0, 0, 0,
		             &used);
	return used;
}

static void late_read_all(const struct children *all)
{
	for (uint32_t i = 0; i < all->manifest->programs.count; i++)
		late_hogs.used[i] = late_unit(late_used(all, i));
	late_read = sys_now();
}

static void late_note(uint32_t number)
{
	hog_note(&late_hogs, number, late_unit(late_read));
}

/* Uses the last reading, so that a start doesn't wait for a new one. */
void late_started(uint32_t number)
{
	late_waits.beat[number] = late_waits.answer[number] = 0;
	hog_started(&late_hogs, number, late_unit(late_read));
}

void late_begin(const struct children *all)
{
	const struct rtos_manifest_program *programs = rtosmanifest_programs(all->manifest);

	late_hogs.count = all->manifest->programs.count;
	late_read_all(all);
	for (uint32_t i = 0; i < late_hogs.count; i++) {
		late_hogs.places[i] =
		    (struct hog_place){.cpu = programs[i].cpu,
		                       .priority = rtosimage_programs(all->image)[i].priority,
		                       .priority_limit = programs[i].priority_limit};
		late_note(i);
	}
}

void late_beats(struct children *all)
{
	uint64_t bits = sys_wait(all->objects.beats[0], SYS_AT_ONCE);

	bits |= sys_wait(all->objects.beats[1], SYS_AT_ONCE) << 32;
	if (bits != 0)
		late_read_all(all);
	for (uint32_t i = 0; i < all->manifest->programs.count; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		policy_heartbeat(&all->child[i].policy, sys_milliseconds());
		late_waits.beat[i] = 0;
		late_note(i);
	}
}

/* ---- whose fault it is ---- */

static void late_say(const struct children *all, uint32_t number, uint32_t hog)
{
	struct text text = {.length = 0};

	text_add(&text, " keeps ");
	text_add(&text, child_name(all, number));
	text_add(&text, " from the CPU");
	say_text(all, hog, &text);
}

/* Whether other programs had the CPU. Then the late program is spared. If one of the others ran for
 * more than half of the time, its policy decides about it. */
static bool late_is_spared(struct children *all, uint32_t number, struct late_found *found)
{
	const bool told = late_hogs.told[number];
	uint32_t hog;

	late_read_all(all);
	if (!hog_starves(&late_hogs, number, late_unit(late_read), &hog))
		return false;
	policy_spare(&all->child[number].policy, sys_milliseconds());
	late_note(number);
	late_hogs.told[number] = true;
	if (hog == HOG_NONE)
		return true;
	found->hog = hog;
	found->hog_todo = policy_hogs(&all->child[hog].policy);
	if (found->hog_todo != 0 || !told)
		late_say(all, number, hog);
	return true;
}

/* Whether the late program waits for another program's answer: then it is spared for some time, as
 * that program may be the one that fails. */
static bool late_awaits(struct children *all, uint32_t number, uint8_t *waits)
{
	if (!child_awaits(all, number) || *waits == LATE_WAITS)
		return false;
	++*waits;
	policy_spare(&all->child[number].policy, sys_milliseconds());
	late_read_all(all);
	late_note(number);
	return true;
}

/* ---- looks ---- */

static unsigned late_answers(struct children *all, uint32_t number, struct late_found *found)
{
	struct policy *policy = &all->child[number].policy;
	uint64_t next = 0;
	const uint64_t oldest = child_oldest_call(all, number, &next);

	found->what = " doesn't answer";
	if (!policy_is_unanswered(policy, oldest))
		late_waits.answer[number] = 0;
	else if (late_awaits(all, number, &late_waits.answer[number]) ||
	         late_is_spared(all, number, found))
		return 0;
	if (policy->manifest->heartbeat_ms == 0 && !policy_is_unanswered(policy, oldest)) {
		late_read_all(all);
		late_note(number);
	}
	return policy_look(policy, oldest, next, sys_milliseconds());
}

static unsigned late_computes(struct children *all, uint32_t number, struct late_found *found)
{
	const struct child_work work = child_work(all, number);

	found->what = " computes too long on a call";
	return policy_weigh(&all->child[number].policy, work.call, late_us(work.used),
	                    sys_milliseconds());
}

static unsigned late_runs(struct children *all, uint32_t number, struct late_found *found)
{
	const struct child_work work = child_work(all, number);

	found->what = " runs away";
	policy_works(&all->child[number].policy, work.taken, work.next);
	return policy_busy(&all->child[number].policy, late_us(late_used(all, number)),
	                   sys_milliseconds());
}

static unsigned late_do(struct children *all, uint32_t number, struct late_found *found)
{
	if (found->todo == POLICY_LOOK)
		return late_answers(all, number, found);
	if (found->todo == POLICY_WEIGH)
		return late_computes(all, number, found);
	if (found->todo == POLICY_BUSY)
		return late_runs(all, number, found);
	prober_wants(number);
	return policy_asked(&all->child[number].policy, sys_milliseconds());
}

struct late_found late_look(struct children *all, uint32_t number)
{
	struct policy *policy = &all->child[number].policy;
	struct late_found found = {.what = " hangs", .hog = HOG_NONE};

	if (policy_is_late(policy, sys_milliseconds()) &&
	    !late_awaits(all, number, &late_waits.beat[number]))
		(void)late_is_spared(all, number, &found);
	found.todo = policy_time(policy, sys_milliseconds());
	while ((found.todo & (POLICY_LOOK | POLICY_BUSY | POLICY_WEIGH | POLICY_ASK)) != 0) {
		found.todo = late_do(all, number, &found);
		if (found.todo == 0)
			found.todo = policy_time(policy, sys_milliseconds());
	}
	return found;
}
