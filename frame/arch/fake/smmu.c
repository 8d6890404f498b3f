/* The fake SMMU; see fake/smmu.h. */
#include <fake/device.h>
#include <fake/smmu.h>
#include <machine/sysreg.h>
#include <string.h>

#define SIZE      0x20000u
#define STREAMS   256u
#define TLB_MAX   512u
#define OUTPUT    0x0000fffffffff000ULL
#define QUEUE_MAX 256u

struct queue {
	uint64_t base;
	uint32_t length, prod, cons;
};

/* What the SMMU keeps of a stream: its entry, and the context behind it. */
struct config {
	bool used;
	uint64_t entry[4], context[4];
};

struct translation {
	bool used, writable;
	uint32_t tag; /* VMID and ASID */
	uint64_t page, pa;
};

static struct {
	struct fake_smmu_plan plan;
	uint32_t cr0, irq_ctrl, gerror, gerrorn, table_size, gbpa;
	uint64_t table;
	struct queue commands, events;
	struct config config[STREAMS];
	struct translation tlb[TLB_MAX];
	uint32_t tlb_next;
	/* Memory at the last barrier. */
	uint64_t seen_entry[STREAMS][8];
	uint64_t seen_command[QUEUE_MAX][2];
	bool breaks, unsure; /* unsure: configurations were dropped, and no SYNC came since */
	uint32_t pace;
} smmu;

static const uint64_t *memory(uint64_t address)
{
	return (const uint64_t *)(uintptr_t)address;
}

#define CONFIG_BYPASS 4u

static bool is_open(uint64_t word)
{
	return (word & 1) != 0 && (word >> 1 & 7) > 3;
}

/* ---- what the SMMU sees ---- */

/* Only the first word of an open entry may change, and only to a value that closes the entry. */
static void look_at_entry(uint32_t stream, const uint64_t *now)
{
	uint64_t *seen = smmu.seen_entry[stream];

	if (is_open(seen[0]) && memcmp(&seen[1], &now[1], 7 * sizeof(*now)) != 0)
		fake_complain("the entry of stream %u was changed while it was in use", stream);
	if (is_open(seen[0]) && is_open(now[0]) && seen[0] != now[0])
		fake_complain("the entry of stream %u was changed to another in use", stream);
	memcpy(seen, now, sizeof(smmu.seen_entry[0]));
}

static void on_barrier(void)
{
	for (uint32_t i = 0; smmu.table != 0 && i < smmu.table_size; i++)
		look_at_entry(i, memory(smmu.table) + 8 * i);
	if (smmu.commands.base != 0)
		memcpy(smmu.seen_command, memory(smmu.commands.base), sizeof(smmu.seen_command));
}

/* ---- commands ---- */

static uint32_t queued(const struct queue *queue)
{
	return (queue->prod - queue->cons) & (2 * queue->length - 1);
}

static void forget_streams(uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count && i < STREAMS; i++)
		smmu.config[i].used = false;
}

static void forget_tags(uint32_t tag, uint32_t mask)
{
	for (uint32_t i = 0; i < TLB_MAX; i++)
		if ((smmu.tlb[i].tag & mask) == (tag & mask))
			smmu.tlb[i].used = false;
}

/* Commands before a SYNC may be carried out in any order: complains if that matters. */
static void check_order(void)
{
	if (smmu.unsure)
		fake_complain("translations are forgotten while old entries may lead to them");
}

static void carry_out(const uint64_t *command)
{
	uint32_t upper = (uint32_t)(command[0] >> 32);

	switch (command[0] & 0xff) {
	case 0x03: /* CFGI_STE */
		smmu.unsure = true;
		forget_streams(upper, 1);
		break;
	case 0x04: /* CFGI_STE_RANGE, CFGI_ALL */
		forget_streams(0, STREAMS);
		break;
	case 0x11: /* TLBI_NH_ASID: VMID in 47:32, ASID in 63:48 */
		check_order();
		forget_tags(upper >> 16 | upper << 16, ~0u);
		break;
	case 0x28: /* TLBI_S12_VMALL */
		if (!smmu.plan.stage2)
			fake_complain("an invalidation of stage 2, which it hasn't");
		check_order();
		forget_tags(upper << 16, 0xffff0000);
		break;
	case 0x30: /* TLBI_NSNH_ALL */
		forget_tags(0, 0);
		break;
	case 0x46: /* SYNC */
		smmu.unsure = false;
		break;
	default:
		fake_complain("an unknown command %#llx", (unsigned long long)command[0]);
		break;
	}
}

void fake_smmu_step(uint32_t commands)
{
	struct queue *queue = &smmu.commands;

	if ((smmu.cr0 & 8) == 0)
		return;
	for (; commands > 0 && queued(queue) > 0; commands--) {
		if (((smmu.gerror ^ smmu.gerrorn) & 1) != 0)
			return;
		if (smmu.breaks) {
			smmu.gerror ^= 1;
			return;
		}
		carry_out(smmu.seen_command[queue->cons % queue->length]);
		queue->cons = (queue->cons + 1) & (2 * queue->length - 1);
	}
}

void fake_smmu_pace(uint32_t commands)
{
	smmu.pace = commands;
}

uint32_t fake_smmu_waiting(void)
{
	return smmu.commands.length == 0 ? 0 : queued(&smmu.commands);
}

void fake_smmu_break_commands(void)
{
	smmu.breaks = true;
}

void fake_smmu_fail(void)
{
	smmu.gerror ^= 1u << 8;
}

/* ---- registers ---- */

static void produce(uint32_t value)
{
	struct queue *queue = &smmu.commands;

	queue->prod = value;
	if (queue->length != 0 && queued(queue) > queue->length)
		fake_complain("the command queue overflows");
}

static void set_half(uint64_t *word, uint64_t offset, uint32_t value)
{
	uint32_t shift = (offset & 4) != 0 ? 32 : 0;

	*word = (*word & ~(0xffffffffULL << shift)) | (uint64_t)value << shift;
}

static void set_queue(struct queue *queue, uint64_t offset, uint32_t value)
{
	set_half(&queue->base, offset, value);
	if ((offset & 4) != 0) {
		queue->length = 1u << (queue->base & 0x1f);
		queue->base &= OUTPUT;
	}
}

static void set_control(uint32_t value)
{
	if ((value & 1) != 0 && smmu.table == 0)
		fake_complain("it is turned on without a table of streams");
	smmu.cr0 = value;
}

static void write_register(uint64_t offset, uint32_t value)
{
	switch (offset) {
	case 0x20:
		set_control(value);
		break;
	case 0x28:
		if (value != 0xd75)
			fake_complain("tables or queues aren't read as the cores write them");
		break;
	case 0x44:
		smmu.gbpa = value & 0x7fffffff;
		break;
	case 0x50:
		smmu.irq_ctrl = value;
		break;
	case 0x64:
		smmu.gerrorn = value;
		break;
	case 0x68:
	case 0xb0:
		if ((smmu.irq_ctrl & (offset == 0x68 ? 1u : 4u)) != 0)
			fake_complain("the way of an interrupt is changed while it is on");
		break;
	case 0x80:
	case 0x84:
		set_half(&smmu.table, offset, value);
		break;
	case 0x88:
		smmu.table_size = 1u << value;
		if (smmu.table % (64u << value) != 0)
			fake_complain("the table of streams isn't aligned to its size");
		break;
	case 0x90:
	case 0x94:
		set_queue(&smmu.commands, offset, value);
		break;
	case 0x98:
		produce(value);
		break;
	case 0x9c:
		smmu.commands.cons = value;
		break;
	case 0xa0:
	case 0xa4:
		set_queue(&smmu.events, offset, value);
		break;
	case 0x100a8:
		smmu.events.prod = value;
		break;
	case 0x100ac:
		smmu.events.cons = value;
		break;
	default:
		break;
	}
}

static uint32_t read_register(uint64_t offset)
{
	switch (offset) {
	case 0x00:
		return (2u | (smmu.plan.stage2 ? 1u : 0) | 8u | (smmu.plan.coherent ? 16u : 0)) ^
		       smmu.plan.idr0;
	case 0x04:
		return 19u << 21 | 19u << 16 | 16u;
	case 0x14:
		return 4u | 1u << 4;
	case 0x20:
	case 0x24:
		return smmu.cr0;
	case 0x44:
		return smmu.gbpa;
	case 0x50:
	case 0x54:
		return smmu.irq_ctrl;
	case 0x60:
		return smmu.gerror;
	case 0x64:
		return smmu.gerrorn;
	case 0x98:
		return smmu.commands.prod;
	case 0x9c:
		/* While the frame starts, only its looks at this register let time pass. */
		fake_smmu_step((smmu.cr0 & 1) == 0 ? 1 : smmu.pace);
		return smmu.commands.cons;
	case 0x100a8:
		return smmu.events.prod;
	case 0x100ac:
		return smmu.events.cons;
	default:
		return 0;
	}
}

void fake_smmu_also_at(uint64_t base)
{
	fake_device_add(&(struct fake_device){base, SIZE, read_register, write_register});
}

void fake_smmu_reset(const struct fake_smmu_plan *plan)
{
	memset(&smmu, 0, sizeof(smmu));
	smmu.plan = *plan;
	smmu.irq_ctrl = 7;
	fake_smmu_also_at(plan->base);
	fake_on_barrier = on_barrier;
}

/* ---- accesses ---- */

static bool refuse(uint32_t type, uint32_t stream, uint64_t address, bool write)
{
	struct queue *queue = &smmu.events;
	uint64_t *event;

	if ((smmu.cr0 & 4) == 0)
		return false;
	if (queued(queue) == queue->length) {
		smmu.gerror |= (smmu.gerrorn ^ 4) & 4;
		return false;
	}
	event = (uint64_t *)(uintptr_t)queue->base + 4 * (queue->prod % queue->length);
	event[0] = type | (uint64_t)stream << 32;
	event[1] = write ? 0 : 1ULL << 35;
	event[2] = address;
	event[3] = 0;
	queue->prod = (queue->prod + 1) & (2 * queue->length - 1);
	return false;
}

static void check_context(const uint64_t *context)
{
	if ((context[0] >> 31 & 1) == 0 || (context[0] >> 41 & 1) == 0)
		fake_complain("a context that isn't valid, or not of AArch64");
	if ((context[0] & 0x3f) != 25 || (context[0] >> 6 & 3) != 0)
		fake_complain("a context of another granule or size");
	if ((context[0] >> 30 & 1) == 0)
		fake_complain("a context with a second table");
	if ((context[0] >> 45 & 3) != 3)
		fake_complain("faults aren't recorded, or not refused at once");
	if ((context[3] & 0xff) != 0xff)
		fake_complain("memory isn't write-back");
}

/* Returns a stream's entry from the SMMU's cache. If the cache lacks it, it takes the entry as it
 * was at the last barrier. */
static const struct config *config_of(uint32_t stream)
{
	struct config *config = &smmu.config[stream];

	if (config->used)
		return config;
	memcpy(config->entry, smmu.seen_entry[stream], sizeof(config->entry));
	if ((config->entry[0] >> 1 & 7) == 5) {
		memcpy(config->context, memory(config->entry[0] & 0x000fffffffffffc0ULL),
		       sizeof(config->context));
		check_context(config->context);
	}
	config->used = true;
	return config;
}

static bool walk(uint64_t table, uint64_t address, uint64_t *leaf, uint64_t *pa)
{
	if (address >> 39 != 0)
		return false;
	for (uint32_t shift = 30;; shift -= 9) {
		uint64_t entry = memory(table)[address >> shift & 511];

		if ((entry & 1) == 0)
			return false;
		if (shift == 12 || (entry & 2) == 0) {
			*leaf = entry;
			*pa = (entry & OUTPUT) | (address & ((1ULL << shift) - 1));
			return true;
		}
		table = entry & OUTPUT;
	}
}

static const struct translation *cached(uint32_t tag, uint64_t page)
{
	for (uint32_t i = 0; i < TLB_MAX; i++)
		if (smmu.tlb[i].used && smmu.tlb[i].tag == tag && smmu.tlb[i].page == page)
			return &smmu.tlb[i];
	return NULL;
}

static const struct translation *translate(const struct config *config, uint64_t address)
{
	bool stage1 = (config->entry[0] >> 1 & 7) == 5;
	uint32_t tag = stage1 ? (uint32_t)(config->context[0] >> 48)
	                      : (uint32_t)(config->entry[2] & 0xffff) << 16;
	uint64_t table = (stage1 ? config->context[1] : config->entry[3]) & OUTPUT;
	const struct translation *found = cached(tag, address >> 12);
	struct translation *new = &smmu.tlb[smmu.tlb_next % TLB_MAX];
	uint64_t leaf, pa;

	if (found != NULL)
		return found;
	if (!walk(table, address, &leaf, &pa))
		return NULL;
	if ((leaf >> 10 & 1) == 0 || (stage1 && (leaf >> 6 & 1) == 0))
		fake_complain("a leaf that a device can't use");
	if (stage1 && ((leaf >> 11 & 1) == 0 || (leaf >> 2 & 7) != 0))
		fake_complain("a leaf that is global, or of another kind of memory");
	smmu.tlb_next++;
	*new = (struct translation){
	    .used = true,
	    .writable = stage1 ? (leaf >> 7 & 1) == 0 : (leaf >> 7 & 1) != 0,
	    .tag = tag,
	    .page = address >> 12,
	    .pa = pa & ~0xfffULL,
	};
	return new;
}

bool fake_smmu_access(uint32_t stream, uint64_t address, bool write, uint64_t *pa)
{
	const struct config *config;
	const struct translation *found;

	*pa = address;
	if ((smmu.cr0 & 1) == 0)
		return (smmu.gbpa >> 20 & 1) == 0;
	if (stream >= smmu.table_size)
		return refuse(0x02, stream, address, write);
	config = config_of(stream);
	if ((config->entry[0] & 1) == 0)
		return refuse(0x04, stream, address, write);
	if ((config->entry[0] >> 1 & 7) == CONFIG_BYPASS)
		return true;
	if (!is_open(config->entry[0]))
		return false;
	found = translate(config, address);
	if (found == NULL)
		return refuse(0x10, stream, address, write);
	if (write && !found->writable)
		return refuse(0x13, stream, address, write);
	*pa = found->pa | (address & 0xfff);
	return true;
}
