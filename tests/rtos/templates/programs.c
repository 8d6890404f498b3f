/* See programs.h. */
#include <lib/string.h>
#include <templates/programs.h>

static enum supervisor_answer programs_ask(uint64_t word[RTOS_WORDS])
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle;

	if (sys_call(port, word, 0) != RTOS_OK)
		return SUPERVISOR_BAD;
	return (enum supervisor_answer)word[0];
}

uint64_t programs_find(const char *name)
{
	uint64_t wanted = 0, number = 0;

	memcpy(&wanted, name, string_length(name));
	for (; number < 64; number++) {
		uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, number};

		if (programs_ask(word) == SUPERVISOR_OK && word[5] == wanted)
			break;
	}
	return number;
}

uint64_t programs_starts(uint64_t number)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, number};

	return programs_ask(word) == SUPERVISOR_OK ? word[3] : 0;
}

enum supervisor_answer programs_restart(uint64_t number)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, number, SUPERVISOR_DO_RESTART};

	return programs_ask(word);
}

enum supervisor_answer programs_start(uint64_t number)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, number, SUPERVISOR_DO_START};

	return programs_ask(word);
}

enum supervisor_answer programs_stop(uint64_t number)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_COMMAND, number, SUPERVISOR_DO_STOP};

	return programs_ask(word);
}

struct programs_memory programs_memory(void)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_MEMORY};

	(void)programs_ask(word);
	return (struct programs_memory){.pages = word[1], .handles = word[3]};
}
