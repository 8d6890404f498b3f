/* The RAM file system's server: takes calls, and cleans up between them. */
#include "check.h"
#include "inode.h"
#include "operate.h"
#include <rtos/buffer.h>
#include <rtos/console.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

#define MAIN_QUIET_MS 1 /* time without a call, before it does a piece of the work that is left */

static struct ramfs main_fs;
static struct buffers main_buffers;

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
	const struct buffer *buffer = buffer_of(&main_buffers, message->badge);
	struct ramfs_call call = {.identity = message->identity,
	                          .deliveries = message->deliveries,
	                          .buffer = buffer->bytes,
	                          .buffer_size = buffer->size};

	main_copy(call.word, message->word);
	operate(&main_fs, &call);
	/* The call may have come damaged. Then the kernel delivers it once more. */
	if (operate_is_doubtful(&call) && sys_again(message->identity, message->token) == RTOS_OK)
		message->identity = 0;
	else
		main_copy(message->word, call.word);
}

/* ---- the probe ---- */

/* Whether the root is a directory, and its own directory. */
static bool main_finds_root(void)
{
	struct ramfs_call call = {.word = {FS_CALL(FS_STATE, FS_ROOT)}};

	operate(&main_fs, &call);
	return call.word[0] == FS_OK && call.word[1] == FS_DIRECTORY && call.word[3] == FS_ROOT;
}

static __attribute__((noinline)) void main_probe(struct sys_message *message)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	if (ramfs_check(&main_fs, (void *)keep->address, keep->size))
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, main_finds_root() ? PROBE_RIGHT : PROBE_WRONG);
}

/* ---- start ---- */

/* Ends the server. The manifest's levels wipe a damaged file system; the server doesn't. */
static _Noreturn void main_refuse(const char *wrong)
{
	struct text text = {.length = 0};

	text_add(&text, "ramfs: what it kept is damaged: ");
	text_add(&text, wrong);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

/* Begins, and returns the server's port. */
static rtos_handle_t main_begin(void)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const char *wrong = "there is no memory";

	main_buffers.port = port->name;
	if (!keep || ramfs_open(&main_fs, (void *)keep->address, keep->size, (uint32_t)sys_now(),
	                        &wrong) == RAMFS_DAMAGED)
		main_refuse(wrong);
	return port->handle;
}

static __attribute__((noinline)) uint64_t main_quiet(void)
{
	return sys_now() + sys_ticks(MAIN_QUIET_MS);
}

int main(void)
{
	struct sys_message message = {.identity = 0};
	const rtos_handle_t port = main_begin();
	uint64_t beat = 0, until = main_quiet();

	sys_well();
	for (;;) {
		const enum rtos_status status = sys_reply_wait(port, &message, until);

		sys_beat_when_due(&beat);
		if (status == RTOS_OK && probe_asks(&message))
			main_probe(&message);
		else if (status == RTOS_OK)
			main_serve(&message);
		else if (main_fs.unfinished)
			inode_finish_some(&main_fs);
		until = main_fs.unfinished ? main_quiet() : beat;
	}
}
