/* Messages between cores; see mail.h. */
#include <frame/core.h>
#include <frame/doorbell.h>
#include <frame/gic.h>
#include <frame/hold.h>
#include <frame/life.h>
#include <frame/mail.h>
#include <frame/partition.h>
#include <frame/power.h>
#include <frame/resident.h>
#include <frame/service.h>
#include <frame/trace.h>
#include <lib/bundle.h>
#include <machine/firmware.h>
#include <machine/gic_cpu.h>
#include <machine/mail_interrupt.h>

bool mail_post(uint32_t to_core, enum mail_kind kind, uint32_t subject)
{
	struct mailbox *box = &shared_memory->box[to_core];
	uint64_t bit = 1ULL << subject;

	if ((__atomic_fetch_or(&box->word[kind], bit, __ATOMIC_SEQ_CST) & bit) != 0)
		return false;
	mail_interrupt(core.mail_target[to_core], core.mail_class[kind][subject]);
	if (__builtin_expect(__atomic_load_n(&box->dark, __ATOMIC_SEQ_CST) != 0, 0))
		return power_wanted(to_core);
	return true;
}

/* Of these messages: those for somebody as urgent as what this core runs. The others wait, their
 * interrupts with them. */
static inline uint64_t urgent(enum mail_kind kind, uint64_t messages)
{
	if (__builtin_expect(core.urgency == 0, 1))
		return messages;
	return messages & core.mail_urgent[kind][core.urgency];
}

/* An interrupt of each class that any of the messages has. */
static __attribute__((noinline)) void interrupt_again(enum mail_kind kind, uint64_t messages)
{
	while (messages != 0) {
		uint32_t rank = core.mail_class[kind][__builtin_ctzll(messages)];

		mail_interrupt(core.mail_target[core.index], rank);
		messages &= messages - 1;
		messages &= ~core.mail_urgent[kind][rank] | core.mail_urgent[kind][rank + 1];
	}
}

RARELY void mail_again(enum mail_kind kind, uint64_t messages)
{
	__atomic_fetch_or(&shared_memory->box[core.index].word[kind], messages, __ATOMIC_SEQ_CST);
	interrupt_again(kind, messages);
}

/* A message to a core about something that isn't its own is somebody's error: it is ignored. */
static inline void take_vcpus(uint64_t subjects)
{
	struct vcpu *only = core.only;

	if (only == 0)
		resident_mail(subjects);
	else if ((subjects >> only->context.trace_id & 1) != 0)
		vcpu_asked(only);
}

/* The partition, if it has a vCPU here: one of them is resident, then. */
static struct partition *partition_here(uint32_t index)
{
	if (core.only == 0)
		return resident_partition(index);
	return core.partition->index == index ? core.partition : 0;
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

__attribute__((noinline)) uint64_t mail_first(enum mail_kind kind, uint64_t messages)
{
	const uint64_t *classes = core.mail_urgent[kind];
	uint64_t behind = core.mail_behind[kind], more = messages, equals, first;

	do {
		uint32_t rank = core.mail_class[kind][__builtin_ctzll(more)];

		more = messages & classes[rank + 1];
		equals = classes[rank] & ~classes[rank + 1];
	} while (more != 0);
	messages &= equals;
	first = (messages & behind) != 0 ? messages & behind : messages;
	first &= -first;
	core.mail_behind[kind] = (behind & ~equals) | (equals & -(first << 1));
	return first;
}

/* The others come again. */
static __attribute__((noinline)) uint64_t one_of(enum mail_kind kind, uint64_t messages)
{
	uint64_t one = mail_first(kind, messages);

	interrupt_again(kind, messages & ~one);
	return one;
}

/* One message at a time, where each may take as long as anything may; 0: there is none. */
static inline uint64_t take_one(struct mailbox *box, enum mail_kind kind, uint64_t left)
{
	uint64_t *word = &box->word[kind];
	uint64_t messages = urgent(kind, __atomic_load_n(word, __ATOMIC_SEQ_CST) & ~left);

	if ((messages & (messages - 1)) != 0)
		messages = one_of(kind, messages);
	if (messages != 0)
		__atomic_fetch_and(word, ~messages, __ATOMIC_SEQ_CST);
	return messages;
}

static __attribute__((noinline)) uint64_t take_seldom(struct mailbox *box, enum mail_kind kind)
{
	return take_one(box, kind, kind == MAIL_DOORBELL ? RELAXED(box->left) : 0);
}

/*
 * Where there is one. One of its vCPUs is resident by now, which may have taken half of the time:
 * what has come meanwhile goes first, but for other messages, which would make another one
 * resident. Once: it may be left for behind a switch (resident.c).
 */
static void take_life(struct mailbox *box)
{
	uint64_t message = take_seldom(box, MAIL_LIFE);
	uint32_t subject = (uint32_t)__builtin_ctzll(message);
	struct partition *partition = partition_here(subject / LIFE_MESSAGES);

	if (partition == 0)
		return;
	core.life_looked = core.only == 0 && !core.life_looked && gic_is_pending();
	if (core.life_looked) {
		core.life_waits = true;
		core.mail_behind[MAIL_LIFE] |= message; /* it has its turn yet */
		mail_again(MAIL_LIFE, message);
	} else {
		life_message(partition, subject % LIFE_MESSAGES);
	}
}

static inline void take_doorbell(uint64_t ring)
{
	if (ring != 0)
		doorbell_heard(core.partition, (uint32_t)__builtin_ctzll(ring));
}

static inline uint64_t take_word(struct mailbox *box, enum mail_kind kind)
{
	uint64_t messages;

	if (RELAXED(box->word[kind]) == 0)
		return 0;
	messages = urgent(kind, ~0ULL);
	return __atomic_fetch_and(&box->word[kind], ~messages, __ATOMIC_SEQ_CST) & messages;
}

#define MAIL_TRACES (1ULL << MAIL_CONSOLE_TRACES)
#define MAIL_HOLD   (1ULL << MAIL_CONSOLE_HOLD)

static void take_uart(uint64_t message)
{
	struct partition *partition = partition_here((uint32_t)__builtin_ctzll(message));

	if (partition != 0)
		uart_evaluate(partition);
}

static void take_events(struct mailbox *box)
{
	uint64_t uart = take_seldom(box, MAIL_UART);
	uint64_t events = take_word(box, MAIL_CONSOLE);

	trace(TRACE_MAIL, TRACE_NO_VCPU, uart << 32 | events);
	if (uart != 0)
		take_uart(uart);
	if ((events & MAIL_TRACES) != 0)
		core_ring->step = RELAXED(shared_memory->traces_held) == 0;
	if ((events & MAIL_HOLD) != 0)
		hold_look();
	if ((events & ~(MAIL_TRACES | MAIL_HOLD)) != 0)
		console_event(events & ~(MAIL_TRACES | MAIL_HOLD));
}

static inline uint64_t waits(const struct mailbox *box, enum mail_kind kind)
{
	return urgent(kind, RELAXED(box->word[kind]));
}

static __attribute__((noinline)) void come_again(const struct mailbox *box, enum mail_kind kind)
{
	interrupt_again(kind, waits(box, kind));
}

/*
 * Apart from what is common. A life's message may be long: it waits for an interrupt of its own if
 * there was anything else, but once; then the others do, which come without end if a guest likes.
 */
static RARELY __attribute__((noinline)) void take_all(struct mailbox *box, uint64_t vcpus)
{
	bool events = (waits(box, MAIL_UART) | waits(box, MAIL_CONSOLE)) != 0;

	if (core.life_waits && waits(box, MAIL_LIFE) != 0) {
		core.life_waits = false;
		take_life(box);
		mail_again(MAIL_VCPU, vcpus);
		come_again(box, MAIL_UART);
		come_again(box, MAIL_CONSOLE);
		come_again(box, MAIL_DOORBELL);
		return;
	}
	if (vcpus != 0)
		take_vcpus(vcpus);
	if (events)
		take_events(box);
	take_doorbell(take_seldom(box, MAIL_DOORBELL));
	if (waits(box, MAIL_LIFE) == 0)
		return;
	core.life_waits = vcpus != 0 || events;
	if (core.life_waits)
		come_again(box, MAIL_LIFE);
	else
		take_life(box);
}

/* Most messages are for the vCPU alone, or ring; what comes of them is traced there. */
void mail_take(void)
{
	struct mailbox *box = &shared_memory->box[core.index];
	uint64_t vcpus = take_word(box, MAIL_VCPU);
	uint64_t rings = waits(box, MAIL_DOORBELL);
	uint64_t others = waits(box, MAIL_UART) | waits(box, MAIL_CONSOLE) | waits(box, MAIL_LIFE);

	if ((others | rings) == 0) {
		if (vcpus != 0)
			take_vcpus(vcpus);
	} else if ((others | vcpus) == 0) {
		take_doorbell(take_one(box, MAIL_DOORBELL, RELAXED(box->left)));
	} else {
		take_all(box, vcpus);
	}
}
