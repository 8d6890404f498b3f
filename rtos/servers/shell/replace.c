/* See commands.h. */
#include "commands.h"
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/heir.h>
#include <rtos/run.h>
#include <rtos/sys.h>

static void replace_say(const char *what, const char *why)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	text_add(&text, ": ");
	text_add(&text, why);
	text_add(&text, "\n");
	(void)console_print(&text);
}

static const char *replace_laid_text(enum loader_status status)
{
	switch (status) {
	case LOADER_DENIED:
		return "the loader may not lay out versions: the manifest gives it no slot";
	case LOADER_BUSY:
		return "another program is being replaced; try again when that is done";
	case LOADER_TOO_LARGE:
		return "it is larger than the program's kumiki,memory, or no memory is free";
	default:
		return run_status_text(status);
	}
}

static const char *replace_exit_text(uint64_t value)
{
	switch (value) {
	case HEIR_NO_MEMORY:
		return "its kumiki,keep is too small for the new version's record; the boot "
		       "image's version serves again";
	case HEIR_NO_RECORD:
		return "the new version can't read this record; the boot image's version serves "
		       "again";
	case HEIR_NO_PROBE:
		return "the new version's probe failed; the boot image's version serves again";
	default:
		return "the new version exited; the boot image's version serves again";
	}
}

static const char *replace_failed_text(const uint64_t word[RTOS_WORDS])
{
	switch (word[1]) {
	case RTOS_PROCESS_EXITED:
		return replace_exit_text(word[2]);
	case RTOS_PROCESS_KILLED:
		return "the new version didn't say within a second that it is well; the boot "
		       "image's version serves again";
	default:
		return "the new version crashed; the boot image's version serves again";
	}
}

static const char *replace_text(const uint64_t word[RTOS_WORDS])
{
	static const char *const texts[] = {
	    [SUPERVISOR_BAD] = "it can't be replaced",
	    [SUPERVISOR_DENIED] = "the manifest doesn't let the shell manage that program",
	    [SUPERVISOR_BUSY] = "another program is being replaced; try again when that is done",
	    [SUPERVISOR_NO_ROOM] =
	        "there is no memory for a second process; 'mem' tells how much is free",
	    [SUPERVISOR_ELSEWHERE] = "it can't be replaced",
	    [SUPERVISOR_NO_SERVER] = "it offers no port, or it doesn't run",
	    [SUPERVISOR_NO_VERSION] = "what was laid out is gone; try again",
	    [SUPERVISOR_NOT_QUIET] =
	        "it computed on a call for a whole second, or ended; try again"};

	if (word[0] == SUPERVISOR_FAILED)
		return replace_failed_text(word);
	return word[0] < sizeof(texts) / sizeof(texts[0]) && texts[word[0]] ? texts[word[0]] : "?";
}

void replace_program(uint32_t program, const char *name, const char *path)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_REPLACE, program};
	const enum loader_status laid = run_lay(path, program);

	if (laid != LOADER_OK) {
		replace_say(laid == LOADER_NO_PROGRAM ? name : path, replace_laid_text(laid));
		return;
	}
	if (sys_call(port, word, 0) != RTOS_OK)
		word[0] = SUPERVISOR_BAD;
	if (word[0] != SUPERVISOR_OK)
		replace_say(name, replace_text(word));
}
