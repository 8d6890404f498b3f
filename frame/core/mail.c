/* Messages between cores; see mail.h. */
#include <frame/core.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/service.h>
#include <frame/trace.h>
#include <lib/bundle.h>
#include <machine/firmware.h>
#include <machine/mail_interrupt.h>

void mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject)
{
	uint64_t *word = &shared_memory->box[to_core].word[kind];
	uint64_t bit = 1ULL << subject;

	if ((__atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST) & bit) == 0)
		mail_interrupt(bundle_cores(core_bundle)[to_core].affinity);
}

/* A message to a core about something that isn't its own is somebody's error: it is ignored. */
static void take_vcpu(uint32_t subject)
{
	if (core.vcpu != 0 && core.vcpu->context.trace_id == subject)
		vcpu_asked(core.vcpu);
}

static void take_uart(uint32_t subject)
{
	if (core.partition != 0 && core.partition->index == subject)
		uart_evaluate(core.partition);
}

static void take(enum mail_kind kind, uint32_t subject)
{
	switch (kind) {
	case MAIL_VCPU:
		take_vcpu(subject);
		break;
	case MAIL_UART:
		take_uart(subject);
		break;
	case MAIL_CONSOLE:
		console_event(1ULL << subject);
		break;
	case MAIL_KINDS:
		break;
	}
}

void mail_take(void)
{
	struct mailbox *box = &shared_memory->box[core.index];

	for (uint32_t kind = 0; kind < MAIL_KINDS; kind++) {
		uint64_t subjects;

		if (__atomic_load_n(&box->word[kind], __ATOMIC_RELAXED) == 0)
			continue;
		subjects = __atomic_exchange_n(&box->word[kind], 0, __ATOMIC_SEQ_CST);
		for (; subjects != 0; subjects &= subjects - 1) {
			uint32_t subject = (uint32_t)__builtin_ctzll(subjects);

			trace(TRACE_MAIL, TRACE_NO_VCPU, (uint64_t)kind << 32 | subject);
			take((enum mail_kind)kind, subject);
		}
	}
}
