/* Posts messages to cores; see word/mail.h. */
#include <lib/bundle.h>
#include <machine/mail_interrupt.h>
#include <state/core.h>
#include <word/mail.h>
#include <word/power.h>

bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject)
{
	struct mailbox *box = &shared_memory->box[to_core];
	uint64_t bit = 1ULL << subject;

	if ((__atomic_fetch_or(&box->word[kind], bit, __ATOMIC_SEQ_CST) & bit) != 0)
		return false;
	mail_interrupt(core.mail_target[to_core], core.mail_class[kind][subject]);
	if (__atomic_load_n(&box->dark, __ATOMIC_SEQ_CST) != 0)
		return power_wanted(to_core);
	return true;
}

void mail_leave(uint32_t doorbell)
{
	struct mailbox *box = &shared_memory->box[core.index];

	__atomic_fetch_or(&box->left, 1ULL << doorbell, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&box->word[MAIL_DOORBELL], 1ULL << doorbell, __ATOMIC_SEQ_CST);
}

void mail_listen(uint32_t at_core, uint64_t doorbells)
{
	struct mailbox *box = &shared_memory->box[at_core];

	__atomic_fetch_and(&box->left, ~doorbells, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&box->word[MAIL_DOORBELL], ~doorbells, __ATOMIC_SEQ_CST);
}
