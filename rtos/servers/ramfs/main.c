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

/* A call as it comes, and on its way through: its words stay where they are. */
union main_call {
	struct sys_message message;
	struct ramfs_call call;
};
_Static_assert(offsetof(struct ramfs_call, badge) == offsetof(struct sys_message, badge) &&
                   offsetof(struct ramfs_call, deliveries) ==
                       offsetof(struct sys_message, deliveries) &&
                   offsetof(struct ramfs_call, identity) ==
                       offsetof(struct sys_message, identity) &&
                   offsetof(struct ramfs_call, partly) == sizeof(struct sys_message),
               "a call begins as a message");

static inline void main_operate(union main_call *it)
{
	const struct buffer *buffer = buffer_of(&main_buffers, it->message.badge);

	it->call.partly = false;
	it->call.complains = false;
	it->call.buffer = buffer->bytes;
	it->call.buffer_size = buffer->size;
	operate(&main_fs, &it->call);
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
static __attribute__((noinline)) void main_doubt(union main_call *it, uint64_t asked)
{
	if (it->call.complains)
		main_need_soundness();
	if (sys_again(it->message.identity, it->message.token) == RTOS_OK) {
		it->message.identity = 0;
	} else if (it->call.word[0] != FS_OK) {
		main_need_soundness();
		it->call.word[0] = asked;
		main_operate(it);
	}
}

static void main_serve(union main_call *it)
{
	const uint64_t asked = it->message.word[0];

	main_operate(it);
	if (operate_is_doubtful(&it->call))
		main_doubt(it, asked);
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
	union main_call it = {.message = {.identity = 0}};
	const rtos_handle_t port = main_begin();
	uint64_t beat = 0, until = main_quiet();

	sys_well();
	for (;;) {
		const enum rtos_status status = sys_reply_wait(port, &it.message, until);

		sys_beat_when_due(&beat);
		if (status == RTOS_OK && probe_asks(&it.message))
			main_probe(&it.message);
		else if (status == RTOS_OK)
			main_serve(&it);
		else if (main_fs.unfinished)
			inode_finish_some(&main_fs);
		until = main_fs.unfinished ? main_quiet() : beat;
	}
}
