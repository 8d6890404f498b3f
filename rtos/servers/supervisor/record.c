/* See record.h. */
#include "record.h"
#include <lib/string.h>
#include <proto/recover.h>

#define RECORD_VERSION 9

/* A record's memory holds two copies, with their headers. */
_Static_assert(sizeof(struct objects) + 32 <= RECOVER_OBJECTS_SIZE / 2, "its piece of memory");
_Static_assert(sizeof(struct child) + 32 <= RECOVER_PROGRAM_SIZE / 2, "its piece of memory");

enum keep_found record_open_objects(struct children *all, void *memory)
{
	return keep_open(&all->objects_record, memory, &all->objects, sizeof(all->objects),
	                 RECORD_VERSION);
}

enum keep_found record_open_child(struct children *all, void *memory, uint32_t number)
{
	uint8_t *piece = (uint8_t *)memory + RECOVER_OBJECTS_SIZE + RECOVER_WORDS_SIZE +
	                 number * RECOVER_PROGRAM_SIZE;
	enum keep_found found;

	all->child[number] = (struct child){.starts = 0};
	found = keep_open(&all->records[number], piece, &all->child[number],
	                  sizeof(all->child[number]), RECORD_VERSION);
	/* A start that had begun is taken back, so the call has started nothing yet. */
	if (all->child[number].policy.state == POLICY_STARTS)
		all->child[number].call = 0;
	return found;
}

static void record_name(struct record_names *names, rtos_handle_t handle)
{
	if (handle < RECORD_HANDLES)
		names->bits[handle / 64] |= 1ULL << handle % 64;
}

static void record_name_all(struct record_names *names, const rtos_handle_t *handles, size_t count)
{
	for (size_t i = 0; i < count; i++)
		record_name(names, handles[i]);
}

static void record_name_one(struct record_names *names, const struct child *child)
{
	const struct child_process *its = &child->its;

	record_name(names, child->version.store);
	record_name(names, child->version.keep);
	record_name(names, its->process);
	record_name(names, its->signals);
	record_name_all(names, its->text, RTOS_IMAGE_SEGMENTS_MAX);
	for (uint32_t i = 0; i < its->interrupt_count && i < RTOS_GIVEN_MAX; i++)
		record_name(names, its->interrupts[i]);
}

void record_names(const struct children *all, struct record_names *names)
{
	static const rtos_handle_t given[] = {
	    RTOS_HANDLE_PROCESS, RTOS_HANDLE_MACHINE, RTOS_HANDLE_IMAGE, RTOS_HANDLE_TREE,
	    RECOVER_KEEP,        RECOVER_ENDS,        RECOVER_WELL,      RECOVER_AGAIN,
	    RECOVER_CRASH,       RECOVER_INIT};
	const struct objects *objects = &all->objects;

	memset(names, 0, sizeof(*names));
	record_name_all(names, given, sizeof(given) / sizeof(given[0]));
	record_name_all(names, objects->ports, RTOS_PORTS_MAX);
	record_name_all(names, objects->windows, RTOS_WINDOWS_MAX);
	record_name_all(names, objects->registers[0], RTOS_DEVICES_MAX * RTOS_DEVICE_RANGES_MAX);
	record_name_all(names, objects->keeps, RTOS_IMAGE_PROGRAMS_MAX);
	record_name_all(names, objects->dma, RTOS_IMAGE_PROGRAMS_MAX);
	record_name(names, objects->port);
	record_name_all(names, objects->beats, 2);
	for (uint32_t i = 0; i < RTOS_IMAGE_PROGRAMS_MAX; i++)
		record_name_one(names, &all->child[i]);
}

bool record_is_named(const struct record_names *names, rtos_handle_t handle)
{
	return handle < RECORD_HANDLES && (names->bits[handle / 64] >> handle % 64 & 1) != 0;
}
