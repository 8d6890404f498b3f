/* See rtos/buffer.h. */
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/buffer.h>

static const struct rtos_given *buffer_window(const char *port, const char *program)
{
	const size_t length = string_length(port), own = string_length(program);
	char name[RTOS_GIVEN_NAME] = "";

	if (length + 1 + own >= sizeof(name))
		return NULL;
	memcpy(name, port, length);
	name[length] = '-';
	memcpy(name + length + 1, program, own);
	return sys_given(RTOS_GIVEN_WINDOW, name, 0);
}

const struct rtos_given *buffer_own(const char *port)
{
	return buffer_window(port, sys_program->name);
}

void buffer_ask(struct buffers *buffers, uint64_t badge)
{
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_STATE, badge - 1};
	const struct rtos_given *window = NULL;
	char program[RTOS_NAME_SIZE + 1] = "";

	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) == RTOS_OK &&
	    word[0] == SUPERVISOR_OK) {
		memcpy(program, &word[5], RTOS_NAME_SIZE);
		window = buffer_window(buffers->port, program);
	}
	buffers->of[badge] = (struct buffer){.known = true};
	if (window) {
		buffers->of[badge].bytes = (uint8_t *)window->address;
		buffers->of[badge].size = window->size;
	}
}
