/* See say.h. */
#include "say.h"
#include "tell.h"

void say_of(const struct children *all, uint32_t number, const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, child_name(all, number));
	text_add(&text, what);
	tell_say(&text);
}

void say_number(const struct children *all, uint32_t number, const char *what, uint64_t value)
{
	struct text text = {.length = 0};

	text_add(&text, child_name(all, number));
	text_add(&text, what);
	text_number(&text, value);
	tell_say(&text);
}

/* ESR, FAR and PC of a fault are for readers of the manuals. */
void say_end(const struct children *all, uint32_t number, const uint64_t state[5])
{
	struct text text = {.length = 0};

	if (state[0] == RTOS_PROCESS_EXITED) {
		say_number(all, number, " exited with ", state[2]);
		return;
	}
	if (state[0] == RTOS_PROCESS_KILLED) {
		say_of(all, number, " was killed");
		return;
	}
	text_add(&text, child_name(all, number));
	text_add(&text,
	         state[0] == RTOS_PROCESS_BROKE ? " broke a rule: status " : " faulted: syndrome ");
	text_hex(&text, state[2]);
	text_add(&text, state[0] == RTOS_PROCESS_BROKE ? ", call " : ", address ");
	text_hex(&text, state[3]);
	text_add(&text, ", at ");
	text_hex(&text, state[4]);
	tell_say(&text);
}
