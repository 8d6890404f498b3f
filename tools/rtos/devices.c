/*
 * The devices that programs are given: registers and interrupts from the board's tree, or a name of
 * the system's description (called.c). No page of
 * registers and no interrupt has two owners, and a device that can reach all memory by DMA is given
 * only where that is accepted.
 */
#include "build.h"
#include <host/dma.h>
#include <kumiki/rtos/call.h>
#include <lib/rtosimage.h>
#include <string.h>

#define DEVICE_SPI_FIRST 32
#define DEVICE_SPI_LAST  1019

static bool device_inside(const struct dts_node *node, const struct dts_node *outer)
{
	for (; node; node = node->parent)
		if (outer && node == outer)
			return true;
	return false;
}

static const struct dts_node *device_gic(const struct rtos_build *build)
{
	const struct dts_node *node = build->tree->root;

	while (node && !dts_compatible(node, "arm,gic-v3"))
		node = dts_walk(node);
	return node;
}

/* Why this node can't be given to a program, with the remedy; NULL: it can. */
static const char *device_refusal(const struct rtos_build *build, const struct dts_node *node)
{
	const char *type = dts_string(node, "device_type");
	const char *status = dts_string(node, "status");

	if (device_inside(node, device_gic(build)))
		return "is the interrupt controller, which the kernel drives; take it out";
	if (dts_compatible(node, "arm,armv8-timer"))
		return "is the timer, which the kernel drives; take it out";
	if (dts_compatible(node, "kumiki,watched-1.0"))
		return "is another partition, which a manifest knows by its name; write instead: / "
		       "{ " RTOS_PARTITION " { linux: linux { kumiki,watched = \"linux\"; }; }; };";
	if (type && !strcmp(type, "memory"))
		return "is memory; ask for some with kumiki,memory = \"128K\";";
	if (device_inside(node, dts_child(build->tree->root, "cpus")))
		return "is a core; say where a program runs with kumiki,cpu = <0>;";
	if (!node->parent || device_inside(node, dts_child(build->tree->root, "programs")))
		return "is no device; take it out";
	if (status && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0)
		return "is disabled in the board's file, so firmware may be using it; if it is "
		       "free, enable it: status = \"okay\";";
	return NULL;
}

static bool device_function(struct rtos_build *build, struct rtos_manifest_device *device,
                            const struct dts_item *item)
{
	const char *wrong = rtos_function_ranges(item->target, device);

	if (wrong)
		complain(&build->complaints, item->place, "'&%s' %s", item->text, wrong);
	else if (!rtos_function_interrupt(build->tree, item->target, device_gic(build), device))
		complain(
		    &build->complaints, item->place,
		    "'&%s' has no interrupt: its pin, which is 'interrupts' (1 to 4; 0: none), "
		    "leads nowhere by the bridge's 'interrupt-map'; use another device number",
		    item->text);
	else
		return true;
	return false;
}

static bool device_ranges(struct rtos_build *build, struct rtos_manifest_device *device,
                          const struct dts_item *item)
{
	const size_t count = dts_reg_count(item->target);
	bool good = count >= 1 && count <= RTOS_DEVICE_RANGES_MAX;

	for (size_t i = 0; good && i < count; i++) {
		struct dts_range range;

		good = dts_reg(item->target, i, &range) && range.size &&
		       range.base < RTOS_ADDRESS_LIMIT &&
		       range.size <= RTOS_ADDRESS_LIMIT - range.base;
		if (good) {
			device->ranges[i].base = range.base;
			device->ranges[i].size = range.size;
		}
	}
	if (!good)
		complain(
		    &build->complaints, item->place,
		    "'&%s' hasn't one to %d ranges of registers where a core could reach them, "
		    "below 512 GiB; take it out",
		    item->text, RTOS_DEVICE_RANGES_MAX);
	device->range_count = (uint32_t)count;
	return good;
}

/* The interrupt controller of a node with `interrupts`. */
static const struct dts_node *device_controller(const struct rtos_build *build,
                                                const struct dts_node *node)
{
	for (; node; node = node->parent)
		if (dts_property(node, "interrupt-parent"))
			return dts_by_phandle(build->tree, dts_u32(node, "interrupt-parent", 0));
	return NULL;
}

/* Reads an interrupt at a cell of the property: type, number and trigger (arm,gic-v3 binding). */
static bool device_interrupt(struct rtos_manifest_device *device,
                             const struct dts_property *property, size_t at)
{
	const uint32_t number = dts_cell(property, at + 1, 0),
	               trigger = dts_cell(property, at + 2, 0);

	if (dts_cell(property, at, 0) != 0 || number > DEVICE_SPI_LAST - DEVICE_SPI_FIRST ||
	    device->interrupt_count == RTOS_DEVICE_INTERRUPTS_MAX)
		return false;
	device->interrupts[device->interrupt_count++] =
	    (DEVICE_SPI_FIRST + number) | ((trigger & 3) ? RTOS_DEVICE_EDGE : 0);
	return true;
}

static bool device_interrupts(struct rtos_build *build, struct rtos_manifest_device *device,
                              const struct dts_item *item)
{
	const struct dts_node *gic = device_gic(build);
	const struct dts_property *property = dts_property(item->target, "interrupts");
	const uint32_t cells = gic ? dts_u32(gic, "#interrupt-cells", 3) : 3;
	bool good = !dts_property(item->target, "interrupts-extended");

	if (property)
		good &= gic && cells >= 3 && device_controller(build, item->target) == gic;
	for (size_t at = 0; good && property && at + cells <= dts_cell_count(property); at += cells)
		good = device_interrupt(device, property, at);
	if (!good)
		complain(
		    &build->complaints, item->place,
		    "'&%s' has interrupts that can't be given to a program: only up to %d of the "
		    "GICv3's that all cores share can, in 'interrupts'; take it out",
		    item->text, RTOS_DEVICE_INTERRUPTS_MAX);
	return good;
}

static bool device_name(struct rtos_build *build, struct rtos_manifest_device *device,
                        const struct dts_item *item)
{
	const char *label = item->target->label ? item->target->label : item->text;

	if (strlen(label) < RTOS_DEVICE_NAME) {
		memcpy(device->name, label, strlen(label));
		return true;
	}
	complain(&build->complaints, item->place,
	         "'&%s' has a longer name than the %d characters that a program is told; give it a "
	         "shorter label",
	         label, RTOS_DEVICE_NAME - 1);
	return false;
}

/* Reads the device's registers and interrupts. False after a complaint. */
static bool device_parts(struct rtos_build *build, struct rtos_manifest_device *device,
                         const struct dts_item *item)
{
	if (!device_name(build, device, item))
		return false;
	if (rtos_called_is(build, item->target))
		return rtos_called_read(build, device, item);
	if (item->target->parent &&
	    rtos_words_list_meant(item->target->parent)) /* which was complained of */
		return false;
	if (rtos_function_is(item->target))
		return device_function(build, device, item);
	return device_ranges(build, device, item) && device_interrupts(build, device, item);
}

/* ---- DMA ---- */

static bool device_in_list(const struct dts_property *list, const struct dts_node *node,
                           const struct dts_item *end)
{
	for (const struct dts_item *item = list ? list->items : NULL; item && item != end;
	     item = item->next)
		if (item->target == node)
			return true;
	return false;
}

/* Of a device of the system's description only that one knows it. */
static bool device_dma_possible(const struct rtos_manifest_device *device,
                                const struct dts_node *node, bool accepted)
{
	if (device->kind == RTOS_CALLED_NOTHING)
		return dma_possible(node);
	return device->kind == RTOS_CALLED_CHANNEL ||
	       (device->kind == RTOS_CALLED_DEVICE && accepted);
}

static void device_dma(struct rtos_build *build, uint32_t program, const struct dts_item *item,
                       struct rtos_manifest_device *device)
{
	const struct dts_property *accepted =
	    dts_property(build->nodes[program], "kumiki,unconfined-dma");
	const bool accept = device_in_list(accepted, item->target, NULL);
	const bool possible = device_dma_possible(device, item->target, accept);

	device->dma = possible && accept;
	if (possible && !accept)
		complain(
		    &build->complaints, item->place,
		    "'&%s' can do DMA, and nothing confines that: '%s' could read and write all "
		    "memory through it; if that is acceptable, say so: kumiki,unconfined-dma = "
		    "<&%s>;",
		    item->text, build->nodes[program]->name, item->text);
	else if (accept && !possible)
		complain(&build->complaints, item->place,
		         "'&%s' does no DMA, so there is nothing to accept; name it in 'access' "
		         "instead",
		         item->text);
}

/* Reads the memory for devices that do DMA: it is one piece, and there must be such a device. */
static void device_dma_memory(struct rtos_build *build, uint32_t program)
{
	struct rtos_manifest_program *manifest = &build->system->programs[program].manifest;
	const struct dts_node *node = build->nodes[program];
	const struct dts_property *memory = dts_property(node, "kumiki,dma-memory");
	const struct dts_property *devices = dts_property(node, "kumiki,unconfined-dma");

	manifest->dma_pages =
	    rtos_words_pages(build, node, "kumiki,dma-memory", RTOS_DMA_PAGES_MAX, 0);
	if (!memory)
		return;
	if (manifest->dma_pages & (manifest->dma_pages - 1))
		complain(&build->complaints, memory->place,
		         "\"%s\" isn't possible for 'kumiki,dma-memory', which lies in one piece: "
		         "give 4K, 8K, 16K and so on, up to 2M",
		         memory->items->text);
	if (!devices)
		complain(&build->complaints, memory->place,
		         "'%s' has no device that does DMA; take 'kumiki,dma-memory' out, or name "
		         "one: kumiki,unconfined-dma = <&virtio_mmio31>;",
		         node->name);
	for (const struct dts_item *item = devices ? devices->items : NULL; item; item = item->next)
		if (item->target && !rtos_called_is(build, item->target) &&
		    !dts_is_coherent(item->target))
			manifest->flags |= RTOS_PROGRAM_DMA_UNCACHED;
}

/* ---- one owner ---- */

/* Compares two programs' devices. False, after a complaint: both own the same device, page or
 * interrupt. */
static bool device_owners(struct rtos_build *build, const struct dts_node *node, uint32_t later,
                          uint32_t earlier)
{
	const struct rtos_system *system = build->system;
	const struct rtos_manifest_device *device = &system->devices[later];
	const struct rtos_manifest_device *other = &system->devices[earlier];
	const char *owner = system->programs[other->owner].name;
	const uint32_t interrupt = rtosmanifest_share_interrupt(device, other);
	uint64_t page;

	if (!strcmp(device->name, other->name))
		complain(&build->complaints, build->device_places[later],
		         "'&%s' is given to '%s' already; take it out of one of them", device->name,
		         owner);
	else if (device->kind != RTOS_CALLED_NOTHING && device->kind == other->kind &&
	         !strcmp(device->called, other->called))
		complain(&build->complaints, build->device_places[later],
		         "'&%s' of '%s' is the system's '%s', as '&%s' of '%s'; take one of "
		         "them out",
		         device->name, system->programs[device->owner].name, device->called,
		         other->name, owner);
	else if (interrupt)
		complain(&build->complaints, build->device_places[later],
		         "'&%s' has interrupt %u, as '&%s' of '%s'; give out one of them",
		         device->name, interrupt, other->name, owner);
	else if (device->owner != other->owner && rtosmanifest_share_page(device, other, &page))
		complain(
		    &build->complaints, build->device_places[later],
		    "'&%s' has registers in the page at 0x%llx, as '&%s' of '%s'; give both to "
		    "one program, or use another device%s",
		    device->name, (unsigned long long)page, other->name, owner,
		    rtos_function_is(node) ? ", or name them in '" RTOS_PARTITION
		                             "' (docs/rtos/programs.md)"
		                           : "");
	else
		return true;
	return false;
}

/* ---- all of them ---- */

static void device_add(struct rtos_build *build, uint32_t program, const struct dts_item *item)
{
	struct rtos_system *system = build->system;
	struct rtos_manifest_device device = {.owner = program};
	const char *refusal = device_refusal(build, item->target);

	if (refusal) {
		complain(&build->complaints, item->place, "'&%s' %s", item->text, refusal);
		return;
	}
	if (system->device_count == RTOS_DEVICES_MAX) {
		complain(&build->complaints, item->place,
		         "'&%s' is one device too many; %d are possible", item->text,
		         RTOS_DEVICES_MAX);
		return;
	}
	if (!device_parts(build, &device, item))
		return;
	device_dma(build, program, item, &device);
	build->device_places[system->device_count] = item->place;
	build->device_virtio[system->device_count] =
	    device.kind == RTOS_CALLED_CHANNEL || dts_compatible(item->target, "virtio,mmio");
	system->devices[system->device_count] = device;
	for (uint32_t i = 0; i < system->device_count; i++)
		if (!device_owners(build, item->target, system->device_count, i))
			break;
	system->device_count++;
}

/* Reads the list `name`. Devices that are also in the list `before` were handled there. */
static void device_list(struct rtos_build *build, uint32_t program, const char *name,
                        const char *before)
{
	const struct dts_node *node = build->nodes[program];
	const struct dts_property *list = dts_property(node, name);

	for (const struct dts_item *item = list ? list->items : NULL;
	     item && rtos_words_good(node, name); item = item->next) {
		if (!item->target)
			continue;
		if (device_in_list(list, item->target, item))
			complain(&build->complaints, item->place,
			         "'&%s' stands twice in this list; take one out", item->text);
		else if (!before || !device_in_list(dts_property(node, before), item->target, NULL))
			device_add(build, program, item);
	}
}

void rtos_devices_read(struct rtos_build *build)
{
	for (uint32_t i = 0; i < build->system->program_count; i++) {
		if (build->system->programs[i].manifest.role != RTOS_ROLE_PROGRAM)
			continue;
		device_list(build, i, "access", NULL);
		device_list(build, i, "kumiki,unconfined-dma", "access");
		device_dma_memory(build, i);
	}
}

void rtos_devices_drives(struct rtos_build *build, uint32_t program, const char *bytes, size_t size)
{
	uint32_t end;

	if (!rtos_notes_have(bytes, size, RTOS_NOTE_DRIVES, &end) || end > RTOS_END_LAST)
		return;
	for (uint32_t i = 0; i < build->system->device_count; i++)
		if (build->system->devices[i].owner == program && build->device_virtio[i])
			build->system->devices[i].end = end;
}
