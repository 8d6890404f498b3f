/*
 * The loader. It reads and checks a file, has the supervisor make the process of a slot, lays the
 * file out in that process, answers, and makes the first thread. A call that isn't answered comes
 * again, and an answered call never does. So the loader answers before it makes the thread. If it
 * ends in between, the supervisor keeps the answer's promise (supervisor/slot.h). The loader keeps
 * nothing, and has one call at a time. It parses files of any origin, so it has power only over the
 * processes of its slots and over the versions that it lays out.
 */
#include "layout.h"
#include "request.h"
#include <kumiki/rtos/manifest.h>
#include <proto/supervisor.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

#define MAIN_WINDOW 0x6200000000ULL /* where the pages with the arguments are lent */
#define MAIN_HEAD   1024u /* bytes of a file that are read first: headers beyond them are refused */

static rtos_handle_t main_window;

/* The work for a request. */
struct work {
	struct request request;
	struct fs fs;
	struct elf elf;
	struct layout layout;
};

/* The caller's status for each finding in a file. */
static const enum loader_status main_found[ELF_STATUSES] = {
    [ELF_GOOD] = LOADER_OK,
    [ELF_NO_FILE] = LOADER_NOT_ELF,
    [ELF_OTHER_MACHINE] = LOADER_NOT_ELF,
    [ELF_ANY_ADDRESS] = LOADER_NOT_STATIC,
    [ELF_NOT_LINKED] = LOADER_NOT_ELF,
    [ELF_BAD_HEADERS] = LOADER_DAMAGED,
    [ELF_FAR_HEADERS] = LOADER_TOO_COMPLEX,
    [ELF_WANTS_LINKING] = LOADER_NOT_STATIC,
    [ELF_OUTSIDE] = LOADER_DAMAGED,
    [ELF_BAD_PLACE] = LOADER_BAD_PLACE,
    [ELF_BAD_RIGHTS] = LOADER_BAD_RIGHTS,
    [ELF_SAME_PAGE] = LOADER_BAD_PLACE,
    [ELF_TOO_MANY] = LOADER_TOO_COMPLEX,
    [ELF_BAD_ENTRY] = LOADER_BAD_ENTRY,
};

static enum loader_status main_read(const struct fs *fs, const char *path, uint64_t *id,
                                    struct elf *elf)
{
	struct fs_file file;
	uint32_t done = 0;

	if (fs_find(fs, path, &file) != FS_OK || file.type != FS_FILE ||
	    fs_read(fs, file.id, 0, MAIN_HEAD, &done) != FS_OK)
		return LOADER_NO_FILE;
	*id = file.id;
	return main_found[elf_read(fs->buffer, done, file.size, elf)];
}

static enum loader_status main_answer(uint64_t answer)
{
	switch (answer) {
	case SUPERVISOR_OK:
		return LOADER_OK;
	case SUPERVISOR_BUSY:
		return LOADER_BUSY;
	case SUPERVISOR_NO_SERVER:
		return LOADER_NO_PROGRAM;
	case SUPERVISOR_NO_ROOM:
		return LOADER_TOO_LARGE;
	default:
		return LOADER_DENIED;
	}
}

/* Asks the supervisor for the process. `word` gets the words of its answer (SUPERVISOR_LOAD,
 * SUPERVISOR_STORE). */
static enum loader_status main_process(struct work *work, uint64_t word[RTOS_WORDS])
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;
	uint64_t payload = RTOS_ANSWER_HANDLE;

	word[0] = work->request.lays ? SUPERVISOR_STORE : SUPERVISOR_LOAD;
	word[1] = work->request.slot;
	word[2] = work->request.badge;
	word[3] = work->request.identity;
	word[4] = elf_pages(&work->elf);
	word[5] = work->elf.entry;
	word[6] = elf_variables(&work->elf);
	if (sys_call_with(port, word, &payload, 0) != RTOS_OK)
		return LOADER_DENIED;
	work->layout.process = RTOS_PAYLOAD_NUMBER(payload);
	work->layout.thread = word[4];
	work->layout.stack_size = word[5];
	return main_answer(word[0]);
}

static enum loader_status main_lay_out(struct work *work, uint64_t word[RTOS_WORDS])
{
	enum loader_status status = main_process(work, word);

	if (status != LOADER_OK)
		return status;
	status = layout_place(&work->layout);
	if (status != LOADER_OK)
		(void)sys_do(RTOS_PROCESS_KILL, work->layout.process, 0, 0, 0, 0, 0, NULL);
	return status;
}

static enum loader_status main_load(struct work *work, uint64_t word[RTOS_WORDS])
{
	const char *path = work->request.path;
	enum loader_status status;

	work->layout = (struct layout){.fs = &work->fs,
	                               .elf = &work->elf,
	                               .arguments = work->request.arguments,
	                               .argument_bytes = work->request.bytes,
	                               .argument_count = work->request.count};
	if (!fs_open_for(&work->fs, &path) || work->fs.buffer_size < MAIN_HEAD)
		return LOADER_NO_FILE;
	status = main_read(&work->fs, path, &work->layout.file, &work->elf);
	return status == LOADER_OK ? main_lay_out(work, word) : status;
}

/* Serves a request. The answer comes before the thread: an answered call never comes again, so its
 * program is started once. LOADER_LAY only lays a version out, without a thread. */
static void main_run(struct work *work, struct sys_message *message)
{
	message->word[0] = main_load(work, message->word);
	if (message->word[0] == LOADER_OK) {
		(void)sys_reply(message);
		message->identity = 0;
		if (!work->request.lays)
			layout_run(&work->layout);
	}
	if (work->layout.process != 0)
		(void)sys_do(RTOS_HANDLE_CLOSE, work->layout.process, 0, 0, 0, 0, 0, NULL);
}

static void main_serve(struct work *work, struct sys_message *message)
{
	const bool lends = RTOS_PAYLOAD_KIND(message->payload) == RTOS_PAYLOAD_LENDS;

	if (!request_take(&work->request, message->word,
	                  lends ? (const char *)MAIN_WINDOW : NULL)) {
		message->word[0] = LOADER_BAD;
		return;
	}
	work->request.badge = message->badge;
	work->request.identity = message->identity;
	main_run(work, message);
}

/* Without its window it could take no arguments. Between two calls it has no other state. */
static bool main_is_sound(void)
{
	uint64_t kind = 0;

	return sys_do(RTOS_HANDLE_INFO, main_window, 0, 0, 0, 0, 0, &kind) == RTOS_OK &&
	       kind == RTOS_KIND_WINDOW;
}

/* What isn't an ELF file is found to be none, too. */
static void main_probe(struct work *work, struct sys_message *message)
{
	const bool right =
	    request_is_right(&work->request) &&
	    main_found[elf_read(work->request.path, LOADER_PATH, LOADER_PATH, &work->elf)] ==
	        LOADER_NOT_ELF;

	if (!main_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, right ? PROBE_RIGHT : PROBE_WRONG);
}

int main(void)
{
	static struct work work;
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};
	uint64_t window = 0, beat = 0;

	if (sys_do(RTOS_WINDOW_CREATE, 0, MAIN_WINDOW, 1, 0, 0, 0, &window) != RTOS_OK)
		return 1;
	main_window = (rtos_handle_t)window;
	sys_well();
	for (;;) {
		const enum rtos_status status = sys_reply_wait_with(
		    port->handle, &message, RTOS_ACCEPT_PAGES(main_window), beat);

		sys_beat_when_due(&beat);
		if (status == RTOS_OK && probe_asks(&message))
			main_probe(&work, &message);
		else if (status == RTOS_OK)
			main_serve(&work, &message);
	}
}
