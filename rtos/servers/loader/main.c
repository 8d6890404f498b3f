/*
 * The loader: reads and checks a file, has the supervisor make the process of a slot, and lays the
 * file out in it (docs/rtos/loading.md). It keeps nothing: what was started for a call is in the
 * supervisor's records.
 */
#include "layout.h"
#include <kumiki/rtos/manifest.h>
#include <kumiki/rtos/program.h>
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

#define MAIN_WINDOW 0x6200000000ULL /* where arguments are lent */

/* A request, copied before anything is decided on it. */
struct request {
	char path[LOADER_PATH];
	char arguments[LOADER_ARGUMENTS];
	uint32_t bytes, count, slot;
	uint64_t badge, identity;
};

static bool main_copy_arguments(struct request *request, uint64_t payload)
{
	if (request->bytes == 0)
		return true;
	if (RTOS_PAYLOAD_KIND(payload) != RTOS_PAYLOAD_LENDS || request->bytes > LOADER_ARGUMENTS)
		return false;
	memcpy(request->arguments, (const void *)MAIN_WINDOW, request->bytes);
	for (uint32_t i = 0; i < request->bytes; i++)
		request->count += request->arguments[i] == '\0';
	return request->arguments[request->bytes - 1] == '\0' &&
	       request->count <= RTOS_ARGUMENTS_MAX;
}

static bool main_copy(struct request *request, const struct sys_message *message)
{
	memcpy(request->path, &message->word[2], LOADER_PATH);
	request->slot = LOADER_WHAT_SLOT(message->word[1]);
	request->bytes = LOADER_WHAT_BYTES(message->word[1]);
	request->count = 0;
	request->badge = message->badge;
	request->identity = message->identity;
	return message->word[0] == LOADER_RUN && request->path[LOADER_PATH - 1] == '\0' &&
	       main_copy_arguments(request, message->payload);
}

static enum loader_status main_read(const struct fs *fs, const char *path, uint64_t *id,
                                    struct elf *elf)
{
	struct fs_file file;
	uint32_t done = 0;

	if (fs_find(fs, path, &file) != FS_OK || file.type != FS_FILE ||
	    fs_read(fs, file.id, 0, ELF_HEAD, &done) != FS_OK)
		return LOADER_NO_FILE;
	*id = file.id;
	return elf_read(fs->buffer, done, file.size, elf);
}

static enum loader_status main_answer(uint64_t answer)
{
	switch (answer) {
	case SUPERVISOR_OK:
		return LOADER_OK;
	case SUPERVISOR_BUSY:
		return LOADER_BUSY;
	case SUPERVISOR_NO_ROOM:
		return LOADER_TOO_LARGE;
	default:
		return LOADER_DENIED;
	}
}

/* Words of the answer: SUPERVISOR_LOAD's. */
static enum loader_status main_process(const struct request *request, const struct elf *elf,
                                       uint64_t word[RTOS_WORDS], rtos_handle_t *process)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;
	uint64_t payload = RTOS_ANSWER_HANDLE;

	word[0] = SUPERVISOR_LOAD;
	word[1] = request->slot;
	word[2] = request->badge;
	word[3] = request->identity;
	word[4] = elf_pages(elf);
	if (sys_call_with(port, word, &payload, 0) != RTOS_OK)
		return LOADER_DENIED;
	*process = RTOS_PAYLOAD_NUMBER(payload);
	return main_answer(word[0]);
}

static enum loader_status main_lay_out(const struct request *request, const struct fs *fs,
                                       uint64_t file, const struct elf *elf,
                                       uint64_t word[RTOS_WORDS])
{
	struct layout layout = {.fs = fs,
	                        .file = file,
	                        .elf = elf,
	                        .arguments = request->arguments,
	                        .argument_bytes = request->bytes,
	                        .argument_count = request->count};
	enum loader_status status = main_process(request, elf, word, &layout.process);

	if (status != LOADER_OK || layout.process == 0)
		return status; /* without a handle: it was started for this very call */
	layout.thread = word[4];
	layout.stack_size = word[5];
	status = layout_run(&layout);
	if (status != LOADER_OK)
		(void)sys_do(RTOS_PROCESS_KILL, layout.process, 0, 0, 0, 0, 0, NULL);
	(void)sys_do(RTOS_HANDLE_CLOSE, layout.process, 0, 0, 0, 0, 0, NULL);
	return status;
}

static enum loader_status main_run(const struct request *request, uint64_t word[RTOS_WORDS])
{
	const char *path = request->path;
	struct elf elf;
	struct fs fs;
	uint64_t file;
	enum loader_status status;

	if (!fs_open_for(&fs, &path) || fs.buffer_size < ELF_HEAD)
		return LOADER_NO_FILE;
	status = main_read(&fs, path, &file, &elf);
	return status == LOADER_OK ? main_lay_out(request, &fs, file, &elf, word) : status;
}

int main(void)
{
	static struct request request;
	const struct rtos_given *port = sys_given(RTOS_GIVEN_OFFER, NULL, 0);
	struct sys_message message = {.identity = 0};
	uint64_t window = 0, beat = 0;

	if (sys_do(RTOS_WINDOW_CREATE, 0, MAIN_WINDOW, 1, 0, 0, 0, &window) != RTOS_OK)
		return 1;
	for (;;) {
		const enum rtos_status status =
		    sys_reply_wait_with(port->handle, &message, RTOS_ACCEPT_PAGES(window), beat);

		sys_beat_when_due(&beat);
		if (status != RTOS_OK)
			continue;
		message.word[0] =
		    main_copy(&request, &message) ? main_run(&request, message.word) : LOADER_BAD;
	}
}
