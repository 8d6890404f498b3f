/*
 * init: the first process. Starts the supervisor with the machine, the boot image and all memory,
 * and waits for its end. As long as the kernel can't reset a process (docs/rtos/kernel.md), the
 * machine is started anew then; init has nothing else to do, so that there is next to nothing in it
 * that could fail.
 */
#include <lib/rtosimage.h>
#include <lib/string.h>
#include <rtos/spawn.h>
#include <rtos/sys.h>
#include <rtos/text.h>

#define INIT_PAGES 32 /* that it keeps for itself */

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

/* The program that the manifest says is the supervisor. */
static const struct rtos_program *init_supervisor(const struct rtos_image *image)
{
	const struct rtos_part *part = rtosimage_manifest(image);
	const struct rtos_manifest *manifest;

	if (!part || !rtosimage_part_intact(image, part))
		init_fail("there is no intact manifest", RTOS_GONE);
	manifest = (const void *)((const uint8_t *)image + part->offset);
	if (rtosmanifest_verify(manifest, part->size, image->program_count).fault != RTOSIMAGE_OK ||
	    manifest->supervisor == 0)
		init_fail("the manifest has no supervisor", RTOS_GONE);
	return &rtosimage_programs(image)[manifest->supervisor];
}

/* The same handles at the same places, and the same things at the same addresses. */
static void init_hand_over(const struct spawn *spawn)
{
	static const uint32_t handles[] = {RTOS_HANDLE_MACHINE, RTOS_HANDLE_IMAGE,
	                                   RTOS_HANDLE_TREE};
	const uint64_t tree = sys_first->tree / RTOS_PAGE_SIZE * RTOS_PAGE_SIZE;
	const uint64_t tree_end = sys_first->tree + sys_first->tree_size;
	uint32_t own = RTOS_HANDLE_PROCESS;

	init_must(spawn_give(spawn, spawn->process, RTOS_RIGHTS_ALL, 0, &own), "its own handle");
	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++) {
		uint32_t place = handles[i];

		init_must(spawn_give(spawn, place, RTOS_RIGHTS_ALL, 0, &place), "its handles");
	}
	init_must(spawn_map(spawn, RTOS_HANDLE_IMAGE, sys_first->image,
	                    sys_first->image_size / RTOS_PAGE_SIZE, RTOS_RIGHT_READ),
	          "the boot image");
	init_must(spawn_map(spawn, RTOS_HANDLE_TREE, tree,
	                    (tree_end - tree + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE,
	                    RTOS_RIGHT_READ),
	          "the device tree");
	init_must(spawn_place(spawn, RTOS_START_PAGE, sys_first, sizeof(*sys_first), RTOS_PAGE_SIZE,
	                      RTOS_RIGHT_READ),
	          "its start page");
}

static uint64_t init_free_pages(void)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = RTOS_HANDLE_PROCESS}};

	sys_svc(&call);
	return call.x[5];
}

static void init_told_end(rtos_handle_t process)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE, [9] = process}};
	struct text text = {.length = 0};

	sys_svc(&call);
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

int main(void)
{
	const struct rtos_image *image = (const void *)sys_first->image;
	struct spawn spawn = {.image = image, .program = init_supervisor(image)};
	uint64_t ended = 0;

	init_must(sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &ended), "a notification");
	init_must(spawn_begin(&spawn, init_free_pages() - INIT_PAGES, RTOS_PRIORITIES - 1),
	          "the supervisor's process");
	init_hand_over(&spawn);
	init_must(sys_do(RTOS_PROCESS_WATCH, spawn.process, ended, 1, 0, 0, 0, NULL), "a watch");
	init_must(spawn_run(&spawn, 0), "the supervisor's thread");
	while (sys_wait((rtos_handle_t)ended, 0) == 0)
		;
	init_told_end(spawn.process);
	init_fail("starting anew", RTOS_OK);
}
