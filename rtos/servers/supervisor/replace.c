/* See replace.h. */
#include "replace.h"

static bool replace_is_busy(const struct replace *replace)
{
	return replace->step == REPLACE_QUIETS || replace->step == REPLACE_PROVES;
}

enum supervisor_answer replace_lay(struct replace *replace, uint32_t program)
{
	if (replace_is_busy(replace))
		return SUPERVISOR_BUSY;
	*replace = (struct replace){.step = REPLACE_LAID, .program = program};
	return SUPERVISOR_OK;
}

enum supervisor_answer replace_order(struct replace *replace, uint32_t program, uint64_t now)
{
	if (replace_is_busy(replace))
		return SUPERVISOR_BUSY;
	if (replace->step != REPLACE_LAID || replace->program != program)
		return SUPERVISOR_NO_VERSION;
	replace->step = REPLACE_QUIETS;
	replace->look = now;
	replace->due = now + REPLACE_QUIET_MS;
	return SUPERVISOR_OK;
}

static void replace_prove(struct replace *replace, uint64_t now)
{
	replace->step = REPLACE_PROVES;
	replace->due = now + REPLACE_PROOF_MS;
	replace->look = replace->due;
}

void replace_resume(struct replace *replace, uint32_t program, uint64_t now)
{
	replace->program = program;
	replace_prove(replace, now);
}

static enum replace_do replace_quiets(struct replace *replace, bool quiet, uint64_t now)
{
	if (quiet) {
		replace_prove(replace, now);
		return REPLACE_SWITCH;
	}
	replace->look = now + REPLACE_LOOK_MS;
	if (now < replace->due)
		return REPLACE_NOTHING;
	replace->step = REPLACE_IDLE;
	return REPLACE_GIVE_UP;
}

/* A new version that isn't well is killed once. Its end is a crash, and replace_failed() follows.
 */
enum replace_do replace_time(struct replace *replace, bool quiet, uint64_t now)
{
	if (replace->step == REPLACE_QUIETS)
		return replace_quiets(replace, quiet, now);
	if (replace->step != REPLACE_PROVES || now < replace->due)
		return REPLACE_NOTHING;
	replace->due = UINT64_MAX;
	replace->look = UINT64_MAX;
	return REPLACE_KILL;
}

static bool replace_leaves(struct replace *replace, uint32_t program, enum replace_step step)
{
	if (replace->step != step || replace->program != program)
		return false;
	replace->step = REPLACE_IDLE;
	return true;
}

bool replace_ended(struct replace *replace, uint32_t program)
{
	return replace_leaves(replace, program, REPLACE_QUIETS);
}

bool replace_proved(struct replace *replace, uint32_t program)
{
	return replace_leaves(replace, program, REPLACE_PROVES);
}

bool replace_failed(struct replace *replace, uint32_t program)
{
	return replace_leaves(replace, program, REPLACE_PROVES);
}

uint64_t replace_next(const struct replace *replace)
{
	return replace_is_busy(replace) ? replace->look : UINT64_MAX;
}

bool replace_goes_back(const struct version *version, uint64_t started, uint64_t now,
                       uint64_t window, bool limited)
{
	return version->store != 0 && (!version->proved || limited || now - started < window);
}
