/* What of cores that sleep is mapped while guests run; see frame/power.h. */
#include <frame/core.h>
#include <frame/power.h>
#include <frame/service.h>
#include <kumiki/hypercall.h>

RARELY void power_wanted(uint32_t index)
{
	console_wake_later(CONSOLE_EVENT_CORE << index);
}

int64_t power_tell(uint64_t index, uint64_t what)
{
	struct mailbox *box;

	if (what == SERVICE_POWER_TELL) {
		__atomic_store_n(&shared_memory->need, 1, __ATOMIC_SEQ_CST);
		return 0;
	}
	if (index >= core_bundle->cores.count || index == core.index || what > SERVICE_POWER_TELL)
		return KUMIKI_INVALID_PARAMETERS;
	box = &shared_memory->box[index];
	__atomic_store_n(&box->told, (uint32_t)what, __ATOMIC_SEQ_CST);
	if (what == SERVICE_POWER_OPEN && RELAXED(box->dark) != 0)
		return power_in_start(index);
	/* Who is idle there is to look. */
	mail_post((uint32_t)index, MAIL_CONSOLE, MAIL_CONSOLE_POWER);
	return 0;
}
