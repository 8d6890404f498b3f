/* See listed_module.h. */
#include <lib/crc32c.h>
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/listed_module.h>
#include <unit/rtos_servers/watched_guest.h>

#define PAGE 4096u
#define NOP  0xd503201fu
#define CORE (LISTED_MODULE_SIZE + LISTED_MODULE_CONSTANTS)
#define INIT (PAGE + LISTED_MODULE_CONSTANTS)

static struct {
	struct watchmodules head;
	struct watchmodules_module module[2];
	uint32_t text[(CORE + INIT) / 4];
	struct watchmodules_site site[3];
} list;

/* Lays the module out as the loader does. */
static void load(void)
{
	for (uint32_t i = 0; i < (CORE + INIT) / 4; i += 2) {
		const uint32_t place =
		    i * 4 < CORE ? LISTED_MODULE_TEXT + i * 4 : LISTED_MODULE_INIT + i * 4 - CORE;

		guest_store(place, list.text[i] | (uint64_t)list.text[i + 1] << 32);
	}
	guest_store(LISTED_MODULE_TEXT + LISTED_MODULE_SIZE + LISTED_MODULE_POINTER,
	            guest_va(LISTED_MODULE_TEXT + 0x40));
}

void listed_module_make(struct approve *approve, const struct watchfacts *facts)
{
	const uint32_t text = (uint32_t)((uint8_t *)list.text - (uint8_t *)&list);
	const uint32_t sites = (uint32_t)((uint8_t *)list.site - (uint8_t *)&list);
	struct watchmodules_text *part = list.module[1].part;

	list.head = (struct watchmodules){WATCHMODULES_MAGIC, WATCHMODULES_REVISION, sizeof(list),
	                                  crc32c(0, facts->banner, WATCHFACTS_BANNER), 2};
	memcpy(list.module[0].name, "two", 4);
	memcpy(list.module[1].name, "one", 4);
	part[WATCHMODULES_CORE] =
	    (struct watchmodules_text){text, CORE, LISTED_MODULE_SIZE, sites, 3};
	part[WATCHMODULES_INIT] = (struct watchmodules_text){text + CORE, INIT, PAGE, 0, 0};
	for (uint32_t i = 0; i < (CORE + INIT) / 4; i++)
		list.text[i] = 0x11000000 + i;
	list.text[LISTED_MODULE_JUMP / 4] = NOP;
	list.text[LISTED_MODULE_TRACED / 4] = list.text[LISTED_MODULE_TRACED / 4 + 1] = NOP;
	list.site[0] = (struct watchmodules_site){.place = LISTED_MODULE_JUMP,
	                                          .kind = WATCHMODULES_JUMP,
	                                          .value = LISTED_MODULE_JUMP + 8};
	list.site[1] =
	    (struct watchmodules_site){.place = LISTED_MODULE_TRACED, .kind = WATCHMODULES_TRACED};
	list.site[2] =
	    (struct watchmodules_site){.place = LISTED_MODULE_SIZE + LISTED_MODULE_POINTER,
	                               .kind = WATCHMODULES_POINTER,
	                               .base = WATCHMODULES_OF_CORE,
	                               .value = 0x40};
	assert_true(approve_open(approve, &list.head, sizeof(list), facts));
	load();
}
