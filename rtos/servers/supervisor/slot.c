/* See slot.h. */
#include "slot.h"
#include <lib/rtosimage.h>

static bool slot_is_of(const struct children *all, uint32_t loader, uint32_t number)
{
	return loader != 0 && rtosmanifest_programs(all->manifest)[number].loader == loader;
}

uint32_t slot_of_call(const struct children *all, uint32_t loader, uint64_t call)
{
	for (uint32_t i = 0; call != 0 && i < all->manifest->programs.count; i++)
		if (slot_is_of(all, loader, i) && all->child[i].call == call)
			return i;
	return SLOT_NONE;
}

/* Whether the quota holds the process's own pages and the pages of the segments. */
static bool slot_holds(const struct children *all, uint32_t number, uint64_t pages)
{
	const uint64_t own = rtosimage_pages(&rtosimage_programs(all->image)[number]);
	const uint64_t quota = rtosmanifest_programs(all->manifest)[number].pages;

	return own <= quota && pages <= quota - own;
}

static enum supervisor_answer slot_look(const struct children *all, uint32_t number, uint64_t pages)
{
	if (!slot_holds(all, number, pages))
		return SUPERVISOR_NO_ROOM;
	return all->child[number].policy.state == POLICY_RESTS ? SUPERVISOR_OK : SUPERVISOR_BUSY;
}

/* Answers with the most useful reason: a busy slot counts more than a slot that is too small. */
enum supervisor_answer slot_choose(const struct children *all, uint32_t loader,
                                   const uint64_t word[RTOS_WORDS], uint32_t *number)
{
	const uint32_t programs = all->manifest->programs.count;
	const uint64_t wanted = word[1], badge = word[2];
	enum supervisor_answer answer = SUPERVISOR_DENIED;
	uint64_t manages;

	if (badge == 0 || badge > programs)
		return SUPERVISOR_BAD;
	manages = rtosmanifest_programs(all->manifest)[badge - 1].manages;
	for (uint32_t i = 0; i < programs && answer != SUPERVISOR_OK; i++) {
		enum supervisor_answer found;

		if (!slot_is_of(all, loader, i) || (manages >> i & 1) == 0 ||
		    (wanted != 0 && wanted != i))
			continue;
		*number = i;
		found = slot_look(all, i, word[4]);
		if (answer != SUPERVISOR_BUSY || found == SUPERVISOR_OK)
			answer = found;
	}
	return answer;
}

bool slot_is_begun(const struct children *all, uint32_t loader, uint32_t number)
{
	return slot_is_of(all, loader, number) && all->child[number].its.process != 0 &&
	       child_threads(all, number) == 0;
}

/* The loader answers after it has placed the stack, and takes no other call before. So if it has
 * taken a call and not answered, it is this call; otherwise this call was answered. */
bool slot_is_promised(const struct children *all, uint32_t loader, uint32_t number)
{
	return slot_is_begun(all, loader, number) && child_is_placed(all, number) &&
	       child_left_call(all, loader) != all->child[number].call;
}
