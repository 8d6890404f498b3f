/*
 * Messages (MSI-X) of an NVMe drive. The first partition has the drive send each message of its
 * own, which comes as that interrupt, and then everything else that a partition could try: other
 * events, and other places. None of that comes anywhere. Then it begins a new life. The other one
 * (boot argument `peer`) hears its own message, and tells of any further one.
 */
#include "pending.h"
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/psci.h>
#include <guest/time.h>
#include <guest/tree.h>
#include <stdio.h>
#include <string.h>

#define WRITTEN 0x40u /* in the page that functions write */
#define TYPER   0x08u
#define NUMBERS 1024u

static uint64_t page;         /* where functions write */
static uint32_t first, count; /* the partition's messages */
static volatile uint32_t taken[NUMBERS];

static void take(uint32_t intid)
{
	taken[intid]++;
}

static uint32_t all_taken(void)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < NUMBERS; i++)
		sum += taken[i];
	return sum;
}

static void send(uint64_t to, uint32_t event)
{
	uintptr_t entry = pending_make(to, event);

	if (entry == 0) {
		printf("messages: the drive doesn't work\n");
		return;
	}
	board_write32(entry + PENDING_CONTROL, 0);
	board_read32(entry + PENDING_CONTROL);
}

static uint32_t try_own(void)
{
	uint32_t good = 0, sum = all_taken();

	for (uint32_t i = first; i < first + count; i++) {
		uint32_t before = taken[i];

		send(page + WRITTEN, i);
		good += time_wait_until(taken[i] == before + 1) && all_taken() == ++sum;
	}
	return good;
}

static void try_others(void)
{
	const uint32_t events[] = {0,
	                           1,
	                           16,
	                           27,
	                           32,
	                           33,
	                           first - 1,
	                           first + count,
	                           1019,
	                           1020,
	                           1023,
	                           1024,
	                           2048,
	                           8192,
	                           8192 + first,
	                           9216 + first,
	                           0x10000 + first,
	                           0x80000000,
	                           0xffffffff};
	static const uint64_t places[] = {0x08080000, 0x08080088, 0x0808ffc0, 0x080a0000,
	                                  0x08000040};
	uint32_t sum = all_taken(), tried = 0;

	for (uint32_t i = 0; i < sizeof(events) / sizeof(events[0]); i++, tried++)
		send(page + WRITTEN, events[i]);
	for (uint32_t i = 0; i < sizeof(places) / sizeof(places[0]); i++, tried++)
		send(places[i], first);
	for (uint32_t i = first; i < first + count; i++, tried++)
		board_write32(page + WRITTEN, i);
	printf("messages: %u others, %u came\n", tried, all_taken() - sum);
}

static _Noreturn void hear_others(void)
{
	uint32_t sum = all_taken();

	for (;;) {
		cpu_wfi();
		if (all_taken() != sum)
			printf("peer: %u more\n", all_taken() - sum);
	}
}

void guest_main(void *device_tree)
{
	const struct tree_node frame = tree_compatible(device_tree, "arm,gic-v2m-frame", 0);
	const struct tree_node chosen = tree_named(device_tree, "chosen", 0);
	const char *argument = tree_string(chosen, "bootargs", 0);
	uint32_t typer;

	page = tree_number(frame, "reg", 0);
	first = tree_cell(frame, "arm,msi-base-spi", 0);
	count = tree_cell(frame, "arm,msi-num-spis", 0);
	if (!pending_find())
		printf("messages: there are none\n");
	typer = board_read32(page + TYPER);
	printf("messages: %u, as its page says: %u\n", count, typer == (first << 16 | count));
	for (uint32_t i = first; i < first + count; i++)
		gic_enable(i, take);
	cpu_unmask_interrupts();
	if (argument != NULL && strcmp(argument, "peer") == 0) {
		send(page + WRITTEN, first);
		printf("peer: %u\n", all_taken());
		hear_others();
	}
	printf("messages: %u of its own came\n", try_own());
	try_others();
	printf("messages: %u of its own came again\n", try_own());
	psci_call4(PSCI_SYSTEM_RESET, 0, 0, 0);
}
