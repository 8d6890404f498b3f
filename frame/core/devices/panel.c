/*
 * The panel; see panel.h. Its interrupt is a level that falls when no enabled bit is pending, or
 * when the guest masks it in configuration space. Masked bits stay pending.
 */
#include <devices/manager.h>
#include <devices/panel.h>
#include <lib/bundle.h>
#include <run/hold.h>
#include <state/partition.h>
#include <vgic/vgic.h>
#include <word/doorbell.h>

#define STATE_WORDS  4u
#define STATES_END   PANEL_STATE(BUNDLE_PARTITIONS_MAX)
#define COMMANDS_END PANEL_COMMAND(BUNDLE_PARTITIONS_MAX)
#define HOLDS_END    PANEL_HOLD(BUNDLE_CORES_MAX)
#define NAMES_END    PANEL_NAME(BUNDLE_PARTITIONS_MAX)

bool panel_asks(const struct partition *partition)
{
	return (partition->panel.pending & partition->panel.enable) != 0;
}

void panel_evaluate(struct partition *partition)
{
	uint16_t command = partition->functions[partition->panel_function].command;

	vgic_set_line(partition, partition->panel_intid,
	              panel_asks(partition) && (command & PCI_COMMAND_NO_INTX) == 0);
}

void panel_hear(struct partition *partition, uint32_t bits)
{
	partition->panel.pending |= bits;
	panel_evaluate(partition);
}

void panel_reset(struct partition *partition)
{
	partition->panel = (struct panel){0};
}

/* ---- registers ---- */

/* A guest that reads the word `state` first finds the other words that belong to it: they are
 * written before it. */
static uint32_t state_word(const struct partition *partition, uint32_t at)
{
	uint32_t word = at / 4 % STATE_WORDS;
	const struct life_status *status =
	    manager_status(partition, (at - PANEL_STATE(0)) / (4 * STATE_WORDS));

	if (status == 0)
		return ~0u;
	return __atomic_load_n((const uint32_t *)status + word, __ATOMIC_SEQ_CST);
}

typedef uint32_t __attribute__((may_alias)) name_piece;

/* Reads a word of a partition's name at once, as names are aligned. (memcpy() would be a call that
 * copies bytes.) */
static uint32_t name_word(uint32_t at)
{
	uint32_t index = (at - PANEL_NAME(0)) / BUNDLE_NAME_SIZE;
	const void *name = bundle_partitions(core_bundle)[index].name;

	_Static_assert(offsetof(struct bundle_partition, name) % sizeof(name_piece) == 0,
	               "it is aligned");
	if (index >= core_bundle->partitions.count)
		return 0;
	return ((const name_piece *)name)[at % BUNDLE_NAME_SIZE / sizeof(name_piece)];
}

static uint32_t table_word(const struct partition *partition, uint32_t at)
{
	if (at >= PANEL_STATE(0) && at < STATES_END)
		return state_word(partition, at);
	if (at >= PANEL_HOLD(0) && at < HOLDS_END)
		return (uint32_t)(hold_record((at - PANEL_HOLD(0)) / 8) >> 8 * (at & 4));
	if (at >= PANEL_NAME(0) && at < NAMES_END)
		return name_word(at);
	return 0;
}

static uint32_t read_word(const struct partition *partition, uint32_t at)
{
	switch (at) {
	case PANEL_MAGIC:
		return PANEL_MAGIC_VALUE;
	case PANEL_REVISION:
		return PANEL_REVISION_VALUE;
	case PANEL_INDEX:
		return partition->index;
	case PANEL_STARTS:
		return partition->life.status.starts;
	case PANEL_PENDING:
		return partition->panel.pending;
	case PANEL_ENABLE:
		return partition->panel.enable;
	case PANEL_RESULT:
		return partition->panel.result;
	case PANEL_PARTITIONS:
		return core_bundle->partitions.count;
	case PANEL_MANAGED:
		return partition->config->life.manages;
	default:
		return table_word(partition, at);
	}
}

uint64_t panel_read(const struct partition *partition, uint32_t offset, uint32_t size)
{
	uint64_t value = read_word(partition, offset & ~3u);

	if (size == 8)
		value |= (uint64_t)read_word(partition, (offset & ~3u) + 4) << 32;
	return value >> 8 * (offset & 3);
}

static void write_word(struct partition *partition, uint32_t at, uint32_t value)
{
	struct panel *panel = &partition->panel;

	if (at == PANEL_PENDING) {
		doorbell_cleared(partition, panel->pending & value);
		panel->pending &= ~value;
	} else if (at == PANEL_ENABLE) {
		panel->enable = value;
	} else if (at == PANEL_RING) {
		panel->result = (uint32_t)doorbell_ring(partition->index, value);
	} else if (at >= PANEL_COMMAND(0) && at < COMMANDS_END) {
		panel->result =
		    (uint32_t)manager_command(partition, (at - PANEL_COMMAND(0)) / 4, value);
	} else if (at >= PANEL_HOLD(0) && at < HOLDS_END) {
		panel->result = (uint32_t)manager_hold(partition, (at - PANEL_HOLD(0)) / 8,
		                                       value & 0xff, value >> 8);
	} else if (at == PANEL_POWER) {
		panel->result = (uint32_t)manager_power(partition, (uint64_t)(int32_t)value);
	}
}

void panel_write(struct partition *partition, uint32_t offset, uint32_t size, uint64_t value)
{
	if (size != 4 || offset % 4 != 0)
		return;
	write_word(partition, offset, (uint32_t)value);
	panel_evaluate(partition);
}
