/* A new version of the counting server, with another record. counter_fault is its fault. */
#include <replace/counter.h>
#include <rtos/heir.h>
#include <rtos/sys.h>

#define NEW_SERVES 20 /* calls of a version that faults afterwards */

static struct counter_new state;
static struct counter_old before;
static struct heir heir;

static void new_fault(void)
{
	__asm__ volatile("udf #0");
}

static void new_convert(const void *from, void *to)
{
	const struct counter_old *old = from;
	struct counter_new *new = to;

	new->sum = 0;
	for (uint32_t i = 0; i < COUNTERS; i++) {
		new->value[i].low = (uint32_t)old->value[i];
		new->value[i].high = (uint32_t)(old->value[i] >> 32);
		new->sum += old->value[i];
		if (counter_fault == FAULT_CONVERT && i == COUNTERS / 2)
			new_fault();
	}
	new->journal = old->journal;
	while (counter_fault == FAULT_LOOP)
		__asm__ volatile("nop");
	while (counter_fault == FAULT_WAIT)
		sys_sleep(1000);
}

static uint64_t new_value(const struct counter_new *new, uint64_t counter)
{
	return (uint64_t) new->value[counter].high << 32 | new->value[counter].low;
}

static void new_back(const void *from, void *to)
{
	const struct counter_new *new = from;
	struct counter_old *old = to;

	for (uint32_t i = 0; i < COUNTERS; i++)
		old->value[i] = new_value(new, i);
	old->journal = new->journal;
}

static bool new_probe(const void *of)
{
	const struct counter_new *new = of;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < COUNTERS; i++)
		sum += new_value(new, i);
	return sum == new->sum &&counter_fault != FAULT_PROBE;
}

static const struct heir_of new_of = {
    .version = COUNTER_NEW_VERSION,
    .size = sizeof(state),
    .old_version = COUNTER_OLD_VERSION,
    .old_size = sizeof(before),
    .old = &before,
    .convert = new_convert,
    .back = new_back,
    .probe = new_probe,
};

static void new_add(struct sys_message *message)
{
	static uint32_t served;
	const uint64_t counter = message->word[1];
	uint64_t value = new_value(&state, counter);

	if (!journal_find(&state.journal, message->identity, &value)) {
		state.value[counter].low = (uint32_t)(value + 1);
		state.value[counter].high = (uint32_t)((value + 1) >> 32);
		state.sum++;
		journal_note(&state.journal, message->identity, value);
		heir_write(&heir, &state);
	}
	if (counter_fault == FAULT_AFTER && ++served > NEW_SERVES)
		new_fault();
	message->word[1] = value;
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	if (counter_fault == FAULT_START)
		new_fault();
	(void)heir_begin(&heir, &new_of, &state);
	journal_begin(&state.journal);
	for (;;) {
		if (sys_reply_wait(port, &message, 0) != RTOS_OK)
			continue;
		if (message.word[0] == COUNTER_ADD && message.word[1] < COUNTERS)
			new_add(&message);
		else
			message.word[1] = COUNTER_NEW_VERSION;
	}
}
