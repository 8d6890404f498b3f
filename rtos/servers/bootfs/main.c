/*
 * The boot file system's server. It shows a tar archive of the boot image, from the window "files"
 * (docs/reference/rtos-servers.md), and keeps nothing.
 */
#include "answer.h"
#include <proto/fs.h>
#include <rtos/buffer.h>
#include <rtos/console.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

static struct archive main_archive;
static struct buffers main_buffers;

/* Ends the server: a faulty archive isn't served at all. */
static _Noreturn void main_refuse(const char *wrong, uint32_t block)
{
	struct text text = {.length = 0};

	text_add(&text, "bootfs: at byte ");
	text_number(&text, (uint64_t)block * ARCHIVE_BLOCK);
	text_add(&text, " of the archive: ");
	text_add(&text, wrong);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

static void main_begin(void)
{
	const struct rtos_given *files = sys_given(RTOS_GIVEN_WINDOW, "files", 0);
	const char *wrong = "the manifest gives no window 'files'";
	uint32_t block = 0;

	if (files)
		wrong =
		    archive_open(&main_archive, (const void *)files->address, files->size, &block);
	if (wrong)
		main_refuse(wrong, block);
}

/* Checks that the archive is where it was, and that its root is a directory. */
static void main_probe(struct sys_message *message)
{
	const struct rtos_given *files = sys_given(RTOS_GIVEN_WINDOW, "files", 0);
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_STATE, FS_ROOT)};

	answer(&main_archive, word, NULL, 0);
	if (main_archive.bytes != (const void *)files->address ||
	    main_archive.blocks != files->size / ARCHIVE_BLOCK)
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, word[0] == FS_OK && word[1] == FS_DIRECTORY ? PROBE_RIGHT
		                                                                  : PROBE_WRONG);
}

int main(void)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};
	uint64_t beat = 0;

	main_begin();
	main_buffers.port = port->name;
	sys_well();
	for (;;) {
		const enum rtos_status status = sys_reply_wait(port->handle, &message, beat);

		sys_beat_when_due(&beat);
		if (status == RTOS_OK && probe_asks(&message)) {
			main_probe(&message);
		} else if (status == RTOS_OK) {
			const struct buffer *buffer = buffer_of(&main_buffers, message.badge);

			answer(&main_archive, message.word, buffer->bytes, buffer->size);
		}
	}
}
