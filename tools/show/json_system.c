/* The system of a bundle as JSON: see json.h. It says what the report of `kumiki show` says. */
#include "json.h"
#include <host/update.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <lib/jsonbundle.h>
#include <lib/powerwords.h>
#include <stdio.h>

void show_span(struct json *json, const char *key, uint64_t base, uint64_t size)
{
	json_object(json, key);
	json_number(json, "base", base);
	json_number(json, "size", size);
	json_end(json);
}

const char *show_part_kind(uint32_t kind)
{
	return kind == BUNDLE_IMAGE ? "image" : kind == BUNDLE_INITRD ? "initrd" : "dtb";
}

/* ---- the machine ---- */

static void system_minute(struct json *json, uint32_t minute)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%02" PRIu32 ":%02" PRIu32, minute / 60, minute % 60);
	json_string(json, "utc", text);
}

static void system_power(struct json *json, const struct bundle_power *power)
{
	json_object(json, "power");
	json_string(json, "policy", power_policy_name(power->policy));
	json_array(json, "changes");
	for (uint32_t i = 0; i < power->changes; i++) {
		json_object(json, NULL);
		system_minute(json, power->change[i].minute);
		json_string(json, "policy", power_policy_name(power->change[i].policy));
		json_end(json);
	}
	json_end(json);
	json_end(json);
}

static void system_moves(struct json *json, const struct bundle_header *bundle)
{
	const struct bundle_shift *shift = &bundle->shift;

	json_object(json, "core_moves");
	json_boolean(json, "by_load", shift->by_load != 0);
	json_array(json, "changes");
	for (uint32_t i = 0; i < shift->changes; i++) {
		json_object(json, NULL);
		system_minute(json, shift->change[i].minute);
		json_number(json, "core", shift->change[i].core);
		jsonbundle_holder(json, bundle, "to", shift->change[i].to);
		json_end(json);
	}
	json_end(json);
	json_end(json);
}

static void system_machine(struct json *json, const struct bundle_header *bundle)
{
	char key[UPDATE_KEY_PRINT];

	json_string(json, "name", bundle->system);
	json_string(json, "board", bundle->board.name);
	show_span(json, "ram", bundle->board.ram_base, bundle->board.ram_size);
	show_span(json, "frame_memory", bundle->memory_base, bundle->memory_size);
	json_number(json, "console_core", bundle->console_core);
	if (bundle->board.uart_base != 0)
		json_number(json, "console_uart", bundle->board.uart_base);
	if (bundle_takes_updates(bundle))
		json_string(json, "update_key", update_key_print(key, bundle->update_key));
	json_boolean(json, "updates_to_lower", (bundle->flags & BUNDLE_LOWERS) != 0);
	json_boolean(json, "stays_on", (bundle->flags & BUNDLE_STAY_ON) != 0);
	json_boolean(json, "is_reset", (bundle->flags & BUNDLE_RESETS) != 0);
	system_power(json, &bundle->power);
	system_moves(json, bundle);
	show_cores(json, bundle);
}

/* ---- a partition ---- */

static void partition_regions(struct json *json, const struct bundle_header *bundle,
                              const struct bundle_partition *partition)
{
	const struct bundle_region *region = bundle_regions(bundle) + partition->regions.first;

	json_rows(json, "regions");
	for (uint32_t i = 0; i < partition->regions.count; i++)
		jsonbundle_region(json, &region[i]);
	json_end(json);
}

static void partition_interrupts(struct json *json, const struct bundle_header *bundle,
                                 const struct bundle_partition *partition)
{
	const struct bundle_interrupt *one =
	    bundle_interrupts(bundle) + partition->interrupts.first;

	json_array(json, "interrupts");
	for (uint32_t i = 0; i < partition->interrupts.count; i++)
		json_number(json, NULL, one[i].intid);
	json_end(json);
}

static void function_bars(struct json *json, const struct bundle_function *function)
{
	json_array(json, "bars");
	for (uint32_t i = 0; i < BUNDLE_BARS; i++) {
		if (function->bar_size[i] == 0)
			continue;
		json_object(json, NULL);
		json_number(json, "bar", i);
		json_number(json, "base", function->bar[i]);
		json_number(json, "size", function->bar_size[i]);
		json_end(json);
	}
	json_end(json);
}

static void function_row(struct json *json, const struct bundle_function *function)
{
	const bool real = function->kind == BUNDLE_FUNCTION_REAL;
	const bool unconfined = (function->flags & BUNDLE_FUNCTION_UNCONFINED) != 0;

	json_object(json, NULL);
	json_number(json, "device", function->slot >> 3);
	json_number(json, "function", function->slot & 7u);
	json_name(json, "label", function->label, sizeof(function->label));
	json_boolean(json, "emulated", !real);
	json_number(json, "vendor_id", function->vendor);
	json_number(json, "device_id", function->device);
	if (function->pin != 0)
		json_number(json, "interrupt", function->intid);
	if (real && !unconfined)
		json_number(json, "stream", function->stream);
	json_boolean(json, "dma_confined", !unconfined);
	function_bars(json, function);
	json_end(json);
}

static void partition_functions(struct json *json, const struct bundle_header *bundle,
                                const struct bundle_partition *partition)
{
	json_rows(json, "pci_functions");
	for (uint32_t i = 0; i < partition->functions.count; i++)
		function_row(json, bundle_functions(bundle) + partition->functions.first + i);
	json_end(json);
}

static void emulated_device(struct json *json, const char *name, uint64_t address,
                            uint32_t interrupt)
{
	if (address == 0)
		return;
	json_object(json, NULL);
	json_string(json, "device", name);
	json_number(json, "seen_at", address);
	if (interrupt != 0)
		json_number(json, "interrupt", interrupt);
	json_end(json);
}

static void partition_emulated(struct json *json, const struct bundle_partition *partition)
{
	json_array(json, "emulated");
	emulated_device(json, "distributor", partition->gicd_ipa, 0);
	emulated_device(json, "redistributors", partition->gicr_ipa, 0);
	emulated_device(json, "uart", partition->uart_ipa, partition->uart_intid);
	emulated_device(json, "clock", partition->rtc_ipa, partition->rtc_intid);
	emulated_device(json, "watchdog", partition->watchdog_ipa, partition->watchdog_intid);
	emulated_device(json, "pci", partition->pci_ecam_ipa, 0);
	json_end(json);
}

static void partition_loads(struct json *json, const struct bundle_header *bundle,
                            const struct bundle_partition *partition)
{
	const struct bundle_load *load = bundle_loads(bundle) + partition->loads.first;

	json_rows(json, "loads");
	for (uint32_t i = 0; i < partition->loads.count; i++, load++) {
		const struct bundle_part *part = &bundle_parts(bundle)[load->part];

		json_object(json, NULL);
		json_string(json, "kind", show_part_kind(part->kind));
		json_name(json, "name", part->name, sizeof(part->name));
		json_number(json, "part", load->part);
		json_number(json, "base", load->pa);
		json_number(json, "size", load->space);
		json_end(json);
	}
	json_end(json);
}

static void system_partition(struct json *json, const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_partition *partition = &bundle_partitions(bundle)[index];

	json_object(json, NULL);
	json_string(json, "name", partition->name);
	json_number(json, "number", index + 1);
	json_number(json, "priority", partition->priority);
	json_number(json, "entry", partition->entry_ipa);
	json_boolean(json, "dma_confined", (partition->flags & BUNDLE_UNCONFINED) == 0);
	json_boolean(json, "manages_power", (partition->flags & BUNDLE_MANAGES_POWER) != 0);
	jsonbundle_names(json, bundle, "manages", partition->life.manages);
	jsonbundle_life(json, bundle, partition);
	show_vcpus(json, bundle, partition);
	partition_regions(json, bundle, partition);
	partition_interrupts(json, bundle, partition);
	partition_functions(json, bundle, partition);
	partition_emulated(json, partition);
	partition_loads(json, bundle, partition);
	json_end(json);
}

/* ---- between partitions ---- */

static void system_windows(struct json *json, const struct bundle_header *bundle)
{
	json_rows(json, "windows");
	for (uint32_t i = 0; i < bundle->windows.count; i++) {
		const struct bundle_window *window = &bundle_windows(bundle)[i];

		json_object(json, NULL);
		json_name(json, "name", window->name, sizeof(window->name));
		json_number(json, "base", window->pa);
		json_number(json, "size", window->size);
		json_boolean(json, "cached", (window->flags & BUNDLE_WINDOW_UNCACHED) == 0);
		json_end(json);
	}
	json_end(json);
}

static void system_doorbells(struct json *json, const struct bundle_header *bundle)
{
	json_rows(json, "doorbells");
	for (uint32_t i = 0; i < bundle->doorbells.count; i++) {
		const struct bundle_doorbell *bell = &bundle_doorbells(bundle)[i];
		const struct bundle_partition *to = &bundle_partitions(bundle)[bell->to];

		json_object(json, NULL);
		json_number(json, "doorbell", i);
		json_string(json, "from", bundle_partitions(bundle)[bell->from].name);
		json_string(json, "to", to->name);
		json_number(json, "interrupt", bell->intid);
		if (bundle_panel(bundle, to) != NULL)
			json_number(json, "bit", bell->bit);
		json_end(json);
	}
	json_end(json);
}

void show_system(struct json *json, const struct bundle_header *bundle)
{
	json_object(json, "system");
	system_machine(json, bundle);
	json_rows(json, "partitions");
	for (uint32_t i = 0; i < bundle->partitions.count; i++)
		system_partition(json, bundle, i);
	json_end(json);
	system_windows(json, bundle);
	system_doorbells(json, bundle);
	json_end(json);
}
