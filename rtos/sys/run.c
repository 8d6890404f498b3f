/* See rtos/run.h. */
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/run.h>
#include <rtos/sys.h>

#define RUN_PAGE 0x6300000000ULL /* where the page to lend is mapped */

static rtos_handle_t run_page;

/* Makes the page when it is first needed. */
static bool run_have_page(void)
{
	uint64_t region = 0;

	if (run_page != 0)
		return true;
	if (sys_do(RTOS_REGION_CREATE, 0, 1, 0, 0, 0, 0, &region) != RTOS_OK)
		return false;
	if (sys_do(RTOS_MAP, (rtos_handle_t)region, RUN_PAGE, 0, 1,
	           RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL) != RTOS_OK) {
		(void)sys_do(RTOS_DESTROY, (rtos_handle_t)region, 0, 0, 0, 0, 0, NULL);
		return false;
	}
	run_page = (rtos_handle_t)region;
	return true;
}

/* Copies the arguments to the page. Returns their length, with their NULs. If they don't fit, this
 * is more than LOADER_ARGUMENTS. */
static size_t run_arguments(const char *const *arguments, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t size = string_length(arguments[i]) + 1;

		if (at + size > LOADER_ARGUMENTS)
			return LOADER_ARGUMENTS + 1;
		memcpy((char *)RUN_PAGE + at, arguments[i], size);
		at += size;
	}
	return at;
}

static enum loader_status run_call(uint64_t word[RTOS_WORDS], size_t bytes)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, "loader", 0);
	uint64_t payload = bytes == 0 ? 0 : RTOS_PAYLOAD_LEND(run_page, 0, 1);

	if (!port || sys_call_anew_with(port->handle, word, &payload, 0) != RTOS_OK)
		return LOADER_NO_SERVER;
	return (enum loader_status)word[0];
}

enum loader_status run_start(const char *path, const char *const *arguments, size_t count,
                             uint32_t slot, struct run *run)
{
	const size_t length = string_length(path);
	uint64_t word[RTOS_WORDS] = {LOADER_RUN};
	enum loader_status status;
	size_t bytes = 0;

	if (length >= LOADER_PATH || (count != 0 && !run_have_page()))
		return LOADER_BAD;
	if (count != 0)
		bytes = run_arguments(arguments, count);
	if (bytes > LOADER_ARGUMENTS)
		return LOADER_BAD;
	memcpy(&word[2], path, length);
	word[1] = LOADER_WHAT(slot, bytes);
	status = run_call(word, bytes);
	*run = (struct run){(uint32_t)word[1], word[2]};
	return status;
}

enum loader_status run_lay(const char *path, uint32_t program)
{
	const size_t length = string_length(path);
	uint64_t word[RTOS_WORDS] = {LOADER_LAY, LOADER_WHAT(program, 0)};

	if (length >= LOADER_PATH)
		return LOADER_BAD;
	memcpy(&word[2], path, length);
	return run_call(word, 0);
}

bool run_wait(const struct run *run, bool waits, struct run_end *end)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_WAIT, run->program, run->start, !waits};
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;

	if (sys_call(port, word, 0) != RTOS_OK || word[0] != SUPERVISOR_OK)
		return false;
	*end = (struct run_end){word[1], word[2], {word[3], word[4]}};
	return true;
}

const char *run_status_text(enum loader_status status)
{
	static const char *const texts[] = {
	    [LOADER_OK] = "done",
	    [LOADER_BAD] = "no such thing can be started",
	    [LOADER_DENIED] = "there is no slot for that",
	    [LOADER_BUSY] = "no slot is free",
	    [LOADER_NO_FILE] = "there is no such file",
	    [LOADER_NOT_ELF] = "that is no program for AArch64",
	    [LOADER_NOT_STATIC] = "it isn't linked statically, at fixed addresses",
	    [LOADER_DAMAGED] = "the file is damaged",
	    [LOADER_BAD_PLACE] = "it isn't linked for where programs are",
	    [LOADER_BAD_RIGHTS] = "a part of it is writable and executable",
	    [LOADER_BAD_ENTRY] = "it begins where it has no instructions",
	    [LOADER_TOO_COMPLEX] = "it has too many segments",
	    [LOADER_TOO_LARGE] = "the slot has too little memory for it",
	    [LOADER_NO_SERVER] = "the loader doesn't answer",
	    [LOADER_NO_PROGRAM] = "that program offers no port, or it doesn't run"};

	return (size_t)status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "?";
}
