/* See picture.h. drawing.c and text.c use this file. */
#include "picture.h"
#include <host/dts.h>
#include <host/promises.h>
#include <host/say.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

/* ---- cores ---- */

/* The kind of a core: of "arm,cortex-a57", the part after the comma. */
static const char *picture_core_kind(const struct dts_node *node)
{
	const struct dts_property *compatible = dts_property(node, "compatible");
	if (compatible == NULL || compatible->size == 0)
		return "";
	const char *text = (const char *)compatible->bytes;
	const char *comma = memchr(text, ',', compatible->size);
	return compatible->bytes[compatible->size - 1] != 0 ? "" : comma != NULL ? comma + 1 : text;
}

/* Whether the vCPU is on this core at the machine's start. It isn't if it gets the core only later.
 */
static bool picture_starts(const struct promise_rival *rival, uint32_t core)
{
	return rival->vcpu->core == core && (rival->partition->may_hold >> core & 1) == 0;
}

/* Lists the vCPUs, if several vCPUs may run on the core, or if its vCPU may also run elsewhere. */
static void picture_core_vcpus(struct picture *picture, struct picture_core *core,
                               const struct promises *all)
{
	core->vcpus = arena_array(picture->arena, all->count + 1, sizeof(*core->vcpus));
	for (size_t i = 0; i < all->count; i++) {
		const struct promise_rival *rival = &all->rivals[i];
		if (rival->partition != NULL)
			core->vcpus[core->vcpu_count++] = (struct picture_vcpu){
			    .owner = (int)(rival->partition - picture->model->partitions),
			    .index = rival->index,
			    .priority = rival->vcpu->priority,
			    .starts = picture_starts(rival, all->core)};
	}
	if (core->vcpu_count == 1 && core->vcpus[0].starts)
		core->vcpu_count = 0;
}

static void picture_core_owner(struct picture *picture, struct picture_core *core, uint32_t index)
{
	const struct model *model = picture->model;
	struct promises *all = arena_alloc(picture->arena, sizeof(*all));
	promises_on(all, model, index);
	/* If no partition has the core, it is free, or it is the frame's core for booting. */
	core->owner = (model->free_cores >> index & 1) != 0 ? PICTURE_FREE : PICTURE_FRAME;
	core->console = model->board.uart_base != 0 && model->console_core == index;
	for (size_t i = all->count; i > 0; i--) {
		const struct promise_rival *rival = &all->rivals[i - 1];
		if (rival->partition == NULL || !picture_starts(rival, index))
			continue;
		core->owner = (int)(rival->partition - model->partitions);
		core->guest_affinity = rival->vcpu->affinity;
	}
	picture_core_vcpus(picture, core, all);
}

static bool picture_is_core(const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");
	return !node->deleted && type != NULL && strcmp(type, "cpu") == 0;
}

static int picture_compare_cores(const void *left, const void *right)
{
	const struct picture_core *a = left, *b = right;
	if (a->affinity != b->affinity)
		return a->affinity < b->affinity ? -1 : 1;
	return strcmp(a->kind, b->kind); /* cores of another architecture */
}

static void picture_cores(struct picture *picture)
{
	const struct model *model = picture->model;
	size_t count = 0;
	for (const struct dts_node *node = model->root; node != NULL; node = dts_walk(node))
		count += picture_is_core(node);
	picture->cores = arena_array(picture->arena, count + 1, sizeof(*picture->cores));
	for (const struct dts_node *node = model->root; node != NULL; node = dts_walk(node)) {
		if (!picture_is_core(node))
			continue;
		struct picture_core *core = &picture->cores[picture->core_count++];
		const struct dts_property *reg = dts_property(node, "reg");
		core->owner = PICTURE_FREE;
		core->kind = picture_core_kind(node);
		if (reg != NULL)
			core->affinity = dts_number(reg, 0, dts_cell_count(reg) > 1 ? 2 : 1);
		for (uint32_t i = 0; i < model->core_count; i++)
			if (model->cores[i].node == node)
				picture_core_owner(picture, core, i);
		for (size_t p = 0; p < model->partition_count; p++)
			if (model->partitions[p].remote_core == node) {
				core->owner = (int)p;
				core->remote = true;
			}
	}
	qsort(picture->cores, picture->core_count, sizeof(*picture->cores), picture_compare_cores);
}

static void picture_moves(struct picture *picture)
{
	const struct model *model = picture->model;
	struct shiftplan plan = {.partitions = (uint32_t)model->partition_count};
	char words[SHIFTPLAN_SIZE];
	for (size_t i = 0; i < model->partition_count; i++) {
		plan.name[i] = model->partitions[i].name;
		plan.moving |= (uint32_t)model->partitions[i].moves_cores << i;
	}
	picture->moves = *shiftplan_words(words, &plan, &model->shift) != '\0'
	                     ? arena_format(picture->arena, "Cores move %s", words)
	                     : "";
}

/* ---- memory ---- */

static const char *picture_file_name(const struct model_file *file)
{
	const char *slash = strrchr(file->path, '/');
	return slash == NULL ? file->path : slash + 1;
}

static const char *picture_memory_detail(struct picture *picture,
                                         const struct model_partition *partition, size_t index)
{
	const struct model_memory *memory = &partition->memory[index];
	const char *detail = "";
	char size[UNITS_SIZE];
	if (memory->ipa != memory->pa)
		detail = arena_format(picture->arena, "seen at 0x%" PRIx64, memory->ipa);
	if (index != 0)
		return detail;
	if (partition->remote.path != NULL)
		detail = arena_format(picture->arena, "%s %s, its minder",
		                      picture_file_name(&partition->remote),
		                      units_size(size, partition->remote.size));
	else if (partition->image.path != NULL)
		detail = arena_format(picture->arena, "%s%s%s %s", detail, *detail ? ", " : "",
		                      picture_file_name(&partition->image),
		                      units_size(size, partition->image.size));
	if (partition->initrd.path != NULL)
		detail = arena_format(picture->arena, "%s, %s %s", detail,
		                      picture_file_name(&partition->initrd),
		                      units_size(size, partition->initrd.size));
	return detail;
}

static void picture_add_block(struct picture *picture, uint64_t base, uint64_t size, int owner,
                              const char *label, const char *detail)
{
	if (size != 0)
		picture->blocks[picture->block_count++] =
		    (struct picture_block){base, size, owner, label, detail};
}

static int picture_compare_blocks(const void *left, const void *right)
{
	const struct picture_block *a = left, *b = right;
	return a->base < b->base ? -1 : a->base > b->base;
}

/* The detail of a piece of memory, and who watches its owner. */
static const char *picture_watched(struct picture *picture, int owner, const char *detail)
{
	const struct model *model = picture->model;
	for (size_t i = 0; i < model->partition_count; i++)
		if (model->partitions[i].watch_ipa != 0 &&
		    model->partitions[i].watches == (uint32_t)owner)
			return arena_format(picture->arena, "%s%swatched by %s", detail,
			                    *detail ? ", " : "", model->partitions[i].name);
	return detail;
}

/* Adds a piece of memory, with kept memory as blocks of its own. */
static void picture_piece(struct picture *picture, int owner, size_t index)
{
	const struct model_partition *partition = &picture->model->partitions[owner];
	const struct model_memory *memory = &partition->memory[index];
	const char *detail =
	    picture_watched(picture, owner, picture_memory_detail(picture, partition, index));
	uint64_t at = memory->ipa;
	for (size_t i = 0; i < partition->keep_count; i++) {
		const struct model_keep *keep = &partition->keeps[i];
		if (keep->ipa < memory->ipa || keep->ipa - memory->ipa >= memory->size)
			continue;
		picture_add_block(picture, memory->pa + (at - memory->ipa), keep->ipa - at, owner,
		                  "memory", detail);
		picture_add_block(picture, memory->pa + (keep->ipa - memory->ipa), keep->size,
		                  owner, "kept", keep->ramoops ? "ramoops" : "");
		at = keep->ipa + keep->size;
		detail = "";
	}
	picture_add_block(picture, memory->pa + (at - memory->ipa), memory->ipa + memory->size - at,
	                  owner, "memory", detail);
}

static void picture_owned_memory(struct picture *picture)
{
	const struct model *model = picture->model;
	picture_add_block(picture, model->image_base, model->image_space, PICTURE_FRAME, "image",
	                  "the frame, tables, pristine images");
	picture_add_block(picture, model->memory_base, model->memory_size, PICTURE_FRAME,
	                  "working memory", model->updates ? "room for an update" : "");
	for (size_t p = 0; p < model->partition_count; p++) {
		const struct model_partition *partition = &model->partitions[p];
		for (size_t i = 0; i < partition->memory_count; i++)
			picture_piece(picture, (int)p, i);
	}
}

/* Words like "written by left, right; read by monitor". */
static const char *picture_members(struct picture *picture, const struct model_window *window)
{
	const char *writers = "", *readers = "";
	for (size_t i = 0; i < window->member_count; i++) {
		const struct model_member *member = &window->members[i];
		const char **list = member->read_only ? &readers : &writers;
		*list = arena_format(picture->arena, "%s%s%s", *list, **list ? ", " : "",
		                     picture->model->partitions[member->partition].name);
	}
	return *readers
	           ? arena_format(picture->arena, "written by %s; read by %s", writers, readers)
	           : arena_format(picture->arena, "written by %s", writers);
}

static void picture_windows(struct picture *picture)
{
	const struct model *model = picture->model;
	for (size_t i = 0; i < model->window_count; i++)
		picture_add_block(picture, model->windows[i].pa, model->windows[i].size,
		                  PICTURE_SHARED, model->windows[i].name,
		                  picture_members(picture, &model->windows[i]));
}

/* The memory between the blocks with owners is free. */
static void picture_free_memory(struct picture *picture)
{
	const struct bundle_board *board = &picture->model->board;
	const size_t owned = picture->block_count;
	uint64_t next = board->ram_base;
	for (size_t i = 0; i < owned; i++) {
		const struct picture_block *block = &picture->blocks[i];
		if (block->base > next)
			picture_add_block(picture, next, block->base - next, PICTURE_FREE, "free",
			                  "");
		next = block->base + block->size;
	}
	if (board->ram_base + board->ram_size > next)
		picture_add_block(picture, next, board->ram_base + board->ram_size - next,
		                  PICTURE_FREE, "free", "");
}

static void picture_blocks(struct picture *picture)
{
	size_t count = 2 + picture->model->window_count;
	for (size_t p = 0; p < picture->model->partition_count; p++)
		count += picture->model->partitions[p].memory_count +
		         2 * picture->model->partitions[p].keep_count;
	picture->blocks = arena_array(picture->arena, 2 * count + 1, sizeof(*picture->blocks));
	picture_owned_memory(picture);
	picture_windows(picture);
	qsort(picture->blocks, picture->block_count, sizeof(*picture->blocks),
	      picture_compare_blocks);
	picture_free_memory(picture);
	qsort(picture->blocks, picture->block_count, sizeof(*picture->blocks),
	      picture_compare_blocks);
}

/* ---- devices ---- */

/* The order of devices on the bus: they come after all addresses. */
#define PICTURE_BUS (UINT64_C(1) << 63)

/* Words like "PCI 2.0, interrupt 37, behind the SMMU". */
static const char *picture_bus_place(struct picture *picture, const struct model_device *device)
{
	const struct model_function *function = device->function;
	const char *place =
	    arena_format(picture->arena, "PCI %x.%x", function->slot >> 3, function->slot & 7);
	if (function->intid != 0)
		place =
		    arena_format(picture->arena, "%s, interrupt %" PRIu32, place, function->intid);
	return device->unconfined_dma ? place
	                              : arena_format(picture->arena, "%s, behind the SMMU", place);
}

static const char *picture_place(struct picture *picture, const struct model_device *device)
{
	const char *place = "";
	char size[UNITS_SIZE];
	if (device->function != NULL)
		return picture_bus_place(picture, device);
	if (device->range_count > 0)
		place = arena_format(picture->arena, "0x%" PRIx64 ", %s", device->ranges[0].base,
		                     units_size(size, device->ranges[0].size));
	if (device->range_count > 1)
		place = arena_format(picture->arena, "%s and %zu more range%s", place,
		                     device->range_count - 1, device->range_count == 2 ? "" : "s");
	if (device->interrupt_count == 0)
		return place;
	place = arena_format(picture->arena, "%s%sinterrupt %" PRIu32, place, *place ? ", " : "",
	                     device->interrupts[0].intid);
	if (device->interrupt_count > 1)
		place = arena_format(picture->arena, "%s and %zu more", place,
		                     device->interrupt_count - 1);
	return place;
}

/* All slots of a bus look the same, so the label is followed by what QEMU puts there:
 * "virtio-blk-device,drive=disk0" and "virtio-blk-pci" both become "blk". */
static const char *picture_title(struct picture *picture, const struct model_device *device)
{
	const char *kind = device->qemu_device == NULL ? "" : device->qemu_device;
	const bool virtio = strncmp(kind, "virtio-", 7) == 0;
	if (virtio)
		kind += 7;
	const size_t length = strcspn(kind, ",");
	const char *tail = strstr(kind, virtio && device->function != NULL ? "-pci" : "-device");
	const size_t shown = tail != NULL && tail < kind + length ? (size_t)(tail - kind) : length;
	if (shown == 0 ||
	    (strlen(device->label) == shown && strncmp(device->label, kind, shown) == 0))
		return device->label;
	return arena_format(picture->arena, "%s (%.*s)", device->label, (int)shown, kind);
}

/* The place of a device among others. The addresses of a function's BARs depend on their sizes, so
 * a reader knows a function by its place on the bus. */
static uint64_t picture_order(const struct model_device *device)
{
	if (device->function != NULL)
		return PICTURE_BUS | device->function->slot;
	return device->range_count > 0 ? device->ranges[0].base : 0;
}

static void picture_add_device(struct picture *picture, const struct model_device *device,
                               int owner)
{
	picture->unconfined_count += device->unconfined_dma;
	picture->devices[picture->device_count++] = (struct picture_device){
	    .label = device->label,
	    .title = picture_title(picture, device),
	    .place = picture_place(picture, device),
	    .order = picture_order(device),
	    .owner = owner,
	    .unconfined = device->unconfined_dma,
	};
}

/* Adds the panel, which is emulated, on the same bus as the partition's functions. */
static void picture_add_panel(struct picture *picture, const struct model_function *panel,
                              int owner)
{
	if (panel == NULL)
		return;
	picture->devices[picture->device_count++] = (struct picture_device){
	    .label = "panel",
	    .title = "panel",
	    .place = arena_format(picture->arena, "PCI %x.%x, interrupt %" PRIu32 ", emulated",
	                          panel->slot >> 3, panel->slot & 7, panel->intid),
	    .order = PICTURE_BUS | panel->slot,
	    .owner = owner,
	};
}

static int picture_compare_devices(const void *left, const void *right)
{
	const struct picture_device *a = left, *b = right;
	if (a->owner != b->owner) {
		if (a->owner == PICTURE_FRAME || b->owner == PICTURE_FRAME)
			return a->owner == PICTURE_FRAME ? 1 : -1;
		return a->owner < b->owner ? -1 : 1;
	}
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return strcmp(a->label, b->label);
}

static void picture_devices(struct picture *picture)
{
	const struct model *model = picture->model;
	size_t count = model->frame_device_count;
	for (size_t p = 0; p < model->partition_count; p++)
		count += model->partitions[p].device_count + 1;
	picture->devices = arena_array(picture->arena, count + 1, sizeof(*picture->devices));
	for (size_t p = 0; p < model->partition_count; p++) {
		for (size_t i = 0; i < model->partitions[p].device_count; i++)
			picture_add_device(picture, model->partitions[p].devices[i], (int)p);
		picture_add_panel(picture, model->partitions[p].panel, (int)p);
	}
	for (size_t i = 0; i < model->frame_device_count; i++)
		picture_add_device(picture, &model->frame_devices[i], PICTURE_FRAME);
	qsort(picture->devices, picture->device_count, sizeof(*picture->devices),
	      picture_compare_devices);
}

/* ---- owners ---- */

const char *picture_owner_name(const struct picture *picture, int owner)
{
	if (owner == PICTURE_FRAME)
		return "frame";
	if (owner == PICTURE_SHARED)
		return "window";
	return owner == PICTURE_FREE ? "nobody" : picture->model->partitions[owner].name;
}

const char *picture_emulated(const struct picture *picture, int owner)
{
	const struct model_partition *partition = &picture->model->partitions[owner];
	return arena_format(picture->arena, "GIC%s%s%s", partition->console ? ", console" : "",
	                    partition->rtc_ipa != 0 ? ", clock" : "",
	                    partition->watchdog_ipa != 0 ? ", watchdog" : "");
}

/* Words like "2 cores", or "4 CPUs on 2 cores" if CPUs take turns. */
static const char *picture_cpus(const struct picture *picture,
                                const struct model_partition *partition)
{
	size_t cores = 0;
	uint32_t seen = 0;
	for (size_t i = 0; i < partition->vcpu_count; i++) {
		const uint32_t core = 1u << partition->vcpus[i].core;
		cores += (seen & core) == 0;
		seen |= core;
	}
	return arena_format(
	    picture->arena, "%s%zu core%s",
	    cores == partition->vcpu_count
	        ? ""
	        : arena_format(picture->arena, "%zu CPUs on ", partition->vcpu_count),
	    cores, cores == 1 ? "" : "s");
}

const char *picture_summary(const struct picture *picture, int owner)
{
	const struct model_partition *partition = &picture->model->partitions[owner];
	uint64_t memory = 0;
	char size[UNITS_SIZE];
	for (size_t i = 0; i < partition->memory_count; i++)
		memory += partition->memory[i].size;
	return arena_format(picture->arena, "%s, %s", picture_cpus(picture, partition),
	                    units_size(size, memory));
}

static const char *picture_policy_of(const struct picture *picture, size_t owner)
{
	const struct model_partition *partition = &picture->model->partitions[owner];
	char text[POLICY_SIZE];
	return arena_format(picture->arena, "%s",
	                    policy_text(text, &partition->life, partition->no_restart));
}

/* How many partitions have this policy. */
static size_t picture_policy_count(const struct picture *picture, const char *policy)
{
	size_t count = 0;
	for (size_t i = 0; i < picture->model->partition_count; i++)
		count += strcmp(picture_policy_of(picture, i), policy) == 0;
	return count;
}

/* The first of the most frequent policies, and how many partitions have it. */
static const char *picture_policy_most(const struct picture *picture, size_t *most)
{
	const char *usual = "";
	*most = 1;
	for (size_t i = 0; i < picture->model->partition_count; i++) {
		const char *policy = picture_policy_of(picture, i);
		const size_t count = picture_policy_count(picture, policy);
		if (count > *most) {
			*most = count;
			usual = policy;
		}
	}
	return usual;
}

const char *picture_policy_usual(const struct picture *picture)
{
	size_t count;
	const char *usual = picture_policy_most(picture, &count);
	if (*usual == '\0')
		return usual;
	return arena_format(picture->arena, "%s: %s",
	                    count == picture->model->partition_count ? "Each partition"
	                                                             : "Where nothing else is said",
	                    usual);
}

const char *picture_policy(const struct picture *picture, int owner)
{
	size_t count;
	const char *policy = picture_policy_of(picture, (size_t)owner);
	return strcmp(policy, picture_policy_most(picture, &count)) == 0 ? "" : policy;
}

uint32_t picture_core_owners(const struct picture_core *core)
{
	uint32_t owners = 0;
	for (size_t i = 0; i < core->vcpu_count; i++)
		owners |= 1u << core->vcpus[i].owner;
	return owners;
}

/* Adds the names of other partitions, after a word. */
static const char *picture_names(const struct picture *picture, const char *text, const char *word,
                                 uint32_t mask)
{
	for (size_t i = 0; i < picture->model->partition_count; i++)
		if ((mask >> i & 1) != 0) {
			text = arena_format(picture->arena, "%s%s %s", text, word,
			                    picture->model->partitions[i].name);
			word = ",";
		}
	return text;
}

/* The partitions that this one can ring: a bit for each. */
static uint32_t picture_rings(const struct model *model, int owner)
{
	uint32_t mask = 0;
	for (size_t i = 0; i < model->doorbell_count; i++)
		if (model->doorbells[i].from == (uint32_t)owner)
			mask |= 1u << model->doorbells[i].to;
	return mask;
}

/* Adds the other ends of the partition's channels, like "on the network 'lan' with left, right". */
static const char *picture_channels(const struct picture *picture, const char *text, int owner)
{
	const struct model *model = picture->model;
	for (size_t i = 0; i < model->channel_count; i++) {
		const struct model_channel *channel = &model->channels[i];
		uint32_t mask = 0;
		for (size_t j = 0; j < channel->end_count; j++)
			mask |= 1u << channel->ends[j].partition;
		if ((mask >> owner & 1) == 0)
			continue;
		text = arena_format(picture->arena, "%s%son the %s '%s'", text, *text ? "; " : "",
		                    bundle_channel_word(channel->kind), channel->name);
		text = picture_names(picture, text, " with", mask & ~(1u << owner));
	}
	return text;
}

const char *picture_others(const struct picture *picture, int owner)
{
	const struct model_partition *partition = &picture->model->partitions[owner];
	const char *text = partition->manual ? "starts when it is told to" : "";
	if (!partition->manual)
		text = picture_names(picture, text, "starts after", partition->life.after);
	text =
	    picture_names(picture, text, *text ? "; manages" : "manages", partition->life.manages);
	if (partition->hide_time)
		text = arena_format(picture->arena, "%s%sdoesn't see that it is suspended", text,
		                    *text ? "; " : "");
	text = picture_names(picture, text, *text ? "; rings" : "rings",
	                     picture_rings(picture->model, owner));
	return picture_channels(picture, text, owner);
}

void picture_make(struct picture *picture, const struct model *model, struct arena *arena)
{
	*picture = (struct picture){.model = model, .arena = arena};
	picture_cores(picture);
	picture_moves(picture);
	picture_blocks(picture);
	picture_devices(picture);
	picture->idle_devices = picture_idle(picture);
}
