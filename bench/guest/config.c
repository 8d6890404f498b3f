/* SPDX-License-Identifier: MIT-0 */
/*
 * Measures accesses to configuration space as trap.c does: of an emulated function (the panel) and
 * of a real function, the only ones that this guest has. It reads a word of the header and the last
 * word of the last capability, and writes the command register.
 */
#include <bench/bench.h>
#include <guest/board.h>
#include <kumiki/panel.h>
#include <stdio.h>

#define CONFIG_SAMPLES 1000
#define CONFIG_SLOTS   256u
#define CONFIG_COMMAND 0x04u
#define CONFIG_CLASS   0x08u
#define CONFIG_LIST    0x34u
#define CONFIG_LAST    12u /* the last word of a virtio capability */
#define CONFIG_PANEL   (PANEL_DEVICE << 16 | PANEL_VENDOR)

/* Only this instruction may stand between the two readings. */
#define CONFIG_MEASURE(name, instruction, address)                                                 \
	do {                                                                                       \
		for (uint32_t i_ = 0; i_ < CONFIG_SAMPLES; i_++) {                                 \
			uint64_t before_, after_;                                                  \
			__asm__ volatile("mrs %0, pmccntr_el0\n\t" instruction                     \
			                 "\n\tmrs %1, pmccntr_el0"                                 \
			                 : "=&r"(before_), "=&r"(after_)                           \
			                 : "r"(address), "r"(6u)                                   \
			                 : "x0", "memory");                                        \
			bench_sample(after_ - before_ - 1);                                        \
		}                                                                                  \
		bench_report(name);                                                                \
	} while (0)

static uintptr_t config_at(uint32_t slot, uint32_t offset)
{
	return BOARD_ECAM + ((uintptr_t)slot << 12) + offset;
}

/* The slot of the panel, or of the function that isn't the panel. */
static uint32_t config_find(bool panel)
{
	for (uint32_t slot = 0; slot < CONFIG_SLOTS; slot++) {
		uint32_t identity = board_read32(config_at(slot, 0));

		if (identity != 0xffffffff && (identity == CONFIG_PANEL) == panel)
			return slot;
	}
	return CONFIG_SLOTS;
}

static uint32_t config_last_capability(uint32_t slot)
{
	uint32_t at = board_read32(config_at(slot, CONFIG_LIST)) & 0xfc, next = at;

	while (next != 0) {
		at = next;
		next = board_read32(config_at(slot, at)) >> 8 & 0xfc;
	}
	return at;
}

void guest_main(void *device_tree)
{
	const uint32_t panel = config_find(true), real = config_find(false);

	(void)device_tree;
	if (panel == CONFIG_SLOTS || real == CONFIG_SLOTS) {
		printf("bench: a function is missing\n");
		return;
	}
	bench_start_cpu();
	CONFIG_MEASURE("pci.config.read", "ldr w0, [%2]", config_at(real, CONFIG_CLASS));
	CONFIG_MEASURE("pci.config.capability", "ldr w0, [%2]",
	               config_at(real, config_last_capability(real) + CONFIG_LAST));
	CONFIG_MEASURE("pci.config.write", "str %w3, [%2]", config_at(real, CONFIG_COMMAND));
	CONFIG_MEASURE("pci.config.panel.read", "ldr w0, [%2]", config_at(panel, CONFIG_CLASS));
	CONFIG_MEASURE("pci.config.panel.write", "str %w3, [%2]", config_at(panel, CONFIG_COMMAND));
	printf("bench: done\n");
}
