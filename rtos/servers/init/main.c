/*
 * init: the first process. It makes the supervisor's process, with the machine, the boot image and
 * all memory, and watches it. When the supervisor ends or doesn't answer, init starts it anew in
 * the same process (docs/rtos/recovery.md). If init itself ends, the kernel begins init anew. Then
 * init goes on with the supervisor's process as it finds it.
 */
#include "guard.h"
#include "kernel.h"
#include "sums.h"
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <proto/recover.h>
#include <rtos/collect.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>
#include <rtos/text.h>

#define INIT_PAGES     32   /* pages that init keeps for itself */
#define INIT_PERIOD_MS 250  /* between questions whether the supervisor is well */
#define INIT_ANSWER_MS 1000 /* how long init waits for the answer */
#define INIT_ENDS_MAX  3    /* ends in a row without one answer */
#define INIT_HANGS_MS  2500 /* how long init may compute; after twice as long the kernel ends it */

/* Bits of init's notification. */
#define INIT_ENDED 1u
#define INIT_WELL  2u
#define INIT_AGAIN 4u /* a manager orders the supervisor's restart */

/* init's own handles, at places where the next init finds them. Below lie the regions of the
 * supervisor's process. */
enum init_handle {
	INIT_TOLD = 64, /* init's notification */
	INIT_ENDS,      /* RECOVER_ENDS */
	INIT_ASKS,      /* the same notification, to signal RECOVER_ASKED */
	INIT_PROCESS,   /* the supervisor's process */
	INIT_KEEP,      /* RECOVER_KEEP */
	INIT_CRASH,     /* RECOVER_CRASH */
	INIT_ALARM,     /* a timer that ends init if init hangs; made last */
	INIT_HANDLES,
	INIT_TEXT = INIT_HANDLES /* from here on: the supervisor's text and constants, by segment */
};

static const enum rtos_kind init_kinds[INIT_HANDLES] = {
    [INIT_TOLD] = RTOS_KIND_NOTIFICATION, [INIT_ENDS] = RTOS_KIND_NOTIFICATION,
    [INIT_ASKS] = RTOS_KIND_NOTIFICATION, [INIT_PROCESS] = RTOS_KIND_PROCESS,
    [INIT_KEEP] = RTOS_KIND_REGION,       [INIT_CRASH] = RTOS_KIND_REGION,
    [INIT_ALARM] = RTOS_KIND_TIMER,
};

/* How init finds the supervisor's process. */
enum init_found {
	INIT_NONE,  /* there is none */
	INIT_RUNS,  /* it runs, or has ended: a watch tells */
	INIT_EMPTY, /* it was being made, and has no thread */
};

struct supervisor {
	struct spawn spawn;
	uint32_t number, starts; /* the program's */
	bool ordered;            /* a manager ordered the supervisor's last end */
};

/* Has the kernel begin anew if its text was damaged. */
static void init_mend_kernel(bool sound)
{
	if (sound)
		return;
	text_say("init: the kernel's text was damaged\n");
	(void)sys_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_KEEP, 0, 0, 0, 0, NULL);
}

/* Begins the machine anew, and nothing is kept. A damaged kernel may be why: then a new kernel is
 * enough. */
static __attribute__((noreturn)) void init_fail(const char *what, enum rtos_status status)
{
	struct text text = {.length = 0};

	init_mend_kernel(kernel_check_all(sys_first));
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
	enum rtosimage_fault fault;

	if (!part || !rtosimage_part_intact(image, part))
		init_fail("there is no intact manifest", RTOS_GONE);
	manifest = (const void *)((const uint8_t *)image + part->offset);
	fault = rtosmanifest_verify(manifest, part->size, image).fault;
	if (fault != RTOSIMAGE_OK)
		init_fail(rtosimage_fault_text(fault), RTOS_GONE);
	if (manifest->supervisor == 0)
		init_fail("the manifest has no supervisor", RTOS_GONE);
	return manifest;
}

static uint64_t init_free_pages(void)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = RTOS_HANDLE_PROCESS}};

	sys_svc(&call);
	return call.x[5];
}

/* Puts an object that was just made into its place. */
static void init_hold(enum init_handle place, uint64_t made, uint64_t badge)
{
	init_must(sys_do(RTOS_HANDLE_GIVE, 0, made, RTOS_RIGHTS_ALL, badge, place, 0, NULL),
	          "a handle's place");
	init_must(sys_do(RTOS_HANDLE_CLOSE, (rtos_handle_t)made, 0, 0, 0, 0, 0, NULL), "a handle");
}

static void init_make(enum init_handle place, enum rtos_call call, uint64_t x0,
                      rtos_handle_t process)
{
	uint64_t made = 0;

	init_must(sys_do(call, 0, x0, 0, 0, 0, process, &made), "an object");
	init_hold(place, made, 0);
}

/* Tells the kernel and the guard that init runs. If init computes for long without coming here, the
 * kernel ends it. */
static void init_lives(void)
{
	const uint64_t period = sys_ticks(INIT_HANGS_MS);
	struct sys_registers call = {
	    .x = {period, [8] = RTOS_TIMER_SET, [9] = INIT_ALARM, [10] = sys_now() + period}};

	sys_svc(&call);
	guard_beat();
}

/* ---- what outlives the kernel ---- */

/* Makes a region of kept memory. True: it was there before the kernel's crash. */
static bool init_keep(enum init_handle place, uint64_t pages, enum recover_place piece)
{
	struct sys_registers call = {
	    .x = {pages, piece, [8] = RTOS_REGION_KEPT, [9] = RTOS_HANDLE_MACHINE}};

	sys_svc(&call);
	init_must((enum rtos_status)call.x[8], "kept memory");
	init_hold(place, call.x[0], 0);
	return call.x[1] != 0;
}

/* Forgets the last supervisor's records, except its lines: the objects that they name are gone. */
static void init_forget_objects(uint32_t programs)
{
	const uint64_t lines = RECOVER_KEEP_ADDRESS + RECOVER_OBJECTS_SIZE;

	init_must(sys_do(RTOS_MAP, INIT_KEEP, RECOVER_KEEP_ADDRESS, 0, RECOVER_PAGES(programs),
	                 RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL),
	          "the supervisor's kept memory");
	memset((void *)RECOVER_KEEP_ADDRESS, 0, RECOVER_OBJECTS_SIZE);
	memset((void *)(lines + RECOVER_WORDS_SIZE), 0, (size_t)programs * RECOVER_PROGRAM_SIZE);
	init_must(sys_do(RTOS_UNMAP, 0, RECOVER_KEEP_ADDRESS, 0, 0, 0, 0, NULL),
	          "the supervisor's kept memory");
}

/* Writes the kernel's crash in place of the last program's. Only the supervisor's managers may see
 * it. */
static void init_told_kernel(uint32_t supervisor)
{
	const struct rtos_kernel_crash *last = &sys_first->last;
	struct rtos_crash *crash = (void *)RECOVER_CRASH_ADDRESS;
	const uint64_t before = crash->number;
	struct rtos_crash_thread *thread = &crash->threads[0];

	crash->magic = 0;
	memset(crash, 0, sizeof(*crash));
	crash->number = before + 1;
	crash->revision = RTOS_CRASH_REVISION;
	crash->size = sizeof(*crash);
	crash->program = supervisor;
	crash->starts = (uint32_t)last->starts;
	memcpy(crash->name, "kernel", sizeof("kernel"));
	crash->ms = last->counter / sys_ticks(1);
	crash->state[0] = RTOS_PROCESS_FAULTED;
	crash->state[2] = last->esr;
	crash->state[3] = last->far;
	crash->state[4] = last->x[RTOS_CRASH_PC];
	memcpy(crash->asker, last->program, sizeof(crash->asker));
	crash->thread_count = 1;
	thread->number = last->thread;
	memcpy(thread->x, last->x, sizeof(last->x));
	crash->caller_count = last->caller_count;
	memcpy(crash->callers, last->callers, sizeof(crash->callers));
	__atomic_thread_fence(__ATOMIC_RELEASE);
	crash->magic = RTOS_CRASH_MAGIC;
}

/* ---- once ---- */

/* Gives the supervisor the handles of proto/recover.h, and init's own ones at the same places. */
static void init_give(const struct supervisor *supervisor)
{
	const struct {
		rtos_handle_t handle;
		uint32_t place, rights;
		uint64_t badge;
	} given[] = {{INIT_PROCESS, RTOS_HANDLE_PROCESS, RTOS_RIGHTS_ALL, 0},
	             {RTOS_HANDLE_MACHINE, RTOS_HANDLE_MACHINE, RTOS_RIGHTS_ALL, 0},
	             {RTOS_HANDLE_IMAGE, RTOS_HANDLE_IMAGE, RTOS_RIGHTS_ALL, 0},
	             {RTOS_HANDLE_TREE, RTOS_HANDLE_TREE, RTOS_RIGHTS_ALL, 0},
	             {INIT_KEEP, RECOVER_KEEP, RTOS_RIGHTS_ALL, 0},
	             {INIT_ENDS, RECOVER_ENDS, RTOS_RIGHTS_ALL, 0},
	             {INIT_TOLD, RECOVER_WELL, RTOS_RIGHT_SIGNAL, INIT_WELL},
	             {INIT_TOLD, RECOVER_AGAIN, RTOS_RIGHT_SIGNAL | RTOS_RIGHT_GIVE, INIT_AGAIN},
	             {INIT_CRASH, RECOVER_CRASH, RTOS_RIGHTS_ALL, 0},
	             {RTOS_HANDLE_PROCESS, RECOVER_INIT, RTOS_RIGHT_MANAGE, 0}};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		uint32_t place = given[i].place;

		init_must(spawn_give(&supervisor->spawn, given[i].handle, given[i].rights,
		                     given[i].badge, &place),
		          "its handles");
	}
}

/* Puts the handles of the supervisor's text and constants where every init finds them. */
static void init_hold_text(const struct spawn *spawn)
{
	for (uint32_t i = 0; i < RTOS_IMAGE_SEGMENTS_MAX; i++)
		if (spawn->text[i] != 0)
			init_must(sys_do(RTOS_HANDLE_GIVE, 0, spawn->text[i], RTOS_RIGHTS_ALL, 0,
			                 INIT_TEXT + i, 0, NULL),
			          "a handle's place");
	sums_begin();
}

/* Makes everything. INIT_ALARM comes last: if init ends before, the next init begins from nothing.
 */
static void init_begin(struct supervisor *supervisor, uint32_t programs)
{
	struct spawn *spawn = &supervisor->spawn;
	uint64_t asks = 0;

	init_make(INIT_TOLD, RTOS_NOTIFICATION_CREATE, 0, 0);
	init_make(INIT_ENDS, RTOS_NOTIFICATION_CREATE, 0, 0);
	init_must(sys_do(RTOS_HANDLE_GIVE, 0, INIT_ENDS, RTOS_RIGHT_SIGNAL, RECOVER_ASKED,
	                 INIT_ASKS, 0, &asks),
	          "a handle");
	init_must(spawn_begin(spawn, init_free_pages() - INIT_PAGES, RTOS_PRIORITIES - 1),
	          "the supervisor's process");
	init_hold(INIT_PROCESS, spawn->process, 0);
	spawn->process = INIT_PROCESS;
	init_hold_text(spawn);
	if (init_keep(INIT_KEEP, RECOVER_PAGES(programs), RECOVER_PLACE_KEEP))
		init_forget_objects(programs);
	(void)init_keep(INIT_CRASH, RTOS_CRASH_PAGES, RECOVER_PLACE_CRASH);
	init_give(supervisor);
	init_make(INIT_ALARM, RTOS_TIMER_CREATE, 0, 0);
}

/* ---- after an init that ended ---- */

static uint64_t init_kind(rtos_handle_t handle, uint64_t *rights)
{
	struct sys_registers call = {.x = {[8] = RTOS_HANDLE_INFO, [9] = handle}};

	sys_svc(&call);
	*rights = call.x[1];
	return call.x[8] == RTOS_OK ? call.x[0] : RTOS_KIND_NONE;
}

static bool init_is_complete(void)
{
	uint64_t rights;

	for (rtos_handle_t i = INIT_TOLD; i < INIT_HANDLES; i++)
		if (init_kind(i, &rights) != init_kinds[i])
			return false;
	return true;
}

static void init_take_back(void)
{
	uint64_t rights, kind;

	for (rtos_handle_t i = RTOS_HANDLE_TREE + 1; i < RTOS_HANDLES_A_PAGE; i++) {
		kind = init_kind(i, &rights);
		if (kind == RTOS_KIND_PROCESS) {
			(void)sys_do(RTOS_PROCESS_KILL, i, 0, 0, 0, 0, 0, NULL);
			(void)sys_do(RTOS_PROCESS_REAP, i, 0, 0, 0, 0, 0, NULL);
		} else if (kind != RTOS_KIND_NONE &&
		           sys_do(RTOS_DESTROY, i, 0, 0, 0, 0, 0, NULL) != RTOS_OK) {
			(void)sys_do(RTOS_HANDLE_CLOSE, i, 0, 0, 0, 0, 0, NULL);
		}
	}
}

/* Goes through the last init's other handles: takes over regions of the supervisor's process, and
 * closes what the last init held for a moment. */
static void init_adopt_regions(struct spawn *spawn)
{
	uint64_t rights, kind;

	for (rtos_handle_t i = RTOS_HANDLE_TREE + 1; i < INIT_TOLD; i++) {
		kind = init_kind(i, &rights);
		if (kind == RTOS_KIND_REGION && (rights & RTOS_RIGHT_MANAGE) != 0 &&
		    spawn->placed_count < SPAWN_PLACED_MAX)
			spawn->placed[spawn->placed_count++] = i;
		else if (kind != RTOS_KIND_NONE)
			(void)sys_do(RTOS_HANDLE_CLOSE, i, 0, 0, 0, 0, 0, NULL);
	}
}

static enum init_found init_find(struct supervisor *supervisor)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_TIME, [9] = INIT_PROCESS}};

	if (!init_is_complete()) {
		init_take_back();
		return INIT_NONE;
	}
	supervisor->spawn.process = INIT_PROCESS;
	supervisor->starts = (uint32_t)sys_first->starts; /* how often isn't known, so a guess */
	init_adopt_regions(&supervisor->spawn);
	sys_svc(&call);
	return call.x[1] == 0 ? INIT_EMPTY : INIT_RUNS;
}

/* ---- at each start ---- */

/* Maps things at the same addresses as in init, and gives the supervisor a start page. */
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
	init_must(spawn_map(spawn, INIT_KEEP, RECOVER_KEEP_ADDRESS, RECOVER_PAGES(programs),
	                    RTOS_RIGHT_READ | RTOS_RIGHT_WRITE),
	          "its kept memory");
	init_must(spawn_run(spawn, 0), "the supervisor's thread");
}

/* ---- watching it ---- */

/* Tells the supervisor's end, and records its crash like any program's. The next supervisor tells
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

static uint64_t init_hears(uint64_t milliseconds)
{
	return sys_wait(INIT_TOLD, sys_now() + sys_ticks(milliseconds));
}

/* Kills the supervisor, and waits for its end, which is told like any other. */
static void init_kill(const struct supervisor *supervisor, bool blame)
{
	(void)sys_do(RTOS_PROCESS_KILL, supervisor->spawn.process, blame, 0, 0, 0, 0, NULL);
	while ((sys_wait(INIT_TOLD, 0) & INIT_ENDED) == 0)
		;
}

/* Looks at a piece of the memory that nobody writes. True: the supervisor's text was damaged, and
 * the supervisor was killed. If init's own is damaged, init ends, and the kernel copies it anew. */
static bool init_scrubs(const struct supervisor *supervisor)
{
	init_mend_kernel(kernel_check_piece(sys_first));
	switch (sums_look(supervisor->spawn.image, supervisor->number, INIT_TEXT)) {
	case SUMS_OWN_DAMAGED:
		text_say("init: its text was damaged\n");
		sys_exit(RTOS_GONE);
	case SUMS_SUPERVISOR_DAMAGED:
		text_say("init: the supervisor's text was damaged\n");
		init_kill(supervisor, false);
		return true;
	default:
		return false;
	}
}

/* Watches the supervisor until it has ended. True: it was well once, or a manager ordered its end.
 */
static bool init_watch(struct supervisor *supervisor)
{
	bool was_well = false;
	uint64_t told;

	supervisor->ordered = false;
	for (;;) {
		init_lives();
		guard_look();
		(void)sys_signal(INIT_ASKS);
		told = init_hears(INIT_ANSWER_MS);
		was_well = was_well || (told & INIT_WELL) != 0;
		if (told == 0) {
			text_say("init: the supervisor doesn't answer\n");
			init_kill(supervisor, true);
			return was_well;
		}
		if ((told & (INIT_ENDED | INIT_AGAIN)) == 0) {
			if (init_scrubs(supervisor))
				return was_well;
			told = init_hears(INIT_PERIOD_MS);
		}
		if ((told & INIT_ENDED) != 0)
			return was_well;
		if ((told & INIT_AGAIN) != 0) {
			init_kill(supervisor, false);
			supervisor->ordered = true;
			return true;
		}
	}
}

/* Watches the supervisor's process. A process that has ended already signals at once. */
static void init_watches(void)
{
	init_must(sys_do(RTOS_PROCESS_WATCH, INIT_PROCESS, INIT_TOLD, INIT_ENDED, 0, 0, 0, NULL),
	          "a watch");
}

/* Makes the process as it was before its first start, except its handles and objects. */
static void init_empty(struct supervisor *supervisor)
{
	init_must(spawn_again(&supervisor->spawn), "making the supervisor anew");
	init_hold_text(&supervisor->spawn);
}

static enum init_found init_finds(struct supervisor *supervisor, uint32_t programs)
{
	enum init_found found = sys_first->starts != 0 ? init_find(supervisor) : INIT_NONE;

	if (found == INIT_NONE)
		init_begin(supervisor, programs);
	init_must(sys_do(RTOS_MAP, INIT_CRASH, RECOVER_CRASH_ADDRESS, 0, RTOS_CRASH_PAGES,
	                 RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL),
	          "the crash's memory");
	if (found == INIT_NONE && sys_first->last.starts != 0)
		init_told_kernel(supervisor->number);
	init_watches();
	if (found == INIT_EMPTY) {
		init_kill(supervisor, false);
		init_empty(supervisor);
	}
	return found;
}

int main(void)
{
	const struct rtos_image *image = (const void *)sys_first->image;
	const struct rtos_manifest *manifest = init_manifest(image);
	const uint32_t programs = manifest->programs.count;
	struct supervisor supervisor = {
	    .spawn = {.image = image,
	              .program = &rtosimage_programs(image)[manifest->supervisor],
	              .own_text = true,
	              .resets = true},
	    .number = manifest->supervisor};
	bool runs;

	init_lives(); /* sets the alarm of an earlier init, if there was one */
	runs = init_finds(&supervisor, programs) == INIT_RUNS;
	guard_begin();
	init_lives();
	for (uint32_t ends = 0; ends < INIT_ENDS_MAX; runs = false) {
		if (!runs) {
			(void)sys_wait(INIT_TOLD, SYS_AT_ONCE); /* the last start's signals */
			init_run(&supervisor, programs);
		}
		ends = init_watch(&supervisor) ? 0 : ends + 1;
		init_lives();
		init_told_end(&supervisor);
		init_lives();
		init_empty(&supervisor);
	}
	init_fail("the supervisor doesn't come up", RTOS_OK);
}
