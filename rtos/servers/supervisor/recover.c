/* See recover.h. */
#include "recover.h"
#include "objects.h"
#include "record.h"
#include "tell.h"
#include "words.h"
#include <kumiki/rtos/crash.h>
#include <kumiki/rtos/image.h>
#include <lib/rtosimage.h>
#include <proto/recover.h>
#include <rtos/sys.h>

/* The kernel keeps room for the records, beside the programs' kept memory. */
_Static_assert(RTOS_KEPT_OWN(64) >= 2 + RTOS_CRASH_PAGES + RECOVER_PAGES(64),
               "there is room for the supervisor's records");

/* ---- what no record names ---- */

static uint64_t recover_in_use(void)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = RTOS_HANDLE_PROCESS}};

	sys_svc(&call);
	return call.x[7];
}

static void recover_take_back(rtos_handle_t handle, uint64_t kind)
{
	if (kind == RTOS_KIND_PROCESS) {
		(void)sys_do(RTOS_PROCESS_KILL, handle, 0, 0, 0, 0, 0, NULL);
		(void)sys_do(RTOS_PROCESS_REAP, handle, 0, 0, 0, 0, 0, NULL);
	} else if (sys_do(RTOS_DESTROY, handle, 0, 0, 0, 0, 0, NULL) != RTOS_OK) {
		(void)sys_do(RTOS_HANDLE_CLOSE, handle, 0, 0, 0, 0, 0, NULL);
	}
}

/* Takes back what no record names. Processes go first: each takes along what lies in its quota. */
static void recover_walk(const struct record_names *names, bool processes)
{
	uint64_t left = recover_in_use(), kind = 0;

	for (rtos_handle_t handle = 1; handle < RECORD_HANDLES && left > 0; handle++) {
		if (sys_do(RTOS_HANDLE_INFO, handle, 0, 0, 0, 0, 0, &kind) != RTOS_OK)
			continue;
		left--;
		if (!record_is_named(names, handle) && (kind == RTOS_KIND_PROCESS) == processes)
			recover_take_back(handle, kind);
	}
}

static void recover_unnamed(const struct children *all)
{
	static struct record_names names;

	record_names(all, &names);
	recover_walk(&names, true);
	recover_walk(&names, false);
}

/* ---- begin ---- */

_Noreturn void recover_fail(const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	text_add(&text, "; starting the machine anew");
	tell_say(&text);
	for (;;)
		(void)sys_do(RTOS_POWER, RTOS_HANDLE_MACHINE, RTOS_POWER_ANEW, 0, 0, 0, 0, NULL);
}

static void recover_first(struct children *all)
{
	const char *what = "";
	struct text text = {.length = 0};
	enum rtos_status status;

	recover_unnamed(all);
	status = objects_begin(all, &what);
	if (status == RTOS_OK)
		return;
	text_add(&text, "there can't be all of these: ");
	text_add(&text, what);
	tell_say(&text);
	sys_exit(status);
}

/* The record's pointer to the manifest was an earlier supervisor's, so this supervisor sets its
 * own. */
static void recover_child(struct children *all, uint32_t number, uint64_t *known)
{
	struct child *child = &all->child[number];
	const enum keep_found found = record_open_child(all, (void *)RECOVER_KEEP_ADDRESS, number);

	child->policy.manifest = &rtosmanifest_programs(all->manifest)[number];
	if (found == KEEP_FOUND)
		*known |= 1ULL << number;
	if (found == KEEP_DAMAGED)
		tell_say_string("the record of a program is damaged; it begins anew");
}

void recover_begin(struct children *all, uint64_t *known)
{
	const enum keep_found found = record_open_objects(all, (void *)RECOVER_KEEP_ADDRESS);
	uint64_t kind = 0;

	words_open((void *)(RECOVER_KEEP_ADDRESS + RECOVER_OBJECTS_SIZE), RECOVER_WORDS_SIZE);
	*known = 0;
	if (found == KEEP_DAMAGED)
		recover_fail("the record of its objects is damaged");
	for (uint32_t i = 0; i < all->manifest->programs.count; i++)
		recover_child(all, i, known);
	if (found == KEEP_NOTHING)
		recover_first(all);
	else
		recover_unnamed(all);
	if (sys_do(RTOS_HANDLE_INFO, RECOVER_ENDS, 0, 0, 0, 0, 0, &kind) != RTOS_OK ||
	    kind != RTOS_KIND_NOTIFICATION)
		recover_fail("its notification is gone");
}
