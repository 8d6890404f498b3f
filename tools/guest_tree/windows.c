/* See windows.h. */
#include "parts.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WINDOWS_NO_BELL     (~0u)
#define WINDOWS_SPI         0u
#define WINDOWS_EDGE        1u
#define WINDOWS_NAMES       (BUNDLE_PARTITIONS_MAX * BUNDLE_NAME_SIZE)
#define WINDOWS_OTHERS      BUNDLE_PARTITIONS_MAX
#define WINDOWS_INTERRUPT   3 /* cells */
#define WINDOWS_MANAGER_BIT BUNDLE_PANEL_BITS
#define WINDOWS_PIECES      16 /* the most pieces of a watched partition's memory */
#define WINDOWS_PAGE        4096u

/* Partitions' names, one after another. */
struct windows_names {
	char text[WINDOWS_NAMES];
	size_t size;
};

static void windows_name(struct windows_names *names, const struct model_partition *partition)
{
	const size_t size = strlen(partition->name) + 1;
	memcpy(names->text + names->size, partition->name, size);
	names->size += size;
}

static uint32_t windows_index(const struct model *model, const struct model_partition *partition)
{
	return (uint32_t)(partition - model->partitions);
}

/* The doorbell of a window from one partition to another. WINDOWS_NO_BELL: there is none. */
static uint32_t windows_bell(const struct model *model, uint32_t window, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < model->doorbell_count; i++)
		if (model->doorbells[i].window == window && model->doorbells[i].from == from &&
		    model->doorbells[i].to == to)
			return i;
	return WINDOWS_NO_BELL;
}

static void windows_interrupt(uint32_t cells[WINDOWS_INTERRUPT], uint32_t intid)
{
	cells[0] = WINDOWS_SPI;
	cells[1] = intid - BUNDLE_SPI_FIRST;
	cells[2] = WINDOWS_EDGE;
}

/* Writes how a partition hears doorbells: by bits of its panel if it has one, otherwise by
 * interrupts. */
static void windows_heard(struct writer *writer, const struct model *model, uint32_t self,
                          const uint32_t *bells, uint32_t count)
{
	uint32_t cells[WINDOWS_OTHERS * WINDOWS_INTERRUPT];
	const bool panel = model->partitions[self].panel != NULL;
	for (uint32_t i = 0; i < count; i++) {
		const struct model_doorbell *bell = &model->doorbells[bells[i]];
		if (panel)
			cells[i] = bell->bit;
		else
			windows_interrupt(&cells[WINDOWS_INTERRUPT * i], bell->intid);
	}
	if (panel)
		writer_cells(writer, "kumiki,bits", cells, count);
	else
		writer_cells(writer, "interrupts", cells, (size_t)WINDOWS_INTERRUPT * count);
}

/* Writes the other partitions' names and, in the same order, the doorbells to ring and the
 * doorbells to hear. */
static void windows_peers(struct writer *writer, const struct model *model, uint32_t window,
                          uint32_t self)
{
	const struct model_window *shared = &model->windows[window];
	struct windows_names names = {.size = 0};
	uint32_t rings[WINDOWS_OTHERS], heard[WINDOWS_OTHERS], count = 0;
	for (size_t i = 0; i < shared->member_count; i++) {
		const uint32_t other = shared->members[i].partition;
		const uint32_t to = windows_bell(model, window, self, other);
		const uint32_t from = windows_bell(model, window, other, self);
		if (other == self)
			continue;
		windows_name(&names, &model->partitions[other]);
		if (to == WINDOWS_NO_BELL || from == WINDOWS_NO_BELL)
			continue;
		rings[count] = to;
		heard[count++] = from;
	}
	writer_bytes(writer, "kumiki,peers", names.text, names.size);
	if (count != 0) {
		writer_cells(writer, "kumiki,rings", rings, count);
		windows_heard(writer, model, self, heard, count);
	}
}

static void windows_window(struct writer *writer, const struct model *model, uint32_t window,
                           uint32_t self)
{
	const struct model_window *shared = &model->windows[window];
	for (size_t i = 0; i < shared->member_count; i++) {
		const struct model_member *member = &shared->members[i];
		const uint64_t pair[1][2] = {{member->ipa, shared->size}};
		if (member->partition != self)
			continue;
		writer_node_at(writer, "window", member->ipa);
		writer_text(writer, "compatible", "kumiki,window-1.0");
		writer_text(writer, "label", shared->name);
		writer_reg(writer, pair, 1);
		if (member->read_only)
			writer_flag(writer, "kumiki,read-only");
		windows_peers(writer, model, window, self);
		writer_node_end(writer);
	}
}

/* Writes one direction of a doorbell: the partition rings it or hears it. */
static void windows_doorbell(struct writer *writer, const struct model *model, uint32_t index,
                             uint32_t self)
{
	const struct model_doorbell *bell = &model->doorbells[index];
	const bool rings = bell->from == self;
	char name[32];
	if (bell->window != MODEL_NO_WINDOW || (!rings && bell->to != self))
		return;
	snprintf(name, sizeof(name), "doorbell-%" PRIu32, index);
	writer_node(writer, name);
	writer_text(writer, "compatible", "kumiki,doorbell-1.0");
	writer_text(writer, "label", bell->name);
	writer_text(writer, "kumiki,peers", model->partitions[rings ? bell->to : bell->from].name);
	if (rings)
		writer_u32(writer, "kumiki,rings", index);
	else
		windows_heard(writer, model, self, &index, 1);
	writer_node_end(writer);
}

/* Writes what a watcher reads: first the registers' page, then each piece of the watched
 * partition's memory; and at which addresses that partition itself has its memory. */
static void windows_watched(struct writer *writer, const struct model *model,
                            const struct model_partition *partition)
{
	const struct model_partition *watched = &model->partitions[partition->watches];
	uint64_t pairs[WINDOWS_PIECES + 1][2] = {{partition->watch_ipa, WINDOWS_PAGE}};
	uint32_t places[2 * WINDOWS_PIECES];
	size_t count = 0;
	for (; count < watched->memory_count && count < WINDOWS_PIECES; count++) {
		pairs[count + 1][0] = partition->watched_ipa[count];
		pairs[count + 1][1] = watched->memory[count].size;
		places[2 * count] = (uint32_t)(watched->memory[count].ipa >> 32);
		places[2 * count + 1] = (uint32_t)watched->memory[count].ipa;
	}
	writer_node_at(writer, "watched", partition->watch_ipa);
	writer_text(writer, "compatible", "kumiki,watched-1.0");
	writer_text(writer, "label", watched->name);
	writer_reg(writer, (const uint64_t(*)[2])pairs, count + 1);
	writer_cells(writer, "kumiki,places", places, 2 * count);
	writer_node_end(writer);
}

void windows_make(struct writer *writer, const struct model *model,
                  const struct model_partition *partition)
{
	const uint32_t self = windows_index(model, partition);
	for (uint32_t i = 0; i < model->window_count; i++)
		windows_window(writer, model, i, self);
	for (uint32_t i = 0; i < model->doorbell_count; i++)
		windows_doorbell(writer, model, i, self);
	if (partition->watch_ipa != 0)
		windows_watched(writer, model, partition);
}

void windows_make_cells(struct writer *writer, const struct model_partition *partition)
{
	if (partition->blackbox_ipa == 0)
		return;
	writer_u32(writer, "#address-cells", writer->address_cells);
	writer_u32(writer, "#size-cells", writer->size_cells);
	writer_flag(writer, "ranges");
}

/* Writes the black boxes of managed partitions, in the order of these partitions' names. */
static void windows_black_boxes(struct writer *writer, const struct model *model,
                                const struct model_partition *partition)
{
	uint64_t pairs[BUNDLE_PARTITIONS_MAX][2];
	size_t count = 0;
	for (uint32_t i = 0; i < model->partition_count; i++) {
		if ((partition->life.manages >> i & 1) == 0)
			continue;
		pairs[count][0] = partition->blackbox_ipa + (uint64_t)i * BUNDLE_BLACKBOX_MEMORY;
		pairs[count++][1] = BUNDLE_BLACKBOX_MEMORY;
	}
	writer_reg(writer, (const uint64_t(*)[2])pairs, count);
}

/* Writes how the partition hears of changes of others' lives and of cores' holders. */
static void windows_changes(struct writer *writer, const struct model_partition *partition)
{
	uint32_t interrupt[WINDOWS_INTERRUPT];
	windows_interrupt(interrupt, partition->manager_intid);
	if (partition->panel != NULL)
		writer_u32(writer, "kumiki,bit", WINDOWS_MANAGER_BIT);
	else
		writer_cells(writer, "interrupts", interrupt, WINDOWS_INTERRUPT);
}

void windows_make_cores(struct writer *writer, const struct model_partition *partition)
{
	if (!partition->moves_cores)
		return;
	writer_node(writer, "cores");
	writer_text(writer, "compatible", "kumiki,cores-1.0");
	windows_changes(writer, partition);
	writer_node_end(writer);
}

void windows_make_manager(struct writer *writer, const struct model *model,
                          const struct model_partition *partition)
{
	struct windows_names names = {.size = 0};
	if (partition->life.manages == 0)
		return;
	for (uint32_t i = 0; i < model->partition_count; i++)
		if ((partition->life.manages >> i & 1) != 0)
			windows_name(&names, &model->partitions[i]);
	writer_node(writer, "manager");
	writer_text(writer, "compatible", "kumiki,manager-1.0");
	writer_bytes(writer, "kumiki,manages", names.text, names.size);
	windows_changes(writer, partition);
	if (partition->blackbox_ipa != 0)
		windows_black_boxes(writer, model, partition);
	writer_node_end(writer);
}
