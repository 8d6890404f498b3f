/*
 * Provides a disk, or a part of it, to other partitions (docs/channels.md). It takes their requests
 * from the end of a channel, and has the disk's driver carry them out, one after the other. It
 * keeps nothing. When it ends, the next provider greets the channel anew, and the channel sends
 * each request without an answer again.
 */
#include "port.h"
#include <kumiki/rtos/note.h>
#include <rtos/probe.h>
#include <rtos/sys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RTOS_NOTE(RTOS_NOTE_PARTS, RTOS_PARTS_ARGUED);

static struct port main_port;
static struct serve main_serve;
static rtos_handle_t main_interrupt, main_signals;
static rtos_handle_t main_offer; /* the port at which it is asked for a probe; 0: it has none */

static _Noreturn void main_fail(const char *where, const char *what)
{
	fprintf(stderr, "%s: %s %s\n", sys_program->name, where, what);
	exit(1);
}

/* ---- start ---- */

static const struct rtos_given *main_given(enum rtos_given_kind kind, const char *otherwise)
{
	const struct rtos_given *given = sys_given(kind, NULL, 0);

	if (!given)
		main_fail("its manifest", otherwise);
	return given;
}

/* What follows `word`; NULL: the text begins otherwise. */
static const char *main_after(const char *text, const char *word)
{
	const size_t length = strlen(word);

	return strncmp(text, word, length) == 0 ? text + length : NULL;
}

static void main_argue(const char *argument)
{
	const char *label = main_after(argument, "part=");
	const char *range = main_after(argument, "sectors=");
	const char *wrong = NULL;

	if (label)
		wrong = part_label(&main_serve.part, &main_serve.block, label);
	else if (range)
		wrong = part_range(&main_serve.part, &main_serve.block, range);
	else if (strcmp(argument, "read-only") == 0)
		main_serve.read_only = true;
	else if (!main_after(argument, "disk="))
		wrong = "is none of disk=PORT, part=LABEL, sectors=FIRST+COUNT and read-only";
	if (wrong)
		main_fail(argument, wrong);
}

/* The name of the driver's port. */
static const char *main_disk(int count, char **arguments)
{
	for (int i = 1; i < count; i++)
		if (main_after(arguments[i], "disk="))
			return main_after(arguments[i], "disk=");
	return "block";
}

/* Begins with the disk. The driver answers when nothing of an earlier life is on its way to the
 * disk, so DISK_HELLO comes later than that. */
static void main_begin_disk(int count, char **arguments)
{
	const char *port = main_disk(count, arguments);
	const char *wrong;

	if (block_open(&main_serve.block, port) != BLOCK_OK ||
	    main_serve.block.buffer_size < BLOCK_SECTOR || main_serve.block.most == 0)
		main_fail(port, "isn't among its kumiki,uses, or has no window for both");
	main_serve.name = sys_program->name;
	main_serve.read_only = main_serve.block.read_only;
	wrong = part_whole(&main_serve.part, &main_serve.block);
	if (wrong)
		main_fail("the disk", wrong);
	for (int i = 1; i < count; i++)
		main_argue(arguments[i]);
}

/* The memory for DMA, and where the channel sees it. */
static const struct rtos_given *main_memory(uint64_t *physical)
{
	const char *missing = "gives it no kumiki,dma-memory";
	const struct rtos_given *memory = main_given(RTOS_GIVEN_DMA, missing);
	const rtos_handle_t region = main_given(RTOS_GIVEN_DMA_REGION, missing)->handle;

	if (sys_do(RTOS_REGION_PHYSICAL, region, 0, 0, 0, 0, 0, physical) != RTOS_OK)
		main_fail("its manifest", missing);
	return memory;
}

static void main_begin_port(void)
{
	uint64_t physical = 0;
	const struct rtos_given *memory = main_memory(&physical);
	const char *wrong;

	main_interrupt = main_given(RTOS_GIVEN_INTERRUPT, "gives it no interrupt")->handle;
	main_signals = main_given(RTOS_GIVEN_SIGNALS, "gives it no interrupt")->handle;
	wrong = port_begin(&main_port, (void *)memory->address, physical, memory->size);
	if (wrong)
		main_fail("its channel:", wrong);
	port_send(&main_port, 0, serve_greet(&main_serve, port_packet(&main_port, 0)));
}

static rtos_handle_t main_offered(void)
{
	const struct rtos_given *offer = sys_given(RTOS_GIVEN_OFFER, NULL, 0);

	return offer ? offer->handle : 0;
}

static void main_begin_offer(void)
{
	main_offer = main_offered();
	if (main_offer != 0)
		(void)sys_do(RTOS_THREAD_BIND, main_signals, 0, 0, 0, 0, 0, NULL);
}

/* ---- the loop ---- */

static void main_serve_all(uint64_t *beat)
{
	enum virtq_answer answer;
	uint32_t buffer, size;

	while ((answer = port_take(&main_port, &buffer, &size)) == VIRTQ_DONE) {
		const size_t send =
		    serve_answer(&main_serve, port_packet(&main_port, buffer), size);

		if (send != 0)
			port_send(&main_port, buffer, send);
		else
			port_give(&main_port, buffer);
		sys_beat_when_due(beat);
	}
	if (answer == VIRTQ_BROKEN || !port_settle(&main_port))
		main_fail("its channel", "says nonsense");
}

/* The interrupt is cleared before the queues are looked at, so it comes again for later packets. */
static void main_interrupted(void)
{
	if (!port_heard(&main_port))
		main_fail("its channel", "has to begin anew");
	(void)sys_do(RTOS_INTERRUPT_DONE, main_interrupt, 0, 0, 0, 0, 0, NULL);
}

static bool main_is_sound(void)
{
	uint64_t physical = 0;
	const struct rtos_given *memory = main_memory(&physical);

	return serve_is_sound(&main_serve) &&
	       port_is_sound(&main_port, (void *)memory->address, physical, memory->size) &&
	       main_interrupt == sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle &&
	       main_signals == sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle &&
	       main_offer == main_offered();
}

/* Answers whoever calls: the port is for probes alone. */
static void main_probe(struct sys_message *message)
{
	if (!main_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, serve_is_right(&main_serve) ? PROBE_RIGHT : PROBE_WRONG);
}

/* Answers the last probe, and waits for the channel or the next one. */
static enum rtos_status main_receive(struct sys_message *message)
{
	const uint64_t until = sys_beat_deadline();

	if (main_offer != 0)
		return sys_reply_wait(main_offer, message, until);
	return sys_wait(main_signals, until) != 0 ? RTOS_SIGNALLED : RTOS_TIMED_OUT;
}

int main(int count, char **arguments)
{
	struct sys_message message = {.identity = 0};
	uint64_t beat = 0;

	main_begin_disk(count, arguments);
	serve_settle(&main_serve);
	main_begin_port();
	main_begin_offer();
	sys_well();
	printf("%s: %llu sectors from %llu on\n", sys_program->name,
	       (unsigned long long)main_serve.part.count,
	       (unsigned long long)main_serve.part.first);
	for (;;) {
		enum rtos_status status;

		main_serve_all(&beat);
		status = main_receive(&message);
		if (status == RTOS_SIGNALLED)
			main_interrupted();
		else if (status == RTOS_OK)
			main_probe(&message);
		sys_beat_when_due(&beat);
	}
}
