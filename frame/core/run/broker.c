/* Brokers on their core; see run/broker.h. */
#include <run/account.h>
#include <run/broker.h>
#include <run/sched.h>
#include <run/service_anew.h>
#include <run/wake_service.h>
#include <word/channel.h>
#include <word/timer.h>

static struct end *end_of(const struct broker *broker)
{
	return &broker->partition->ends[broker->own];
}

/* ---- epochs of the channel ---- */

static uint32_t epoch_of(const struct broker *broker)
{
	return __atomic_load_n(&shared_memory->channel[broker->channel].epoch, __ATOMIC_SEQ_CST);
}

/* Shows other cores the epoch that the broker runs in; 0: it doesn't run. */
static void show(const struct broker *broker, uint32_t epoch)
{
	__atomic_store_n(&shared_memory->channel[broker->channel].runs[broker->place], epoch,
	                 __ATOMIC_SEQ_CST);
}

static void leave_work(const struct broker *broker, uint32_t work)
{
	__atomic_fetch_or(&end_of(broker)->work, work, __ATOMIC_SEQ_CST);
}

/* Has the broker begin at its first instruction. As new work it finds a look at its queues, and a
 * request that isn't answered: also one whose word was lost as the frame failed. */
static void forget(struct broker *broker)
{
	struct end *end = end_of(broker);

	if (__atomic_load_n(&end->request.state, __ATOMIC_SEQ_CST) == END_TAKEN)
		__atomic_store_n(&end->request.state, END_ASKED, __ATOMIC_SEQ_CST);
	leave_work(broker, CHANNEL_WORK_REQUEST | CHANNEL_WORK_QUEUE);
	broker->due = TIMER_NEVER;
	service_start(&broker->service.context);
}

/*
 * The core of an end that leaves changes the epoch, and then looks which brokers run. So the epoch
 * is read once more after the first show(): a core that changes the epoch later sees that this
 * broker runs, and sends word.
 */
static void enter(struct broker *broker)
{
	uint32_t epoch = epoch_of(broker);

	show(broker, epoch);
	epoch = epoch_of(broker);
	show(broker, epoch);
	if (broker->epoch == epoch)
		return;
	broker->epoch = epoch;
	forget(broker);
}

void broker_pass(struct context *old, struct context *next)
{
	if (old != 0 && old != next && old->kind == CONTEXT_BROKER)
		show(broker_of(old), 0);
	if (next->kind == CONTEXT_BROKER)
		enter(broker_of(next));
}

void broker_begin(struct broker *broker)
{
	sched_block(&broker->service.context, CONTEXT_OFF);
	broker->epoch = epoch_of(broker);
	forget(broker);
}

void broker_look(struct broker *broker)
{
	struct context *context = &broker->service.context;

	if (context->state != CONTEXT_READY || broker->epoch == epoch_of(broker))
		return;
	broker_begin(broker);
	if (core.current == context)
		show(broker, broker->epoch);
}

void broker_forget(struct broker *broker)
{
	if (broker->service.context.state != CONTEXT_OFF)
		broker_begin(broker);
}

/* ---- time ---- */

/* This is never inline: each notice to a broker would save registers for it. */
static __attribute__((noinline)) void set_timer(const struct partition *partition)
{
	uint64_t first = TIMER_NEVER;

	for (uint32_t i = 0; i < partition->end_count; i++)
		if (partition->brokers[i].due < first)
			first = partition->brokers[i].due;
	timer_set_for(TIMER_BROKER, partition, first);
}

/* Notes when the broker wants to look again. Most brokers never want that. */
static void look_again(struct broker *broker, uint64_t due)
{
	if (broker->due == due)
		return;
	broker->due = due;
	set_timer(broker->partition);
}

void broker_go_on_at(struct broker *broker, uint64_t at)
{
	show(broker, 0);
	look_again(broker, at);
}

static void wait_for_budget(struct broker *broker)
{
	broker->due = broker_payer(broker)->run.budget.next;
	set_timer(broker->partition);
}

void broker_stop(struct broker *broker)
{
	show(broker, 0);
	wait_for_budget(broker);
	sched_block(&broker->service.context, CONTEXT_EXHAUSTED);
}

/* The same: most brokers have no limit. */
static __attribute__((noinline)) uint64_t limited_until(struct broker *broker)
{
	const uint64_t now = timer_now();
	uint64_t until;

	account_so_far(now); /* this may stop the running broker */
	until = promise_until(broker_payer(broker), now);
	if (until == 0)
		wait_for_budget(broker);
	return until;
}

/* Returns until when the broker may take queues. 0: little is left of the limit that pays for the
 * broker, which waits for the next period. */
static inline uint64_t paid_until(struct broker *broker)
{
	if ((broker_payer(broker)->run.promised & PROMISE_LIMIT) == 0)
		return TIMER_NEVER;
	return limited_until(broker);
}

/* ---- work ---- */

_Static_assert((CHANNEL_WORK_UNTIL & SERVICE_EVENT_NEED) == 0,
               "sched.c looks for that event in x0");

/* Gives the broker all work that was left for it, as the results of its SERVICE_REST. */
static void give(struct broker *broker, uint64_t until)
{
	struct end *end = end_of(broker);
	uint64_t *x = broker->service.context.x;

	x[0] = __atomic_exchange_n(&end->work, 0, __ATOMIC_SEQ_CST);
	if (until != TIMER_NEVER) {
		x[0] |= CHANNEL_WORK_UNTIL;
		x[3] = until;
	}
	if ((x[0] & CHANNEL_WORK_REQUEST) == 0)
		return;
	if (__atomic_load_n(&end->request.state, __ATOMIC_SEQ_CST) != END_ASKED) {
		x[0] &= ~(uint64_t)CHANNEL_WORK_REQUEST;
		return;
	}
	__atomic_store_n(&end->request.state, END_TAKEN, __ATOMIC_SEQ_CST);
	x[1] = end->request.what;
	x[2] = end->request.value;
}

void broker_wake(struct broker *broker)
{
	struct context *context = &broker->service.context;
	uint64_t until;

	if (service_is_failed(&broker->service))
		return;
	until = paid_until(broker);
	if (until == 0)
		return;
	if (context->state == CONTEXT_OFF) {
		broker_begin(broker);
		return;
	}
	if (context->state == CONTEXT_BLOCKED)
		give(broker, until);
	sched_ready(context);
}

void broker_due(struct partition *partition)
{
	const uint64_t now = timer_now();

	for (uint32_t i = 0; i < partition->end_count; i++) {
		struct broker *broker = &partition->brokers[i];

		if (broker->due > now)
			continue;
		broker->due = TIMER_NEVER;
		if (service_is_failed(&broker->service)) {
			(void)service_go_on(&broker->service);
			continue;
		}
		leave_work(broker, CHANNEL_WORK_QUEUE);
		broker_wake(broker);
	}
	set_timer(partition);
}

/* ---- its calls ---- */

bool broker_rest(struct broker *broker)
{
	uint64_t *x = broker->service.context.x;

	x[0] = end_signal_places(broker->channel, x[0], END_QUEUES);
	if (x[0] != 0)
		return false;
	x[1] = end_signal_places(broker->channel, x[1], END_LOOK);
	if (x[1] != 0)
		return false;
	look_again(broker, x[2]);
	if (__atomic_load_n(&end_of(broker)->work, __ATOMIC_SEQ_CST) != 0) {
		uint64_t until = paid_until(broker);

		if (until != 0) {
			give(broker, until);
			return true;
		}
	}
	show(broker, 0);
	sched_block(&broker->service.context, CONTEXT_BLOCKED);
	return true;
}

bool broker_changed(struct broker *broker)
{
	uint64_t *x = broker->service.context.x;

	x[0] = end_signal_places(broker->channel, x[0], END_CHANGED);
	return x[0] == 0;
}

void broker_answer(struct broker *broker, uint64_t value)
{
	struct end_request *request = &end_of(broker)->request;

	if (__atomic_load_n(&request->state, __ATOMIC_SEQ_CST) != END_TAKEN)
		return; /* the guest has begun anew meanwhile */
	request->value = value;
	__atomic_store_n(&request->state, END_ANSWERED, __ATOMIC_SEQ_CST);
}
