/* See say.h. */
#include "say.h"
#include "tell.h"
#include <lib/rtosimage.h>
#include <rtos/sys.h>

void say_text(const struct children *all, uint32_t number, const struct text *what)
{
	struct text text = {.length = 0};

	text_add(&text, child_name(all, number));
	text_add_text(&text, what);
	tell_say(&text);
}

void say_of(const struct children *all, uint32_t number, const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	say_text(all, number, &text);
}

void say_number(const struct children *all, uint32_t number, const char *what, uint64_t value)
{
	struct text text = {.length = 0};

	text_add(&text, child_name(all, number));
	text_add(&text, what);
	text_number(&text, value);
	tell_say(&text);
}

void say_closed(const struct children *all, uint32_t number)
{
	const struct policy *policy = &all->child[number].policy;
	const uint64_t now = sys_milliseconds();
	struct text text = {.length = 0};

	if (policy->state != POLICY_PAUSES) {
		say_of(all, number,
		       policy->state == POLICY_GIVEN_UP ? " is given up" : " is stopped");
		return;
	}
	text_add(&text, child_name(all, number));
	text_add(&text, " is given up until the next try, in ");
	text_number(&text, policy->due > now ? policy->due - now : 0);
	text_add(&text, " ms");
	tell_say(&text);
}

void say_part(const struct children *all, const struct rtos_part *part)
{
	const uint32_t index = (uint32_t)(part - rtosimage_parts(all->image));
	struct text text = {.length = 0};
	const struct rtos_program *program;

	text_add(&text, "the boot image is damaged in part ");
	text_number(&text, index);
	for (uint32_t i = 0; i < all->image->program_count; i++) {
		program = &rtosimage_programs(all->image)[i];
		for (uint32_t j = 0; j < program->segment_count; j++)
			if (program->segment[j].part == index) {
				text_add(&text, ", of ");
				text_add(&text, program->name);
			}
	}
	text_add(&text, "; load the image again");
	tell_say(&text);
}

/* A fault's ESR, FAR and PC are for readers of the manuals. */
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
