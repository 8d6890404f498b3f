/* See tell.h. */
#include "tell.h"
#include "crash.h"
#include "words.h"
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <proto/log.h>
#include <proto/recover.h>
#include <rtos/sys.h>

#define TELL_PRIORITY    1u
#define TELL_STACK       4096
#define TELL_LOG_WAIT_MS 1000 /* how long the teller waits for a log that is being restarted */

_Static_assert(CRASH_LINE <= LOG_TEXT, "a line of a report is one of the log");

static struct rtos_crash *const tell_last = (struct rtos_crash *)RECOVER_CRASH_ADDRESS;
static struct rtos_crash tell_copy;     /* the teller's copy of the last crash's header */
static rtos_handle_t tell_notification; /* 0: it isn't made yet */
static rtos_handle_t tell_log;          /* 0: there is none */
static uint32_t tell_logger;            /* the log's program */
static uint32_t tell_self;              /* the supervisor's number */
static uint8_t tell_stack[TELL_STACK] __attribute__((aligned(16)));

static bool tell_is(uint64_t number)
{
	const volatile struct rtos_crash *last = tell_last;

	return last->magic == RTOS_CRASH_MAGIC && last->number == number;
}

/* Copies the last crash. False: there is none, it was told already, or another crash came during
 * the copy. In the last case there will be news. */
static bool tell_take(void)
{
	const uint64_t number = ((const volatile struct rtos_crash *)tell_last)->number;

	if (!tell_is(number))
		return false;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	memcpy(&tell_copy, tell_last, sizeof(tell_copy));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return tell_is(number) && tell_copy.told != number;
}

static bool tell_has_crash(void)
{
	return tell_is(tell_last->number) && tell_last->told != tell_last->number;
}

static bool tell_to_log(const char *bytes, size_t length, uint64_t ago)
{
	uint64_t word[RTOS_WORDS] = {LOG_WRITE, LOG_TEXT_OF(length, ago)};

	if (tell_log == 0)
		return false;
	memcpy(&word[2], bytes, length);
	return sys_call(tell_log, word, sys_now() + sys_ticks(TELL_LOG_WAIT_MS)) == RTOS_OK;
}

/* Tells a line to the log, or to the console if the log doesn't take it. If another crash has come,
 * the rest of this one isn't told. */
static void tell_line(struct crash_lines *lines, const struct text *text)
{
	struct text line = *text;

	(void)lines;
	if (!tell_is(tell_copy.number) || tell_to_log(text->bytes, text->length, 0))
		return;
	text_add(&line, "\n");
	text_print(&line);
}

/* The console has the words already, so lines that the log doesn't take stay for the next time. */
static void tell_words(void)
{
	struct ring_line line;

	while (words_next(&line) &&
	       tell_to_log(line.text, line.length, (uint32_t)sys_milliseconds() - line.ms))
		words_told(&line);
}

static _Noreturn void tell_main(void)
{
	struct crash_lines lines = {.say = tell_line};

	for (;;) {
		(void)sys_wait(tell_notification, 0);
		tell_words();
		while (tell_take()) {
			crash_words(&tell_copy, &lines);
			tell_last->told = tell_copy.number;
		}
	}
}

/* ---- the supervisor's first thread ---- */

/* Makes a handle of the log's port with the supervisor's badge, and a mark by which the log
 * believes the ages of the lines. */
static rtos_handle_t tell_find_log(const struct children *all)
{
	const struct rtos_manifest_port *ports = rtosmanifest_ports(all->manifest);
	uint64_t handle = 0;

	for (uint32_t i = 0; i < all->manifest->ports.count; i++)
		if (memcmp(ports[i].name, "log", sizeof("log")) == 0) {
			tell_logger = ports[i].owner;
			(void)sys_do(RTOS_HANDLE_GIVE, 0, all->objects.ports[i], RTOS_RIGHT_CALL,
			             (all->manifest->supervisor + 1) | LOG_PASSES_ON, 0, 0,
			             &handle);
		}
	return (rtos_handle_t)handle;
}

/* The teller is made more urgent than this thread, so it waits already when this thread goes on.
 * From then on the teller is only ready when there is something to tell. */
static enum rtos_status tell_make(void)
{
	uint64_t thread = 0;
	const enum rtos_status status = sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)tell_main,
	                                       (uint64_t)(tell_stack + sizeof(tell_stack)), 0,
	                                       RTOS_THREAD(RTOS_PRIORITIES - 1, 0, 0), 0, &thread);

	if (status != RTOS_OK)
		return status;
	(void)sys_do(RTOS_THREAD_SET, (rtos_handle_t)thread, RTOS_THREAD(TELL_PRIORITY, 0, 0), 0, 0,
	             0, 0, NULL);
	return sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)thread, 0, 0, 0, 0, 0, NULL);
}

struct rtos_crash *tell_begin(const struct children *all)
{
	uint64_t news = 0;
	enum rtos_status status =
	    sys_do(RTOS_MAP, RECOVER_CRASH, RECOVER_CRASH_ADDRESS, 0, RTOS_CRASH_PAGES,
	           RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL);

	if (status == RTOS_OK)
		status = sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &news);
	tell_notification = (rtos_handle_t)news;
	tell_self = all->manifest->supervisor;
	tell_log = tell_find_log(all);
	if (status == RTOS_OK)
		status = tell_make();
	if (status != RTOS_OK) {
		tell_notification = 0;
		tell_say_string("there is no memory to tell crashes");
		return NULL;
	}
	if (tell_has_crash() || tell_log != 0)
		tell_news(); /* a predecessor may have left some */
	return tell_last;
}

void tell_news(void)
{
	if (tell_notification != 0)
		(void)sys_signal(tell_notification);
}

void tell_started(uint32_t program)
{
	if (tell_log != 0 && program == tell_logger)
		tell_news();
}

/* Without a log the teller isn't woken: the console has the words. */
void tell_say(const struct text *text)
{
	struct text line = {.length = 0};

	text_add(&line, "supervisor: ");
	text_add_text(&line, text);
	text_add(&line, "\n");
	text_print(&line);
	words_keep(text, (uint32_t)sys_milliseconds());
	if (tell_log != 0)
		tell_news();
}

void tell_say_string(const char *string)
{
	struct text text = {.length = 0};

	text_add(&text, string);
	tell_say(&text);
}

bool tell_keeps(void)
{
	return tell_has_crash() && tell_last->program == tell_self;
}
