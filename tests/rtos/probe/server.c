/* Obeys: see proto.h. */
#include <kumiki/rtos/manifest.h>
#include <probe/proto.h>
#include <rtos/keep.h>
#include <rtos/probe.h>

struct state {
	uint64_t count;
	uint64_t rotten;
};

static struct state server_state;
static struct keep server_keep;
static bool server_lies, server_faults;
static uint64_t server_probes;

static _Noreturn void server_run(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* As urgent as the server, and on another CPU if there is one. */
static void server_make_runner(void)
{
	static uint8_t stack[256] __attribute__((aligned(16)));

	(void)sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)server_run, (uint64_t)(stack + sizeof(stack)),
	             0, RTOS_THREAD(sys_program->priority - 1, sys_program->cpu, 0), 0, NULL);
}

static void server_obey(const struct sys_message *message)
{
	switch (message->word[0]) {
	case PROBED_COUNT:
		server_state.count++;
		keep_write_twice(&server_keep, &server_state);
		break;
	case PROBED_SPOIL:
		server_state.count += 1000;
		break;
	case PROBED_LIE:
		server_lies = true;
		break;
	case PROBED_FAULT:
		server_faults = true;
		break;
	case PROBED_ROT:
		server_state.rotten = 1;
		keep_write_twice(&server_keep, &server_state);
		break;
	case PROBED_SLEEP:
		sys_sleep(message->word[1]);
		break;
	case PROBED_RUN:
		server_make_runner();
		break;
	default:
		break;
	}
}

static void server_probe(struct sys_message *message)
{
	server_probes++;
	if (server_faults)
		*(volatile char *)RTOS_START_PAGE = 1; /* which is read-only */
	if (server_state.rotten != 0 || !keep_holds(&server_keep, &server_state))
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, server_lies ? PROBE_WRONG : PROBE_RIGHT);
}

static void server_serve(struct sys_message *message)
{
	server_obey(message);
	message->word[0] = 0;
	message->word[1] = sys_program->starts;
	message->word[2] = server_state.count;
	message->word[3] = server_probes;
}

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_OFFER, NULL, 0)->handle;
	struct sys_message message = {.identity = 0};

	(void)keep_open(&server_keep, (void *)sys_given(RTOS_GIVEN_KEEP, NULL, 0)->address,
	                &server_state, sizeof(server_state), 1);
	for (;;) {
		if (sys_reply_wait(port, &message, 0) != RTOS_OK)
			continue;
		if (probe_asks(&message))
			server_probe(&message);
		else
			server_serve(&message);
	}
}
