/*
 * init: the first process. Makes the supervisor's process with the machine, the boot image and all
 * memory, watches it, and starts it anew in the same process when it ends or doesn't answer
 * (docs/rtos/recovery.md). init has nothing else to do, so that next to nothing in it could fail.
 */
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <proto/recover.h>
#include <rtos/collect.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>
#include <rtos/text.h>

#define INIT_PAGES     32   /* that init keeps for itself */
#define INIT_PERIOD_MS 250  /* between questions whether the supervisor is well */
#define INIT_ANSWER_MS 1000 /* that init waits for the answer */
#define INIT_ENDS_MAX  3    /* ends in a row without one answer */

/* Bits of init's notification. */
#define INIT_ENDED 1u
#define INIT_WELL  2u
#define INIT_AGAIN 4u /* a manager orders the supervisor's restart */

struct supervisor {
	struct spawn spawn;
	rtos_handle_t keep, ends; /* RECOVER_KEEP, RECOVER_ENDS */
	rtos_handle_t asks;       /* the notification of `ends`, to signal RECOVER_ASKED */
	rtos_handle_t told;       /* init's notification */
	rtos_handle_t crash;      /* RECOVER_CRASH */
	uint32_t number, starts;  /* of the program */
	bool ordered;             /* a manager ordered its last end */
};

static __attribute__((noreturn)) void init_fail(const char *what, enum rtos_status status)
{
	struct text text = {.length = 0};

	text_add(&text, "init: ");
	text_add(&text, what);
	text_add(&text, ": status ");
	text_number(&text, status);
	text_add(&text, "\n");
	text_print(&text);
	for (;;)
		(void)sys_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_ANEW, 0, 0, 0, 0, NULL);
}

static void init_must(enum rtos_status status, const char *what)
{
	if (status != RTOS_OK)
		init_fail(what, status);
}

static const struct rtos_manifest *init_manifest(const struct rtos_image *image)
{
	const struct rtos_part *part = rtosimage_manifest(image);
	const struct rtos_manifest *manifest;

	if (!part || !rtosimage_part_intact(image, part))
		init_fail("there is no intact manifest", RTOS_GONE);
	manifest = (const void *)((const uint8_t *)image + part->offset);
	if (rtosmanifest_verify(manifest, part->size, image).fault != RTOSIMAGE_OK ||
	    manifest->supervisor == 0)
		init_fail("the manifest has no supervisor", RTOS_GONE);
	return manifest;
}

static uint64_t init_free_pages(void)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = RTOS_HANDLE_PROCESS}};

	sys_svc(&call);
	return call.x[5];
}

static rtos_handle_t init_make(enum rtos_call call, uint64_t x0, rtos_handle_t process,
                               const char *what)
{
	uint64_t made = 0;

	init_must(sys_do(call, 0, x0, 0, 0, 0, process, &made), what);
	return (rtos_handle_t)made;
}

/* ---- once ---- */

/* The same handles at the same places as init's own, and those of proto/recover.h. */
static void init_give(const struct supervisor *supervisor)
{
	const struct {
		rtos_handle_t handle;
		uint32_t place, rights;
		uint64_t badge;
	} given[] = {
	    {supervisor->spawn.process, RTOS_HANDLE_PROCESS, RTOS_RIGHTS_ALL, 0},
	    {RTOS_HANDLE_MACHINE, RTOS_HANDLE_MACHINE, RTOS_RIGHTS_ALL, 0},
	    {RTOS_HANDLE_IMAGE, RTOS_HANDLE_IMAGE, RTOS_RIGHTS_ALL, 0},
	    {RTOS_HANDLE_TREE, RTOS_HANDLE_TREE, RTOS_RIGHTS_ALL, 0},
	    {supervisor->keep, RECOVER_KEEP, RTOS_RIGHTS_ALL, 0},
	    {supervisor->ends, RECOVER_ENDS, RTOS_RIGHTS_ALL, 0},
	    {supervisor->told, RECOVER_WELL, RTOS_RIGHT_SIGNAL, INIT_WELL},
	    {supervisor->told, RECOVER_AGAIN, RTOS_RIGHT_SIGNAL | RTOS_RIGHT_GIVE, INIT_AGAIN},
	    {supervisor->crash, RECOVER_CRASH, RTOS_RIGHTS_ALL, 0}};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		uint32_t place = given[i].place;

		init_must(spawn_give(&supervisor->spawn, given[i].handle, given[i].rights,
		                     given[i].badge, &place),
		          "its handles");
	}
}

static void init_begin(struct supervisor *supervisor, uint32_t programs)
{
	uint64_t asks = 0;

	supervisor->told = init_make(RTOS_NOTIFICATION_CREATE, 0, 0, "a notification");
	supervisor->ends = init_make(RTOS_NOTIFICATION_CREATE, 0, 0, "a notification");
	init_must(sys_do(RTOS_HANDLE_GIVE, 0, supervisor->ends, RTOS_RIGHT_SIGNAL, RECOVER_ASKED, 0,
	                 0, &asks),
	          "a handle");
	supervisor->asks = (rtos_handle_t)asks;
	init_must(
	    spawn_begin(&supervisor->spawn, init_free_pages() - INIT_PAGES, RTOS_PRIORITIES - 1),
	    "the supervisor's process");
	supervisor->keep = init_make(RTOS_REGION_CREATE, RECOVER_PAGES(programs),
	                             supervisor->spawn.process, "its kept memory");
	supervisor->crash = init_make(RTOS_REGION_CREATE, RTOS_CRASH_PAGES,
	                              supervisor->spawn.process, "the crash's memory");
	init_must(sys_do(RTOS_MAP, supervisor->crash, RECOVER_CRASH_ADDRESS, 0, RTOS_CRASH_PAGES,
	                 RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL),
	          "the crash's memory");
	init_give(supervisor);
}

/* ---- at each start ---- */

/* The same things at the same addresses as init's own, and its kept memory. */
static void init_map(struct spawn *spawn, uint64_t starts)
{
	struct rtos_start start = *sys_first;
	const uint64_t tree = sys_first->tree / RTOS_PAGE_SIZE * RTOS_PAGE_SIZE;
	const uint64_t tree_end = sys_first->tree + sys_first->tree_size;

	init_must(spawn_map(spawn, RTOS_HANDLE_IMAGE, sys_first->image,
	                    sys_first->image_size / RTOS_PAGE_SIZE, RTOS_RIGHT_READ),
	          "the boot image");
	init_must(spawn_map(spawn, RTOS_HANDLE_TREE, tree,
	                    (tree_end - tree + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE,
	                    RTOS_RIGHT_READ),
	          "the device tree");
	start.starts = starts;
	init_must(spawn_place(spawn, RTOS_START_PAGE, &start, sizeof(start), RTOS_PAGE_SIZE,
	                      RTOS_RIGHT_READ),
	          "its start page");
}

static void init_run(struct supervisor *supervisor, uint32_t programs)
{
	struct spawn *spawn = &supervisor->spawn;

	init_map(spawn, supervisor->starts++);
	init_must(spawn_map(spawn, supervisor->keep, RECOVER_KEEP_ADDRESS, RECOVER_PAGES(programs),
	                    RTOS_RIGHT_READ | RTOS_RIGHT_WRITE),
	          "its kept memory");
	init_must(
	    sys_do(RTOS_PROCESS_WATCH, spawn->process, supervisor->told, INIT_ENDED, 0, 0, 0, NULL),
	    "a watch");
	init_must(spawn_run(spawn, 0), "the supervisor's thread");
}

/* ---- watching it ---- */

/* Tells the supervisor's end, and records its crash like any program's: the next supervisor tells
 * the crash. */
static void init_told_end(const struct supervisor *supervisor)
{
	const struct collect_who who = {supervisor->spawn.process, supervisor->number,
	                                supervisor->starts, supervisor->spawn.program};
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = who.process}};
	struct text text = {.length = 0};

	sys_svc(&call);
	if (!supervisor->ordered)
		collect_crash((void *)RECOVER_CRASH_ADDRESS, &who, call.x);
	text_add(&text, "init: the supervisor ended (");
	text_number(&text, call.x[0]);
	text_add(&text, ": ");
	text_hex(&text, call.x[2]);
	text_add(&text, ", ");
	text_hex(&text, call.x[3]);
	text_add(&text, ", ");
	text_hex(&text, call.x[4]);
	text_add(&text, ")\n");
	text_print(&text);
}

static uint64_t init_hears(const struct supervisor *supervisor, uint64_t milliseconds)
{
	return sys_wait(supervisor->told, sys_now() + sys_ticks(milliseconds));
}

/* Kills the supervisor; its end is told like any other. */
static void init_kill(const struct supervisor *supervisor, bool blame)
{
	(void)sys_do(RTOS_PROCESS_KILL, supervisor->spawn.process, blame, 0, 0, 0, 0, NULL);
	while ((sys_wait(supervisor->told, 0) & INIT_ENDED) == 0)
		;
}

/* Watches the supervisor until it has ended. True: it was well once, or its end was ordered. */
static bool init_watch(struct supervisor *supervisor)
{
	bool was_well = false;
	uint64_t told;

	supervisor->ordered = false;
	for (;;) {
		(void)sys_signal(supervisor->asks);
		told = init_hears(supervisor, INIT_ANSWER_MS);
		was_well = was_well || (told & INIT_WELL) != 0;
		if (told == 0) {
			text_say("init: the supervisor doesn't answer\n");
			init_kill(supervisor, true);
			return was_well;
		}
		if ((told & (INIT_ENDED | INIT_AGAIN)) == 0)
			told = init_hears(supervisor, INIT_PERIOD_MS);
		if ((told & INIT_ENDED) != 0)
			return was_well;
		if ((told & INIT_AGAIN) != 0) {
			init_kill(supervisor, false);
			supervisor->ordered = true;
			return true;
		}
	}
}

int main(void)
{
	const struct rtos_image *image = (const void *)sys_first->image;
	const struct rtos_manifest *manifest = init_manifest(image);
	const uint32_t programs = manifest->programs.count;
	struct supervisor supervisor = {
	    .spawn = {.image = image,
	              .program = &rtosimage_programs(image)[manifest->supervisor],
	              .resets = true},
	    .number = manifest->supervisor};

	init_begin(&supervisor, programs);
	for (uint32_t ends = 0; ends < INIT_ENDS_MAX;) {
		(void)sys_wait(supervisor.told, SYS_AT_ONCE); /* the last one's signals */
		init_run(&supervisor, programs);
		ends = init_watch(&supervisor) ? 0 : ends + 1;
		init_told_end(&supervisor);
		init_must(spawn_again(&supervisor.spawn), "making the supervisor anew");
	}
	init_fail("the supervisor doesn't come up", RTOS_OK);
}
