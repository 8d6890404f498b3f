/*
 * The start's part for updates of the frame, if the description has a key for them: it takes the
 * spare area, and the page from which cores exchange it. Runs on the boot core; memory that was
 * taken is used by its physical address.
 */
#include <frame/hardware.h>
#include <frame/tables.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <start/start.h>
#include <state/shared.h>

/* From exchange.S. */
extern const uint8_t exchange_code[], exchange_code_end[];

void start_plan_update(struct start_plan *plan)
{
	if (bundle_update_memory(plan->bundle) == 0)
		return;
	plan->spare = start_take(IMAGE_ROOM);
	plan->exchange = start_take(PAGE_SIZE);
	memcpy((void *)(uintptr_t)plan->exchange, exchange_code,
	       (size_t)(exchange_code_end - exchange_code));
	hw_clean_invalidate_to_poc((const void *)(uintptr_t)plan->exchange, PAGE_SIZE);
	hw_invalidate_instructions();
}

void start_map_update(const struct start_plan *plan, struct tables *in, uint32_t index)
{
	if (plan->spare == 0)
		return;
	tables_map(in, LAYOUT_EXCHANGE, pa_at(plan->exchange), PAGE_SIZE, TABLES_TEXT);
	if (index != plan->bundle->console_core)
		return;
	tables_map(in, LAYOUT_SPARE, pa_at(plan->spare), IMAGE_ROOM, TABLES_DATA);
}
