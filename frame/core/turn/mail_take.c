/* Takes messages out of this core's mailbox; see turn/mail_take.h and word/mail.h. */
#include <devices/emulated.h>
#include <lib/bundle.h>
#include <life/life.h>
#include <life/vcpu.h>
#include <machine/mail_interrupt.h>
#include <run/hang.h>
#include <run/hold.h>
#include <run/resident.h>
#include <run/wake_service.h>
#include <turn/bell_heard.h>
#include <turn/mail_take.h>
#include <turn/vcpu_heard.h>
#include <word/life.h>
#include <word/recover.h>
#include <word/trace.h>

struct mail_in_hand mail_in_hand CORE_LOCAL;

static uint8_t mail_turn CORE_LOCAL; /* the enum mail_kind that is first next time */
/* For each kind: the messages whose bits lie above the message of the same class that was taken
 * last. These are taken before others of that class. */
static uint64_t mail_behind[MAIL_KINDS] CORE_LOCAL;

/*
 * Returns the messages of a kind that are of this class or a more urgent one, without doorbells
 * that were left. Messages of other classes have interrupts of their own, which are pending or will
 * come soon.
 */
static inline uint64_t waits(const struct mailbox *box, enum mail_kind kind, uint64_t rank)
{
	uint64_t left = kind == MAIL_DOORBELL ? RELAXED(box->left) : 0;

	return RELAXED(box->word[kind]) & core.mail_urgent[kind][rank] & ~left;
}

/* Returns the kinds that have messages, a bit each. Events for the services count as MAIL_UART:
 * both are taken together, as a message about a UART mostly comes with an event. */
static inline uint32_t kinds(const struct mailbox *box, uint64_t rank)
{
	uint64_t events = waits(box, MAIL_UART, rank) | waits(box, MAIL_SERVICE, rank);

	return (uint32_t)(waits(box, MAIL_VCPU, rank) != 0) << MAIL_VCPU |
	       (uint32_t)(events != 0) << MAIL_UART |
	       (uint32_t)(waits(box, MAIL_LIFE, rank) != 0) << MAIL_LIFE |
	       (uint32_t)(waits(box, MAIL_DOORBELL, rank) != 0) << MAIL_DOORBELL;
}

static void interrupt_again(uint64_t rank)
{
	mail_interrupt(core.mail_target[core.index], (uint32_t)rank);
}

/* Puts a message back that was taken. It is to be taken before its equals and before other kinds,
 * as these may make another vCPU resident. If the same message has come meanwhile, the two are now
 * one. */
static void put_back(struct mailbox *box, enum mail_kind kind, uint64_t message, uint64_t rank)
{
	uint64_t there = __atomic_fetch_or(&box->word[kind], message, __ATOMIC_SEQ_CST);

	mail_turn = (uint8_t)kind;
	mail_behind[kind] |= message;
	if (kind == MAIL_LIFE && (there & message) != 0)
		life_told((uint32_t)__builtin_ctzll(message) % LIFE_MESSAGES);
	interrupt_again(rank);
}

static void mail_clear(struct mailbox *box, enum mail_kind kind, uint64_t messages)
{
	__atomic_fetch_and(&box->word[kind], ~messages, __ATOMIC_SEQ_CST);
}

/* A message about a vCPU that can't be on this core is an error of its sender, and is ignored. */
static void take_vcpu(struct mailbox *box, uint64_t message, uint64_t rank)
{
	struct vcpu *only = core.only;

	mail_clear(box, MAIL_VCPU, message);
	if (only != 0) {
		if ((message >> only->context.trace_id & 1) != 0)
			vcpu_asked(only);
	} else if (!vcpu_heard((uint32_t)__builtin_ctzll(message))) {
		put_back(box, MAIL_VCPU, message, rank);
	}
}

/* Returns the most urgent of these messages. Equals take turns, as the same message may come
 * without end. */
static uint64_t mail_first(enum mail_kind kind, uint64_t messages)
{
	const uint64_t *classes = core.mail_urgent[kind];
	uint64_t behind = mail_behind[kind], more = messages, equals, first;

	do {
		uint32_t rank = core.mail_class[kind][__builtin_ctzll(more)];

		more = messages & classes[rank + 1];
		equals = classes[rank] & ~classes[rank + 1];
	} while (more != 0);
	messages &= equals;
	first = (messages & behind) != 0 ? messages & behind : messages;
	first &= -first;
	mail_behind[kind] = (behind & ~equals) | (equals & -(first << 1));
	return first;
}

static bool is_one(uint64_t messages)
{
	return messages != 0 && (messages & (messages - 1)) == 0;
}

/*
 * Makes a vCPU of the message's partition resident, and returns the partition. 0: the partition
 * isn't here; or making the vCPU resident took so long that an interrupt has come, which goes
 * first: then the message was put back.
 */
static struct partition *partition_for(struct mailbox *box, enum mail_kind kind, uint64_t message,
                                       uint64_t rank)
{
	uint32_t index = (uint32_t)__builtin_ctzll(message);
	const struct vcpu *was = core.vcpu;
	struct partition *partition;

	if (kind == MAIL_LIFE)
		index /= LIFE_MESSAGES;
	if (core.only != 0)
		return core.partition->index == index ? core.partition : 0;
	partition = resident_partition(index);
	if (core.vcpu == was || !resident_let_go())
		return partition;
	put_back(box, kind, message, rank);
	return 0;
}

static void take_life(struct mailbox *box, uint64_t message, uint64_t rank)
{
	struct partition *partition;

	mail_in_hand.life = message;
	mail_clear(box, MAIL_LIFE, message);
	partition = partition_for(box, MAIL_LIFE, message, rank);
	if (partition != 0)
		life_message(partition, (uint32_t)__builtin_ctzll(message) % LIFE_MESSAGES);
	mail_in_hand.life = 0;
}

static void take_doorbell(struct mailbox *box, uint64_t ring)
{
	mail_in_hand.ring = ring;
	mail_clear(box, MAIL_DOORBELL, ring);
	doorbell_heard(core.partition, (uint32_t)__builtin_ctzll(ring));
	mail_in_hand.ring = 0;
}

#define MAIL_TRACES (1ULL << MAIL_SERVICE_TRACES)
#define MAIL_HOLD   (1ULL << MAIL_SERVICE_HOLD)
#define MAIL_ASK    (1ULL << MAIL_SERVICE_ASK)
#define MAIL_OWN    (MAIL_TRACES | MAIL_HOLD | MAIL_ASK) /* not for the services */

static void take_uart(struct mailbox *box, uint64_t message, uint64_t rank)
{
	struct partition *partition;

	mail_clear(box, MAIL_UART, message);
	partition = partition_for(box, MAIL_UART, message, rank);
	if (partition != 0)
		uart_evaluate(partition);
}

#define MAIL_REST (1ULL << MAIL_SERVICE_REST)

/* A recovery calls this core to rest: leaves whatever the core does. */
static void rest_if_called(const struct mailbox *box)
{
	if ((RELAXED(box->word[MAIL_SERVICE]) & MAIL_REST) != 0)
		rest_in_start();
}

static void take_events(struct mailbox *box, uint64_t uart, uint64_t rank)
{
	uint64_t events = waits(box, MAIL_SERVICE, rank) & ~MAIL_REST;

	rest_if_called(box);
	mail_clear(box, MAIL_SERVICE, events);
	trace(TRACE_MAIL, TRACE_NO_VCPU, uart << 32 | events);
	if (uart != 0)
		take_uart(box, uart, rank);
	if ((events & MAIL_TRACES) != 0)
		core_ring->step = RELAXED(shared_memory->traces_held) == 0;
	if ((events & MAIL_ASK) != 0)
		hang_asked();
	if ((events & MAIL_HOLD) != 0)
		hold_look();
	if ((events & ~MAIL_OWN) != 0)
		service_hear(events & ~MAIL_OWN);
}

/* Takes one message of a kind. One message may take as long as an interrupt is allowed to wait.
 * With MAIL_UART all events for the services are taken, too. There may be no message, as doorbells
 * may have been left meanwhile. True: there are more. */
static bool take_one(struct mailbox *box, enum mail_kind kind, uint64_t rank)
{
	uint64_t all = waits(box, kind, rank), one = all;

	if ((all & (all - 1)) != 0)
		one = mail_first(kind, all);
	if (kind == MAIL_UART)
		take_events(box, one, rank);
	else if (one == 0)
		return false;
	else if (kind == MAIL_LIFE)
		take_life(box, one, rank);
	else if (kind == MAIL_DOORBELL)
		take_doorbell(box, one);
	else
		take_vcpu(box, one, rank);
	return one != all;
}

/*
 * On a shared core takes one message, as each may make another vCPU resident, which is long. On a
 * core with one vCPU takes one message of each kind, or one about a life alone. The rest waits for
 * another interrupt. Kinds take turns, as a guest may send messages of one kind without end. This
 * function isn't inline: otherwise the registers that it uses would be saved for a single message,
 * too.
 */
static __attribute__((noinline)) void take_in_turn(struct mailbox *box, uint64_t rank)
{
	uint32_t any = kinds(box, rank), behind = any & -(1U << mail_turn);
	uint32_t now = behind != 0 ? behind & -behind : any & -any;
	bool more;

	rest_if_called(box);
	if (core.only != 0 && now != 1U << MAIL_LIFE) {
		now = any & ~(1U << MAIL_LIFE);
		mail_turn = MAIL_LIFE;
	} else {
		mail_turn = (uint8_t)(32 - __builtin_clz(now | 1));
	}
	more = now != any;
	for (; now != 0; now &= now - 1)
		more |= take_one(box, (enum mail_kind)__builtin_ctz(now), rank);
	/* The interrupt of this class was taken: its other messages need another one. */
	if (more)
		interrupt_again(rank);
}

/* Most often there is only one message, about a vCPU or a doorbell. */
void mail_take(uint64_t rank)
{
	struct mailbox *box = &shared_memory->box[core.index];
	uint64_t vcpus = RELAXED(box->word[MAIL_VCPU]);
	uint64_t rings = RELAXED(box->word[MAIL_DOORBELL]) & ~RELAXED(box->left);
	uint64_t others = RELAXED(box->word[MAIL_UART]) | RELAXED(box->word[MAIL_SERVICE]) |
	                  RELAXED(box->word[MAIL_LIFE]);

	if ((others | rings) == 0 && is_one(vcpus & core.mail_urgent[MAIL_VCPU][rank]))
		take_vcpu(box, vcpus & core.mail_urgent[MAIL_VCPU][rank], rank);
	else if ((others | vcpus) == 0 && is_one(rings & core.mail_urgent[MAIL_DOORBELL][rank]))
		take_doorbell(box, rings & core.mail_urgent[MAIL_DOORBELL][rank]);
	else
		take_in_turn(box, rank);
}
