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

/*
 * What there is of a kind that is of this class or a more urgent one, but for doorbells that are
 * left. Of other classes than the one whose interrupt was taken each message has one that is
 * pending still, or is about to be sent: they are nobody's business here.
 */
static inline uint64_t waits(const struct mailbox *box, enum mail_kind kind, uint64_t rank)
{
	uint64_t left = kind == MAIL_DOORBELL ? RELAXED(box->left) : 0;

	return RELAXED(box->word[kind]) & core.mail_urgent[kind][rank] & ~left;
}

/* A bit for each kind; the console's events are taken with a line, which mostly leads to them. */
static inline uint32_t kinds(const struct mailbox *box, uint64_t rank)
{
	uint64_t events = waits(box, MAIL_UART, rank) | waits(box, MAIL_CONSOLE, rank);

	return (uint32_t)(waits(box, MAIL_VCPU, rank) != 0) << MAIL_VCPU |
	       (uint32_t)(events != 0) << MAIL_UART |
	       (uint32_t)(waits(box, MAIL_LIFE, rank) != 0) << MAIL_LIFE |
	       (uint32_t)(waits(box, MAIL_DOORBELL, rank) != 0) << MAIL_DOORBELL;
}

static __attribute__((noinline)) void interrupt_again(uint64_t rank)
{
	mail_interrupt(core.mail_target[core.index], (uint32_t)rank);
}

/* It was taken, and is to be taken once more: before its equals and other kinds, which may make
 * another vCPU resident. Somebody may have sent the same one meanwhile: of the two one is left. */
static RARELY __attribute__((noinline)) void put_back(struct mailbox *box, enum mail_kind kind,
                                                      uint64_t message, uint64_t rank)
{
	uint64_t there = __atomic_fetch_or(&box->word[kind], message, __ATOMIC_SEQ_CST);

	core.mail_turn = (uint8_t)kind;
	core.mail_behind[kind] |= message;
	if (kind == MAIL_LIFE && (there & message) != 0)
		life_told((uint32_t)__builtin_ctzll(message) % LIFE_MESSAGES);
	interrupt_again(rank);
}

/* On a core that hasn't just one vCPU. */
static __attribute__((noinline)) void take_vcpu_here(struct mailbox *box, uint64_t message,
                                                     uint64_t rank)
{
	if (!resident_mail((uint32_t)__builtin_ctzll(message)))
		put_back(box, MAIL_VCPU, message, rank);
}

/* A message to a core about something that isn't its own is somebody's error: it is ignored. */
static inline void take_vcpu_alone(struct vcpu *only, uint64_t messages)
{
	if ((messages >> only->context.trace_id & 1) != 0)
		vcpu_asked(only);
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

/* Or none is there. */
static inline bool is_one(uint64_t messages)
{
	return (messages & (messages - 1)) == 0;
}

/*
 * The partition, if it has a vCPU here and the message isn't to come again: one of its vCPUs is
 * resident by now, and if it wasn't before, what has come meanwhile goes first, but for other
 * messages.
 */
static __attribute__((noinline)) struct partition *
partition_for(struct mailbox *box, enum mail_kind kind, uint64_t message, uint64_t rank)
{
	uint32_t index = (uint32_t)__builtin_ctzll(message);
	const struct vcpu *was = core.vcpu;
	struct partition *partition;

	if (kind == MAIL_LIFE)
		index /= LIFE_MESSAGES;
	if (core.only != 0)
		return core.partition->index == index ? core.partition : 0;
	partition = resident_partition(index);
	if (core.vcpu == was || !resident_lets_go())
		return partition;
	put_back(box, kind, message, rank);
	return 0;
}

static __attribute__((noinline)) void take_life(struct mailbox *box, uint64_t message,
                                                uint64_t rank)
{
	struct partition *partition = partition_for(box, MAIL_LIFE, message, rank);

	if (partition != 0)
		life_message(partition, (uint32_t)__builtin_ctzll(message) % LIFE_MESSAGES);
}

/* 0: another core has taken back meanwhile what was left. */
static inline void take_doorbell(uint64_t ring)
{
	if (ring != 0)
		doorbell_heard(core.partition, (uint32_t)__builtin_ctzll(ring));
}

#define MAIL_TRACES (1ULL << MAIL_CONSOLE_TRACES)
#define MAIL_HOLD   (1ULL << MAIL_CONSOLE_HOLD)

static void take_uart(struct mailbox *box, uint64_t message, uint64_t rank)
{
	struct partition *partition = partition_for(box, MAIL_UART, message, rank);

	if (partition != 0)
		uart_evaluate(partition);
}

static void take_events(struct mailbox *box, uint64_t uart, uint64_t rank)
{
	uint64_t events = waits(box, MAIL_CONSOLE, rank);

	__atomic_fetch_and(&box->word[MAIL_CONSOLE], ~events, __ATOMIC_SEQ_CST);
	trace(TRACE_MAIL, TRACE_NO_VCPU, uart << 32 | events);
	if (uart != 0)
		take_uart(box, uart, rank);
	if ((events & MAIL_TRACES) != 0)
		core_ring->step = RELAXED(shared_memory->traces_held) == 0;
	if ((events & MAIL_HOLD) != 0)
		hold_look();
	if ((events & ~(MAIL_TRACES | MAIL_HOLD)) != 0)
		console_event(events & ~(MAIL_TRACES | MAIL_HOLD));
}

/* One message, as each may take as long as anything may. True: it wasn't the only one. */
static __attribute__((noinline)) bool take_kind(struct mailbox *box, enum mail_kind kind,
                                                uint64_t rank)
{
	uint64_t all = waits(box, kind, rank), one = all;

	if (!is_one(all))
		one = mail_first(kind, all);
	__atomic_fetch_and(&box->word[kind], ~one, __ATOMIC_SEQ_CST);
	if (kind == MAIL_UART)
		take_events(box, one, rank);
	else if (kind == MAIL_LIFE)
		take_life(box, one, rank);
	else if (kind == MAIL_DOORBELL)
		take_doorbell(one);
	else if (core.only != 0)
		take_vcpu_alone(core.only, one);
	else
		take_vcpu_here(box, one, rank);
	return !is_one(all);
}

/*
 * Apart from what is common. Where each message may make another vCPU resident each is long, and
 * waits for an interrupt of its own if there was anything else; elsewhere a life's does. They have
 * turns, as one of them may come without end if a guest likes.
 */
static RARELY __attribute__((noinline)) void take_all(struct mailbox *box, uint64_t rank)
{
	uint32_t any = kinds(box, rank), behind = any & -(1U << core.mail_turn);
	uint32_t now = behind != 0 ? behind & -behind : any & -any;
	bool more;

	if (core.only != 0 && now != 1U << MAIL_LIFE) {
		now = any & ~(1U << MAIL_LIFE);
		core.mail_turn = MAIL_LIFE;
	} else {
		core.mail_turn = (uint8_t)(32 - __builtin_clz(now | 1));
	}
	more = now != any;
	for (; now != 0; now &= now - 1)
		more |= take_kind(box, (enum mail_kind)__builtin_ctz(now), rank);
	/* Of the class whose interrupt was taken: there is none for it any more. */
	if (more)
		interrupt_again(rank);
}

/* Most messages are for the vCPU alone, or ring; what comes of them is traced there. A life's comes
 * alone, too. */
void mail_take(uint64_t rank)
{
	struct mailbox *box = &shared_memory->box[core.index];
	struct vcpu *only = core.only;
	uint64_t vcpus = RELAXED(box->word[MAIL_VCPU]);
	uint64_t rings = RELAXED(box->word[MAIL_DOORBELL]) & ~RELAXED(box->left);
	uint64_t events = RELAXED(box->word[MAIL_UART]) | RELAXED(box->word[MAIL_CONSOLE]);
	uint64_t lives = RELAXED(box->word[MAIL_LIFE]);

	if ((events | lives | rings) == 0) {
		vcpus &= core.mail_urgent[MAIL_VCPU][rank];
		if (only != 0) {
			__atomic_fetch_and(&box->word[MAIL_VCPU], ~vcpus, __ATOMIC_SEQ_CST);
			take_vcpu_alone(only, vcpus);
			return;
		}
		if (vcpus == 0)
			return;
		if (is_one(vcpus)) {
			__atomic_fetch_and(&box->word[MAIL_VCPU], ~vcpus, __ATOMIC_SEQ_CST);
			take_vcpu_here(box, vcpus, rank);
			return;
		}
	} else if ((events | lives | vcpus) == 0) {
		rings &= core.mail_urgent[MAIL_DOORBELL][rank];
		if (is_one(rings)) {
			__atomic_fetch_and(&box->word[MAIL_DOORBELL], ~rings, __ATOMIC_SEQ_CST);
			take_doorbell(rings);
			return;
		}
	} else if ((events | rings | vcpus) == 0) {
		lives &= core.mail_urgent[MAIL_LIFE][rank];
		if (lives == 0)
			return;
		if (is_one(lives)) {
			__atomic_fetch_and(&box->word[MAIL_LIFE], ~lives, __ATOMIC_SEQ_CST);
			take_life(box, lives, rank);
			return;
		}
	}
	take_all(box, rank);
}
