/* The RAM file system's server: takes calls, finds their callers' buffers, and keeps nothing else.
 */
#include "check.h"
#include "operate.h"
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/sys.h>

#define MAIN_CALLERS 65 /* badges: numbers of programs plus 1 */

struct main_buffer {
	uint8_t *bytes; /* NULL: it has none */
	uint64_t size;
	bool known;
};

static struct ramfs main_fs;
static struct main_buffer main_buffers[MAIN_CALLERS];
static const struct rtos_given *main_port;
static uint64_t main_next_beat; /* 0: none is expected */

/* ---- buffers ---- */

/* "PORT-PROGRAM", a window of the manifest. */
static const struct rtos_given *main_window(const uint64_t program[2])
{
	struct text name = {.length = 0};
	char owner[17];

	memcpy(owner, program, 16);
	owner[16] = '\0';
	text_add(&name, main_port->name);
	text_add(&name, "-");
	text_add(&name, owner);
	name.bytes[name.length] = '\0';
	return sys_given(RTOS_GIVEN_WINDOW, name.bytes, 0);
}

/* Asked once for each caller: the supervisor alone knows which program a badge stands for. */
static void main_find_buffer(uint64_t badge)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, badge - 1};
	const struct rtos_given *window = NULL;

	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK &&
	    word[0] == SUPERVISOR_OK)
		window = main_window(&word[5]);
	main_buffers[badge] = (struct main_buffer){.known = true};
	if (window) {
		main_buffers[badge].bytes = (uint8_t *)window->address;
		main_buffers[badge].size = window->size;
	}
}

static const struct main_buffer *main_buffer(uint64_t badge)
{
	if (badge >= MAIN_CALLERS)
		badge = 0;
	if (badge != 0 && !main_buffers[badge].known)
		main_find_buffer(badge);
	return &main_buffers[badge];
}

/* ---- calls ---- */

static inline void main_copy(uint64_t to[RTOS_WORDS], const uint64_t from[RTOS_WORDS])
{
	const uint64_t a = from[0], b = from[1], c = from[2], d = from[3];
	const uint64_t e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a, to[1] = b, to[2] = c, to[3] = d;
	to[4] = e, to[5] = f, to[6] = g, to[7] = h;
}

static void main_serve(struct sys_message *message)
{
	const struct main_buffer *buffer = main_buffer(message->badge);
	struct ramfs_call call = {.identity = message->identity,
	                          .deliveries = message->deliveries,
	                          .buffer = buffer->bytes,
	                          .buffer_size = buffer->size};

	main_copy(call.word, message->word);
	operate(&main_fs, &call);
	main_copy(message->word, call.word);
}

/* ---- heartbeat ---- */

/* Twice in its time, and not at each call. */
static void main_beat(void)
{
	if (main_next_beat == 0 || sys_now() < main_next_beat)
		return;
	sys_beat();
	main_next_beat = sys_now() + sys_ticks(sys_program->heartbeat_ms) / 2;
}

/* ---- start ---- */

/* What can't be relied on is wiped by the manifest's levels, not by who stumbles over it. */
static _Noreturn void main_refuse(const char *wrong)
{
	struct text text = {.length = 0};

	text_add(&text, "ramfs: what it kept is damaged: ");
	text_add(&text, wrong);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

static void main_begin(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const char *wrong = "there is no memory";

	main_port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	if (!keep || ramfs_open(&main_fs, (void *)keep->address, keep->size, (uint32_t)sys_now(),
	                        &wrong) == RAMFS_DAMAGED)
		main_refuse(wrong);
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	main_begin();
	main_next_beat = sys_program->heartbeat_ms != 0 ? sys_now() : 0;
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait(main_port->handle, &message, main_next_beat);

		main_beat();
		if (status == RTOS_OK)
			main_serve(&message);
	}
}
