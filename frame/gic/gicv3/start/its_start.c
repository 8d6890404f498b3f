/*
 * Messages of PCI functions, at start: the boot core fills the tables of the ITS and of the cores'
 * redistributors. A function's writes are events of its DeviceID. It has a table of its own, in
 * which an event is known by the number of its owner's SPI, and leads to the LPI of that owner and
 * SPI (GIC_MESSAGE). The ITS drops any other event. After this nothing changes the tables: a
 * recovery or another frame finds them as they are.
 *
 * An LPI comes to the core on which its owner's first vCPU starts. That core takes the interrupt to
 * the vCPU that it is routed to.
 */
#include <dev/gic.h>
#include <frame/print.h>
#include <frame/stop.h>
#include <lib/bundle.h>
#include <machine/device.h>
#include <machine/sysreg.h>

/* Arm IHI 0069, 12.11 and 12.19. */
#define GICR_CTLR      0x00
#define GICR_PROPBASER 0x70
#define GICR_PENDBASER 0x78
#define ENABLE_LPIS    1u
#define PHYSICAL_LPIS  1u /* of GICR_TYPER */
#define PENDING_ZERO   (1ULL << 62)
/* Of both: write-back, inner shareable. */
#define LPIS_CACHED    (7ULL << 7)
#define LPIS_SHARED    (1ULL << 10)
#define LPIS_SHARED_BY (3ULL << 10)

#define GITS_CTLR             0x00
#define GITS_TYPER            0x08
#define GITS_CBASER           0x80
#define GITS_CWRITER          0x88
#define GITS_CREADR           0x90
#define GITS_BASER            0x100
#define BASERS                8u
#define ITS_ENABLED           1u
#define ITS_AT_REST           (1u << 31)
#define TYPER_PHYSICAL(typer) ((typer)&1)
#define TYPER_ENTRY(typer)    (((typer) >> 4 & 0xf) + 1)
#define TYPER_EVENTS(typer)   (((typer) >> 8 & 0x1f) + 1)
#define TYPER_DEVICES(typer)  (((typer) >> 13 & 0x1f) + 1)
#define TYPER_ADDRESSES(typer)                                                                     \
	((typer) >> 19 & 1) /* commands name a redistributor by its address */
#define BASER_VALID       (1ULL << 63)
#define BASER_CACHED      (7ULL << 59)
#define BASER_SHARED      (1ULL << 10)
#define BASER_SHARED_BY   (3ULL << 10)
#define BASER_KIND(b)     ((uint32_t)((b) >> 56 & 7))
#define BASER_DEVICES     1u
#define BASER_COLLECTIONS 4u
#define BASER_ENTRY(b)    (((b) >> 48 & 0x1f) + 1)
#define BASER_PAGE(b)     ((uint32_t)((b) >> 8 & 3)) /* 4, 16 or 64 KiB */
#define BASER_PAGE_SHIFT  8

#define COMMAND_SYNC   0x05u
#define COMMAND_MAPD   0x08u
#define COMMAND_MAPC   0x09u
#define COMMAND_MAPTI  0x0au
#define COMMAND_INVALL 0x0du
#define COMMAND_VALID  (1ULL << 63)
#define COMMAND_SIZE   32u
#define QUEUE_SIZE     0x1000u

#define PIECE        0x10000ull /* what tables are aligned to, and the size of two of them */
#define EVENT_BITS   10u        /* an SPI's number */
#define LPI_ENABLED  1u
#define SENDER_TABLE BUNDLE_MESSAGE_SENDER_MEMORY

/* Its memory: for each core what is pending there; devices; collections; LPIs' priorities; the
 * queue of commands; each sender's table. */
struct its {
	uint64_t base, typer;
	uint64_t pending, devices, collections, priorities, queue, senders;
	uint32_t next; /* of the queue */
};

uint64_t gic_message_memory(const struct bundle_header *from)
{
	return bundle_message_memory(from);
}

static uint64_t read_64(uint64_t at)
{
	return device_read(at) | (uint64_t)device_read(at + 4) << 32;
}

_Noreturn static void unfit(const char *why)
{
	print("kumiki: the ITS can't be used: %s\n", why);
	stop_machine("take it out of the board file: functions use their interrupt lines then");
}

static struct its its_lay_out(const struct bundle_header *from, uint64_t memory)
{
	struct its its = {.base = from->board.its_base};

	its.typer = read_64(its.base + GITS_TYPER);
	its.pending = (memory + PIECE - 1) & ~(PIECE - 1);
	its.devices = its.pending + from->cores.count * PIECE;
	its.collections = its.devices + PIECE;
	its.priorities = its.collections + PIECE;
	its.queue = its.priorities + (1u << GIC_MESSAGE_BITS) - GIC_MESSAGE_FIRST;
	its.senders = its.queue + QUEUE_SIZE;
	return its;
}

static void its_look(const struct its *its, uint64_t distributor)
{
	if (TYPER_PHYSICAL(its->typer) == 0)
		unfit("it has no physical LPIs");
	if (TYPER_EVENTS(its->typer) < EVENT_BITS ||
	    1ull << TYPER_DEVICES(its->typer) < BUNDLE_MESSAGE_DEVICES ||
	    TYPER_ENTRY(its->typer) << EVENT_BITS > SENDER_TABLE)
		unfit("it knows too few events or devices");
	if ((device_read(distributor + GICD_TYPER) >> 19 & 0x1f) + 1 < GIC_MESSAGE_BITS)
		unfit("the GIC has too few LPIs");
}

/* ---- redistributors ---- */

static void begin_core(const struct its *its, uint64_t core, uint64_t pending)
{
	uint32_t control;

	if ((device_read(core + GICR_TYPER) & PHYSICAL_LPIS) == 0)
		unfit("a redistributor has no physical LPIs");
	control = device_read(core + GICR_CTLR) & ~ENABLE_LPIS;
	device_write(core + GICR_CTLR, control);
	if ((device_read(core + GICR_CTLR) & ENABLE_LPIS) != 0)
		unfit("the firmware left LPIs on, and they can't be turned off");
	device_write_64(core + GICR_PROPBASER,
	                its->priorities | LPIS_CACHED | LPIS_SHARED | (GIC_MESSAGE_BITS - 1));
	if ((read_64(core + GICR_PROPBASER) & LPIS_SHARED_BY) == 0)
		unfit("a redistributor reads memory past the caches");
	device_write_64(core + GICR_PENDBASER, pending | PENDING_ZERO | LPIS_CACHED | LPIS_SHARED);
	barrier_full();
	device_write(core + GICR_CTLR, control | ENABLE_LPIS);
}

/* ---- tables of the ITS ---- */

/* An entry count doesn't matter: each table has room for more than the frame uses. */
static void its_give(uint64_t baser, uint64_t table)
{
	uint64_t value = table | BASER_VALID | BASER_CACHED | BASER_SHARED;
	uint32_t page;

	device_write_64(baser, value);
	page = BASER_PAGE(read_64(baser));
	device_write_64(baser, value | (uint64_t)page << BASER_PAGE_SHIFT |
	                           ((PIECE >> (12 + 2 * page)) - 1));
	if ((read_64(baser) & BASER_SHARED_BY) == 0)
		unfit("it reads memory past the caches");
	if (BASER_ENTRY(read_64(baser)) * BUNDLE_MESSAGE_DEVICES > PIECE)
		unfit("its tables are too large");
}

static void its_give_tables(const struct its *its)
{
	for (uint32_t i = 0; i < BASERS; i++) {
		uint64_t baser = its->base + GITS_BASER + 8ull * i;
		uint32_t kind = BASER_KIND(read_64(baser));

		if (kind == BASER_DEVICES)
			its_give(baser, its->devices);
		else if (kind == BASER_COLLECTIONS)
			its_give(baser, its->collections);
	}
	device_write_64(its->base + GITS_CBASER,
	                its->queue | BASER_VALID | BASER_CACHED | BASER_SHARED);
	device_write_64(its->base + GITS_CWRITER, 0);
}

/* ---- commands ---- */

static void its_command(struct its *its, const uint64_t words[3])
{
	volatile uint64_t *command = (volatile uint64_t *)(its->queue + its->next);

	for (uint32_t i = 0; i < 3; i++)
		command[i] = words[i];
	command[3] = 0;
	its->next = (its->next + COMMAND_SIZE) % QUEUE_SIZE;
	barrier_full();
	device_write_64(its->base + GITS_CWRITER, its->next);
	for (uint32_t i = 0; i < GIC_TRIES; i++)
		if (device_read(its->base + GITS_CREADR) == its->next)
			return;
	unfit("it doesn't take commands");
}

/* How commands name a redistributor. */
static uint64_t its_place(const struct its *its, uint64_t core)
{
	return TYPER_ADDRESSES(its->typer)
	           ? core
	           : (uint64_t)(device_read(core + GICR_TYPER) >> 8 & 0xffff) << 16;
}

static void map_core(struct its *its, uint32_t index, uint64_t core)
{
	its_command(its,
	            (uint64_t[]){COMMAND_MAPC, 0, COMMAND_VALID | its_place(its, core) | index});
}

/* Has a core see its events, and the priorities of their LPIs. */
static void settle_core(struct its *its, uint32_t index, uint64_t core)
{
	uint64_t place = its_place(its, core);

	its_command(its, (uint64_t[]){COMMAND_INVALL, 0, index});
	its_command(its, (uint64_t[]){COMMAND_SYNC, 0, place});
}

/* The most urgent vCPU's class: its interrupts mustn't wait for less urgent work. */
static uint8_t urgency_of(const struct bundle_header *from, const struct bundle_partition *owner)
{
	const struct bundle_vcpu *vcpus = bundle_vcpus(from) + owner->vcpus.first;
	uint32_t most = 0;

	for (uint32_t i = 0; i < owner->vcpus.count; i++) {
		most = vcpus[i].priority > most ? vcpus[i].priority : most;
		most = vcpus[i].priority_high > most ? vcpus[i].priority_high : most;
	}
	return (uint8_t)gic_priority(gic_class(most));
}

static void map_sender(struct its *its, const struct bundle_header *from, uint32_t number,
                       uint64_t table)
{
	const struct bundle_function *function = &bundle_functions(from)[number];
	uint32_t index = bundle_function_owner(from, number);
	const struct bundle_partition *owner = &bundle_partitions(from)[index];
	uint64_t sender = (uint64_t)function->sender << 32;
	uint32_t core = bundle_vcpus(from)[owner->vcpus.first].core;
	uint8_t *priorities = (uint8_t *)(uintptr_t)its->priorities;

	its_command(its,
	            (uint64_t[]){COMMAND_MAPD | sender, EVENT_BITS - 1, COMMAND_VALID | table});
	for (uint32_t i = 0; i < owner->message_count; i++) {
		uint32_t spi = owner->message_intid + i, lpi = GIC_MESSAGE(index, spi);

		priorities[lpi - GIC_MESSAGE_FIRST] = urgency_of(from, owner) | LPI_ENABLED;
		its_command(its,
		            (uint64_t[]){COMMAND_MAPTI | sender, (uint64_t)lpi << 32 | spi, core});
	}
}

void gic_begin_messages(const struct bundle_header *from, uint64_t memory, const uint64_t *cores)
{
	struct its its = its_lay_out(from, memory);
	uint64_t table = its.senders;

	its_look(&its, from->board.gicd_base);
	device_write(its.base + GITS_CTLR, 0);
	for (uint32_t i = 0; (device_read(its.base + GITS_CTLR) & ITS_AT_REST) == 0; i++)
		if (i == GIC_TRIES)
			unfit("it doesn't come to rest");
	for (uint32_t i = 0; i < from->cores.count; i++)
		begin_core(&its, cores[i], its.pending + i * PIECE);
	its_give_tables(&its);
	device_write(its.base + GITS_CTLR, ITS_ENABLED);
	for (uint32_t i = 0; i < from->cores.count; i++)
		map_core(&its, i, cores[i]);
	for (uint32_t i = 0; i < from->functions.count; i++) {
		if (bundle_functions(from)[i].sender == 0)
			continue;
		map_sender(&its, from, i, table);
		table += SENDER_TABLE;
	}
	for (uint32_t i = 0; i < from->cores.count; i++)
		settle_core(&its, i, cores[i]);
}
