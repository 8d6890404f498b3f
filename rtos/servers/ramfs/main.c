/* The RAM file system's server: takes calls, and cleans up between them. */
#include "check.h"
#include "inode.h"
#include "operate.h"
#include <lib/crc32c.h>
#include <rtos/buffer.h>
#include <rtos/console.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

#define MAIN_QUIET_MS 1 /* time without a call, before it does a piece of the work that is left */

static struct ramfs main_fs;
static struct buffers main_buffers;
static uint32_t main_text; /* main_sum() at the start */

extern const uint8_t sys_text[], sys_text_end[]; /* of program.ld */

/* ---- its end ---- */

/* Ends the server. The manifest's levels wipe a damaged file system; the server doesn't. */
static _Noreturn void main_refuse(const char *what, const char *wrong)
{
	struct text text = {.length = 0};

	text_add(&text, "ramfs: ");
	text_add(&text, what);
	text_add(&text, wrong);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

/* ---- calls ---- */

static inline void main_operate(struct ramfs_call *call)
{
	const struct buffer *buffer = buffer_of(&main_buffers, call->message.badge);

	call->partly = false;
	call->complains = false;
	call->buffer = buffer->bytes;
	call->buffer_size = buffer->size;
	operate(&main_fs, call);
}

/* The sum of text and constants, which nobody writes. */
static uint32_t main_sum(void)
{
	return crc32c(0, sys_text, (size_t)(sys_text_end - sys_text));
}

/* The call comes to the next process, which has a new copy of all this. */
static void main_need_soundness(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);

	if (main_sum() != main_text ||
	    !ramfs_is_as_made(&main_fs, (void *)keep->address, keep->size))
		main_refuse("its text or variables are damaged", "; it begins again");
}

/* The call may have come damaged: then the kernel delivers it once more. Or this process is
 * damaged: then a call that failed twice is carried out without what main() has in registers. */
static __attribute__((noinline)) void main_doubt(struct ramfs_call *call, uint64_t asked)
{
	if (call->complains)
		main_need_soundness();
	if (sys_again(call->message.identity, call->message.token) == RTOS_OK) {
		call->message.identity = 0;
	} else if (call->message.word[0] != FS_OK) {
		main_need_soundness();
		call->message.word[0] = asked;
		main_operate(call);
	}
}

static void main_serve(struct ramfs_call *call)
{
	const uint64_t asked = call->message.word[0];

	main_operate(call);
	if (operate_is_doubtful(call))
		main_doubt(call, asked);
}

/* ---- the probe ---- */

/* Whether the root is a directory, and its own directory. */
static bool main_finds_root(void)
{
	struct ramfs_call call = {.message.word = {FS_CALL(FS_STATE, FS_ROOT)}};
	const uint64_t *word = call.message.word;

	operate(&main_fs, &call);
	return word[0] == FS_OK && word[1] == FS_DIRECTORY && word[3] == FS_ROOT;
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

/* Begins, and returns the server's port. */
static rtos_handle_t main_begin(void)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	const char *wrong = "there is no memory";

	main_buffers.port = port->name;
	if (!keep || ramfs_open(&main_fs, (void *)keep->address, keep->size, (uint32_t)sys_now(),
	                        &wrong) == RAMFS_DAMAGED)
		main_refuse("what it kept is damaged: ", wrong);
	main_fs.compares = !sys_given(RTOS_GIVEN_NO_SUMS, NULL, 0);
	main_text = main_sum();
	return port->handle;
}

static __attribute__((noinline)) uint64_t main_quiet(void)
{
	return sys_now() + sys_ticks(MAIN_QUIET_MS);
}

int main(void)
{
	struct ramfs_call call = {.buffer = NULL};
	const rtos_handle_t port = main_begin();
	uint64_t beat = 0, until = main_quiet();

	sys_well();
	for (;;) {
		const enum rtos_status status = sys_reply_wait(port, &call.message, until);

		sys_beat_when_due(&beat);
		if (status == RTOS_OK && probe_asks(&call.message))
			main_probe(&call.message);
		else if (status == RTOS_OK)
			main_serve(&call);
		else if (main_fs.unfinished)
			inode_finish_some(&main_fs);
		until = main_fs.unfinished ? main_quiet() : beat;
	}
}
