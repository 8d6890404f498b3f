/*
 * The physical SMMUv3 at run time: commands, events, errors. Nothing here waits: a caller that
 * needs the end of a command asks again.
 *
 * An entry of the stream table is always valid. An open entry and a closed one differ only in the
 * first word. That word is stored at once, so the SMMU finds the entry open or closed (IHI 0070,
 * "Stream table entry", "Structure access rules").
 */
#include <dev/smmuv3.h>
#include <frame/layout.h>
#include <frame/smmu.h>
#include <machine/device.h>
#include <machine/sysreg.h>

/* Queue positions count to twice the queue's length. */
#define COMMAND_MASK (2 * SMMU_COMMANDS - 1)
#define EVENT_MASK   (2 * SMMU_EVENTS - 1)
#define OVERFLOW     (1u << 31) /* of EVENTQ_PROD; acknowledged in EVENTQ_CONS */

bool smmu_take(void)
{
	return __atomic_exchange_n(&smmu_own->taken, 1, __ATOMIC_ACQUIRE) == 0;
}

void smmu_give(void)
{
	__atomic_store_n(&smmu_own->taken, 0, __ATOMIC_RELEASE);
}

/* The queue always has room: each partition has at most one change of its streams on its way, of
 * some ten commands, and one of its rights, of three. */
static void smmu_post(uint64_t word)
{
	uint64_t *command = smmu_own->command[smmu_own->produced % SMMU_COMMANDS];

	command[0] = word;
	command[1] = 0;
	smmu_own->produced = (smmu_own->produced + 1) & COMMAND_MASK;
}

static void set_stream(uint32_t stream, uint64_t word)
{
	__atomic_store_n(&smmu_own->stream[stream][0], word, __ATOMIC_RELAXED);
	smmu_post(COMMAND_CFGI_STE | COMMAND_STREAM(stream));
}

void smmu_open(uint32_t stream, const struct smmu_domain *domain)
{
	set_stream(stream, domain->open);
}

void smmu_close(uint32_t stream)
{
	set_stream(stream, STE_VALID | STE_ABORT);
}

/* Two SYNCs are needed: an access that is on its way by an old entry could cache a translation
 * again, and the first SYNC waits for such accesses. */
uint32_t smmu_finish(const struct smmu_domain *domain)
{
	smmu_post(COMMAND_SYNC);
	smmu_post(domain->forget);
	smmu_post(COMMAND_SYNC);
	barrier_full(); /* the entries and the commands are there before the SMMU is told */
	device_write(LAYOUT_SMMU + SMMU_CMDQ_PROD, smmu_own->produced);
	return smmu_own->produced;
}

/* True: the SMMU has passed the mark. This compares numbers of commands: a mark that it hasn't
 * passed is never farther behind than the queue is long. By an older one the answer may be false
 * until the queue is empty. */
bool smmu_done(uint32_t mark)
{
	uint32_t produced = __atomic_load_n(&smmu_own->produced, __ATOMIC_RELAXED);
	uint32_t consumed = device_read(LAYOUT_SMMU + SMMU_CMDQ_CONS);

	return ((produced - consumed) & COMMAND_MASK) <= ((produced - mark) & COMMAND_MASK);
}

/* ---- events ---- */

static enum smmu_event_kind smmu_kind_of(uint32_t type)
{
	if (type == EVENT_TRANSLATION || type == EVENT_ADDR_SIZE)
		return SMMU_NOT_MAPPED;
	return type == EVENT_PERMISSION ? SMMU_NOT_ALLOWED : SMMU_BROKEN;
}

bool smmu_next_event(struct smmu_event *event)
{
	uint32_t produced = device_read(LAYOUT_SMMU + SMMU_EVENTQ_PROD);
	uint32_t consumed = device_read(LAYOUT_SMMU + SMMU_EVENTQ_CONS) & EVENT_MASK;
	const volatile uint64_t *record = smmu_own->event[consumed % SMMU_EVENTS];

	if ((produced & EVENT_MASK) == consumed)
		return false;
	barrier_full(); /* the record is read after it was found to be there */
	event->kind = smmu_kind_of(record[0] & 0xff);
	event->stream = (uint32_t)(record[0] >> 32);
	event->write = (record[1] & EVENT_READ) == 0;
	event->address = record[2];
	barrier_full();
	device_write(LAYOUT_SMMU + SMMU_EVENTQ_CONS,
	             ((consumed + 1) & EVENT_MASK) | (produced & OVERFLOW));
	return true;
}

const char *smmu_error(void)
{
	uint32_t active =
	    device_read(LAYOUT_SMMU + SMMU_GERROR) ^ device_read(LAYOUT_SMMU + SMMU_GERRORN);

	if ((active & GERROR_SFM) != 0)
		return "the SMMU has failed: it doesn't confine devices any more";
	if ((active & GERROR_CMDQ) != 0)
		return "the SMMU didn't take a command: it may not confine devices any more";
	return 0; /* otherwise events were lost, which only reports lack */
}

/* Fatal errors aren't acknowledged, so that smmu_error() finds them. */
void smmu_acknowledge(void)
{
	uint32_t gerrorn = device_read(LAYOUT_SMMU + SMMU_GERRORN);

	device_write(LAYOUT_SMMU + SMMU_GERRORN,
	             (device_read(LAYOUT_SMMU + SMMU_GERROR) & ~GERROR_FATAL) |
	                 (gerrorn & GERROR_FATAL));
}
