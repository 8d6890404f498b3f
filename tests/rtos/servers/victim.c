/* A server that crashes on demand: see proto.h. */
#include <rtos/keep.h>
#include <rtos/sys.h>
#include <servers/proto.h>

struct victim {
	uint64_t count;
	uint64_t last; /* identity of the last counted call: each counts once */
};

static struct victim victim;
static struct keep keep;

static void victim_count(const struct sys_message *message)
{
	if (victim.last == message->identity)
		return;
	victim.count++;
	victim.last = message->identity;
	keep_write(&keep, &victim);
}

static void victim_fault(void)
{
	__asm__ volatile("str xzr, [%0]" ::"r"(0x10UL) : "memory"); /* nothing is mapped there */
}

static void victim_obey(const struct sys_message *message)
{
	const bool first = message->deliveries == 0;

	if (message->word[0] == VICTIM_COUNT)
		victim_count(message);
	if (message->word[0] == VICTIM_DEADLY ||
	    (first && (message->word[0] == VICTIM_FAULT || message->word[0] == VICTIM_COUNT)))
		victim_fault();
	if (first && message->word[0] == VICTIM_EXIT)
		sys_exit(7);
	while (first && message->word[0] == VICTIM_HANG)
		__asm__ volatile("" ::: "memory");
	while (first && message->word[0] == VICTIM_SPIN)
		sys_beat();
	while (first && message->word[0] == VICTIM_BREAK)
		(void)sys_signal(99);
	while (first && message->word[0] == VICTIM_GREEDY)
		(void)sys_do(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0, NULL);
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, "victim", 0)->handle;
	struct sys_message message = {.identity = 0};

	(void)keep_open(&keep, (void *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address, &victim,
	                sizeof(victim), 1);
	for (;;) {
		const uint64_t half = sys_ticks(sys_program->heartbeat_ms) / 2;

		if (sys_reply_wait(port, &message, sys_now() + half) == RTOS_OK) {
			const bool loses =
			    message.word[0] == VICTIM_LOSE && message.deliveries == 0;

			victim_obey(&message);
			message.word[1]++;
			message.word[2] = sys_program->starts;
			message.word[3] = message.deliveries;
			message.word[4] = victim.count;
			message.identity = loses ? 0 : message.identity;
		}
		sys_beat();
	}
}
