/* See rtos/probe.h. */
#include <rtos/probe.h>

/* The declaration, as an ELF note; tools/rtos/probe.c reads it. */
static const struct {
	uint32_t name_size, size, type;
	char name[8];
} probe_note __attribute__((section(".note.kumiki"), used, aligned(4))) = {
    .name_size = sizeof("Kumiki"), .type = 1, .name = "Kumiki"};

void probe_answer(struct sys_message *message, enum probe_found found)
{
	message->word[0] = found;
	message->word[1] = PROBE_OF(message->word[1]);
}
