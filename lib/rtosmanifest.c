/*
 * Verifies the RTOS's compiled manifest, and finds its tables. As in rtosimage.c, this code keeps
 * no state, and believes nothing unchecked.
 */
#include <kumiki/rtos/call.h>
#include <lib/rtosimage.h>

#define RTOSMANIFEST_SPI_FIRST 32
#define RTOSMANIFEST_SPI_LAST  1019

static struct rtosimage_verdict rtosmanifest_good(void)
{
	return (struct rtosimage_verdict){RTOSIMAGE_OK, 0};
}

static struct rtosimage_verdict rtosmanifest_bad(enum rtosimage_fault fault, uint32_t index)
{
	return (struct rtosimage_verdict){fault, index};
}

/* ---- header and tables as such ---- */

static enum rtosimage_fault rtosmanifest_check_header(const struct rtos_manifest *manifest,
                                                      size_t available)
{
	if (((uintptr_t)manifest & 7) != 0 || available < sizeof(*manifest))
		return RTOSIMAGE_BAD_SIZE;
	if (manifest->magic != RTOS_MANIFEST_MAGIC)
		return RTOSIMAGE_BAD_MAGIC;
	if (manifest->revision != RTOS_MANIFEST_REVISION)
		return RTOSIMAGE_BAD_REVISION;
	if (manifest->header_size != sizeof(*manifest) || manifest->size < sizeof(*manifest) ||
	    manifest->size % 8 != 0 || manifest->size > available)
		return RTOSIMAGE_BAD_SIZE;
	return RTOSIMAGE_OK;
}

/* Takes a table that begins where the last table ended: only one layout is valid. */
static bool rtosmanifest_take(const struct rtos_manifest *manifest, uint64_t *at,
                              const struct rtos_manifest_table *table, size_t entry, uint32_t most)
{
	if (table->offset != *at || table->count > most ||
	    (uint64_t)table->count * entry > manifest->size - *at)
		return false;
	*at += ((uint64_t)table->count * entry + 7) / 8 * 8;
	return *at <= manifest->size;
}

static bool rtosmanifest_tables_good(const struct rtos_manifest *m, uint32_t programs)
{
	uint64_t at = sizeof(*m);

	return m->programs.count == programs && programs >= 1 && m->supervisor < programs &&
	       rtosmanifest_take(m, &at, &m->programs, sizeof(struct rtos_manifest_program),
	                         RTOS_IMAGE_PROGRAMS_MAX) &&
	       rtosmanifest_take(m, &at, &m->devices, sizeof(struct rtos_manifest_device),
	                         RTOS_DEVICES_MAX) &&
	       rtosmanifest_take(m, &at, &m->ports, sizeof(struct rtos_manifest_port),
	                         RTOS_PORTS_MAX) &&
	       rtosmanifest_take(m, &at, &m->windows, sizeof(struct rtos_manifest_window),
	                         RTOS_WINDOWS_MAX) &&
	       rtosmanifest_take(m, &at, &m->strings, 1, RTOS_STRINGS_MAX) && at == m->size &&
	       (m->strings.count == 0 || rtosmanifest_strings(m)[m->strings.count - 1] == '\0');
}

static bool rtosmanifest_name_good(const char *name, uint32_t size)
{
	uint32_t length = 0;

	while (length < size && name[length] > ' ' && name[length] < 0x7f)
		length++;
	for (uint32_t i = length; i < size; i++)
		if (name[i] != '\0')
			return false;
	return length > 0 && length < size;
}

static bool rtosmanifest_same_name(const char *a, const char *b, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* A mask with the lowest `count` bits set. */
static uint64_t rtosmanifest_mask(uint32_t count)
{
	return count >= 64 ? UINT64_MAX : (1ULL << count) - 1;
}

/* ---- programs ---- */

static bool rtosmanifest_arguments_good(const struct rtos_manifest *manifest,
                                        const struct rtos_manifest_program *program)
{
	uint32_t at = program->arguments;

	if (program->argument_count > RTOS_ARGUMENTS_MAX)
		return false;
	for (uint32_t i = 0; i < program->argument_count; i++) {
		while (at < manifest->strings.count && rtosmanifest_strings(manifest)[at] != '\0')
			at++;
		if (at++ >= manifest->strings.count)
			return false;
	}
	return true;
}

/* If no supervisor starts a program, the program has nothing that a supervisor would give it, and
 * no restarts. */
static bool rtosmanifest_is_bare(const struct rtos_manifest_program *program)
{
	return (program->offers | program->uses | program->manages | program->reaches) == 0 &&
	       (program->pages | program->keep_pages | program->dma_pages) == 0 &&
	       (program->heartbeat_ms | program->answer_ms | program->compute_ms |
	        program->busy_ms | program->busy_percent | program->leave_ms | program->delay_ms |
	        program->delay_most_ms | program->limit | program->limit_s | program->loader |
	        program->probe_ms) == 0 &&
	       program->levels[0] == RTOS_LEVEL_NONE && program->flags == 0;
}

static bool rtosmanifest_role_good(const struct rtos_manifest *manifest, uint32_t index)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(manifest)[index];

	if (index == 0)
		return program->role == RTOS_ROLE_INIT && rtosmanifest_is_bare(program);
	if (index == manifest->supervisor)
		return program->role == RTOS_ROLE_SUPERVISOR && rtosmanifest_is_bare(program);
	return program->role == RTOS_ROLE_PROGRAM && manifest->supervisor != 0 &&
	       program->pages != 0;
}

static uint64_t rtosmanifest_offers(const struct rtos_manifest *manifest, uint32_t program)
{
	uint64_t offers = 0;

	for (uint32_t i = 0; i < manifest->ports.count; i++)
		if (rtosmanifest_ports(manifest)[i].owner == program)
			offers |= 1ULL << i;
	return offers;
}

/* A program has memory for DMA only if it has a device that does DMA. This memory is one piece. */
static bool rtosmanifest_dma_good(const struct rtos_manifest *manifest, uint32_t index)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(manifest)[index];
	const uint32_t pages = program->dma_pages;
	bool device = false;

	for (uint32_t i = 0; i < manifest->devices.count; i++)
		device |= rtosmanifest_devices(manifest)[i].owner == index &&
		          rtosmanifest_devices(manifest)[i].dma != 0;
	if (pages == 0)
		return (program->flags & RTOS_PROGRAM_DMA_UNCACHED) == 0;
	return device && pages <= RTOS_DMA_PAGES_MAX && (pages & (pages - 1)) == 0;
}

/* Only devices that do DMA reach memory, and only memory that another program keeps. */
static bool rtosmanifest_reach_good(const struct rtos_manifest *manifest, uint32_t index)
{
	const struct rtos_manifest_program *programs = rtosmanifest_programs(manifest);
	const uint64_t reaches = programs[index].reaches;

	if ((reaches & (~rtosmanifest_mask(manifest->programs.count) | 1ULL << index)) != 0)
		return false;
	for (uint32_t i = 0; i < manifest->programs.count; i++)
		if ((reaches >> i & 1) != 0 && programs[i].keep_pages == 0)
			return false;
	return reaches == 0 || programs[index].dma_pages != 0;
}

/* If another program loads this program from a file, the loader is in the image. The loaded program
 * offers no ports and keeps no memory. */
static bool rtosmanifest_loader_good(const struct rtos_manifest *manifest,
                                     const struct rtos_image *image, uint32_t index)
{
	const struct rtos_manifest_program *programs = rtosmanifest_programs(manifest);
	const uint32_t loader = programs[index].loader;

	if (loader == 0)
		return rtosimage_programs(image)[index].segment_count != 0;
	return rtosimage_programs(image)[index].segment_count == 0 &&
	       loader < manifest->programs.count && loader != index &&
	       programs[loader].role == RTOS_ROLE_PROGRAM && programs[loader].loader == 0 &&
	       programs[index].offers == 0 && programs[index].argument_count == 0 &&
	       (programs[index].keep_pages | programs[index].dma_pages) == 0 &&
	       (programs[index].flags & ~RTOS_PROGRAM_LENIENT) == 0;
}

static bool rtosmanifest_rights_good(const struct rtos_manifest *manifest, uint32_t index)
{
	const struct rtos_manifest_program *program = &rtosmanifest_programs(manifest)[index];
	const uint64_t ports = rtosmanifest_mask(manifest->ports.count);
	const uint64_t programs = rtosmanifest_mask(manifest->programs.count);

	return program->offers == rtosmanifest_offers(manifest, index) &&
	       (program->uses & (~ports | program->offers)) == 0 &&
	       (program->manages & ~programs) == 0 &&
	       (program->manages & (1ULL | 1ULL << index)) == 0 &&
	       rtosmanifest_dma_good(manifest, index) && rtosmanifest_reach_good(manifest, index) &&
	       rtosmanifest_arguments_good(manifest, program);
}

/* Whether this level has to be the last one. */
static bool rtosmanifest_ends(uint8_t level)
{
	return level == RTOS_LEVEL_STOP || level == RTOS_LEVEL_REBOOT || level == RTOS_LEVEL_SLOW;
}

static bool rtosmanifest_levels_good(const struct rtos_manifest_program *program)
{
	const uint8_t *levels = program->levels;

	if (levels[0] == RTOS_LEVEL_ANEW)
		return program->keep_pages != 0 && rtosmanifest_ends(levels[1]);
	return rtosmanifest_ends(levels[0]) && levels[1] == RTOS_LEVEL_NONE;
}

static bool rtosmanifest_life_good(const struct rtos_manifest_program *program)
{
	if (program->cpu >= RTOS_CPUS_MAX)
		return false;
	if (program->role != RTOS_ROLE_PROGRAM)
		return true;                        /* it is bare */
	return rtosmanifest_levels_good(program) && /* each bit of its flags has a meaning */
	       program->limit != 0 && program->limit_s != 0 &&
	       program->limit_s <= RTOS_MS_MAX / 1000 &&
	       program->delay_ms <= program->delay_most_ms &&
	       program->delay_most_ms <= RTOS_MS_MAX && program->heartbeat_ms <= RTOS_MS_MAX &&
	       program->leave_ms <= RTOS_MS_MAX && program->probe_ms <= RTOS_MS_MAX &&
	       (program->probe_ms == 0 || program->offers != 0) &&
	       ((program->flags & RTOS_PROGRAM_ON_DEMAND) != 0 ? program->offers != 0
	                                                       : program->leave_ms == 0);
}

static struct rtosimage_verdict rtosmanifest_check_programs(const struct rtos_manifest *manifest,
                                                            const struct rtos_image *image)
{
	for (uint32_t i = 0; i < manifest->programs.count; i++) {
		if (!rtosmanifest_role_good(manifest, i) ||
		    !rtosmanifest_rights_good(manifest, i) ||
		    !rtosmanifest_loader_good(manifest, image, i))
			return rtosmanifest_bad(RTOSIMAGE_BAD_RIGHTS, i);
		if (!rtosmanifest_life_good(&rtosmanifest_programs(manifest)[i]))
			return rtosmanifest_bad(RTOSIMAGE_BAD_LIFE, i);
	}
	return rtosmanifest_good();
}

/* ---- devices ---- */

static bool rtosmanifest_owner_good(const struct rtos_manifest *manifest, uint32_t owner)
{
	return owner < manifest->programs.count && owner != 0 && owner != manifest->supervisor;
}

/* A window and another partition do no DMA. */
static bool rtosmanifest_called_good(const struct rtos_manifest_device *device)
{
	if (device->kind == RTOS_CALLED_NOTHING)
		return device->called[0] == '\0' && device->range_count >= 1;
	return device->kind <= RTOS_CALLED_LAST &&
	       rtosmanifest_name_good(device->called, sizeof(device->called)) &&
	       (device->dma == 0 || device->kind == RTOS_CALLED_DEVICE ||
	        device->kind == RTOS_CALLED_CHANNEL);
}

static bool rtosmanifest_device_good(const struct rtos_manifest *manifest,
                                     const struct rtos_manifest_device *device)
{
	bool good = rtosmanifest_name_good(device->name, sizeof(device->name)) &&
	            rtosmanifest_owner_good(manifest, device->owner) && device->dma <= 1 &&
	            rtosmanifest_called_good(device) && device->end <= RTOS_END_LAST &&
	            device->range_count <= RTOS_DEVICE_RANGES_MAX &&
	            device->interrupt_count <= RTOS_DEVICE_INTERRUPTS_MAX &&
	            (device->range_count != 0 || device->interrupt_count == 0);

	for (uint32_t i = 0; good && i < device->range_count; i++)
		good = device->ranges[i].size != 0 && device->ranges[i].base < RTOS_ADDRESS_LIMIT &&
		       device->ranges[i].size <= RTOS_ADDRESS_LIMIT - device->ranges[i].base;
	for (uint32_t i = 0; good && i < device->interrupt_count; i++)
		good = (device->interrupts[i] & ~RTOS_DEVICE_EDGE) >= RTOSMANIFEST_SPI_FIRST &&
		       (device->interrupts[i] & ~RTOS_DEVICE_EDGE) <= RTOSMANIFEST_SPI_LAST;
	return good;
}

bool rtosmanifest_share_page(const struct rtos_manifest_device *a,
                             const struct rtos_manifest_device *b, uint64_t *page)
{
	for (uint32_t i = 0; i < a->range_count; i++)
		for (uint32_t j = 0; j < b->range_count; j++) {
			const uint64_t a_first = a->ranges[i].base / RTOS_PAGE_SIZE;
			const uint64_t b_first = b->ranges[j].base / RTOS_PAGE_SIZE;
			const uint64_t a_last =
			    (a->ranges[i].base + a->ranges[i].size - 1) / RTOS_PAGE_SIZE;
			const uint64_t b_last =
			    (b->ranges[j].base + b->ranges[j].size - 1) / RTOS_PAGE_SIZE;

			*page = (a_first > b_first ? a_first : b_first) * RTOS_PAGE_SIZE;
			if (a_first <= b_last && b_first <= a_last)
				return true;
		}
	return false;
}

uint32_t rtosmanifest_share_interrupt(const struct rtos_manifest_device *a,
                                      const struct rtos_manifest_device *b)
{
	for (uint32_t i = 0; i < a->interrupt_count; i++)
		for (uint32_t j = 0; j < b->interrupt_count; j++)
			if (((a->interrupts[i] ^ b->interrupts[j]) & ~RTOS_DEVICE_EDGE) == 0)
				return a->interrupts[i] & ~RTOS_DEVICE_EDGE;
	return 0;
}

static struct rtosimage_verdict rtosmanifest_check_devices(const struct rtos_manifest *manifest)
{
	const struct rtos_manifest_device *devices = rtosmanifest_devices(manifest);
	uint64_t page;

	for (uint32_t i = 0; i < manifest->devices.count; i++) {
		bool good = rtosmanifest_device_good(manifest, &devices[i]);

		for (uint32_t j = 0; good && j < i; j++)
			good = !rtosmanifest_share_interrupt(&devices[i], &devices[j]) &&
			       (devices[i].owner == devices[j].owner ||
			        !rtosmanifest_share_page(&devices[i], &devices[j], &page)) &&
			       !rtosmanifest_same_name(devices[i].name, devices[j].name,
			                               RTOS_DEVICE_NAME);
		if (!good)
			return rtosmanifest_bad(RTOSIMAGE_BAD_DEVICE, i);
	}
	return rtosmanifest_good();
}

/* ---- ports and windows ---- */

static struct rtosimage_verdict rtosmanifest_check_ports(const struct rtos_manifest *manifest)
{
	const struct rtos_manifest_port *ports = rtosmanifest_ports(manifest);

	for (uint32_t i = 0; i < manifest->ports.count; i++) {
		bool good = rtosmanifest_name_good(ports[i].name, RTOS_PORT_NAME) &&
		            rtosmanifest_owner_good(manifest, ports[i].owner) &&
		            ports[i].blame >= 1 && ports[i].blame <= RTOS_BLAME_MAX;

		for (uint32_t j = 0; good && j < i; j++)
			good =
			    !rtosmanifest_same_name(ports[i].name, ports[j].name, RTOS_PORT_NAME);
		if (!good)
			return rtosmanifest_bad(RTOSIMAGE_BAD_PORT, i);
	}
	return rtosmanifest_good();
}

/* A window of plain memory has pages and a writer. A window that shows a part is as large as this
 * part, and has readers, but no writers. */
static bool rtosmanifest_contents_good(const struct rtos_manifest_window *window,
                                       const struct rtos_image *image)
{
	if (window->contents == 0)
		return window->pages != 0 && window->writers != 0;
	return window->contents <= image->part_count && window->writers == 0 &&
	       window->readers != 0 &&
	       window->pages ==
	           (rtosimage_parts(image)[window->contents - 1].size + RTOS_PAGE_SIZE - 1) /
	               RTOS_PAGE_SIZE;
}

static struct rtosimage_verdict rtosmanifest_check_windows(const struct rtos_manifest *manifest,
                                                           const struct rtos_image *image)
{
	const struct rtos_manifest_window *windows = rtosmanifest_windows(manifest);
	const uint64_t members =
	    rtosmanifest_mask(manifest->programs.count) & ~(1ULL | 1ULL << manifest->supervisor);

	for (uint32_t i = 0; i < manifest->windows.count; i++) {
		bool good = rtosmanifest_name_good(windows[i].name, RTOS_PORT_NAME) &&
		            rtosmanifest_contents_good(&windows[i], image) &&
		            (windows[i].writers & windows[i].readers) == 0 &&
		            ((windows[i].writers | windows[i].readers) & ~members) == 0;

		for (uint32_t j = 0; good && j < i; j++)
			good = !rtosmanifest_same_name(windows[i].name, windows[j].name,
			                               RTOS_PORT_NAME);
		if (!good)
			return rtosmanifest_bad(RTOSIMAGE_BAD_WINDOW, i);
	}
	return rtosmanifest_good();
}

/* ---- all of it ---- */

/* Comes last: what is only unplaced is otherwise good. */
static struct rtosimage_verdict rtosmanifest_check_placed(const struct rtos_manifest *manifest)
{
	for (uint32_t i = 0; i < manifest->devices.count; i++)
		if (rtosmanifest_devices(manifest)[i].range_count == 0)
			return rtosmanifest_bad(RTOSIMAGE_UNPLACED, i);
	return rtosmanifest_good();
}

struct rtosimage_verdict rtosmanifest_verify(const void *bytes, size_t available,
                                             const struct rtos_image *image)
{
	const struct rtos_manifest *manifest = bytes;
	enum rtosimage_fault fault = rtosmanifest_check_header(manifest, available);
	struct rtosimage_verdict verdict;

	if (fault == RTOSIMAGE_OK && !rtosmanifest_tables_good(manifest, image->program_count))
		fault = RTOSIMAGE_BAD_MANIFEST;
	if (fault != RTOSIMAGE_OK)
		return rtosmanifest_bad(fault, 0);
	verdict = rtosmanifest_check_programs(manifest, image);
	if (verdict.fault == RTOSIMAGE_OK)
		verdict = rtosmanifest_check_devices(manifest);
	if (verdict.fault == RTOSIMAGE_OK)
		verdict = rtosmanifest_check_ports(manifest);
	if (verdict.fault == RTOSIMAGE_OK)
		verdict = rtosmanifest_check_windows(manifest, image);
	if (verdict.fault == RTOSIMAGE_OK)
		verdict = rtosmanifest_check_placed(manifest);
	return verdict;
}

/* ---- entries ---- */

static const void *rtosmanifest_at(const struct rtos_manifest *manifest, uint32_t offset)
{
	return (const uint8_t *)manifest + offset;
}

const struct rtos_manifest_program *rtosmanifest_programs(const struct rtos_manifest *manifest)
{
	return rtosmanifest_at(manifest, manifest->programs.offset);
}

const struct rtos_manifest_device *rtosmanifest_devices(const struct rtos_manifest *manifest)
{
	return rtosmanifest_at(manifest, manifest->devices.offset);
}

const struct rtos_manifest_port *rtosmanifest_ports(const struct rtos_manifest *manifest)
{
	return rtosmanifest_at(manifest, manifest->ports.offset);
}

const struct rtos_manifest_window *rtosmanifest_windows(const struct rtos_manifest *manifest)
{
	return rtosmanifest_at(manifest, manifest->windows.offset);
}

const char *rtosmanifest_strings(const struct rtos_manifest *manifest)
{
	return rtosmanifest_at(manifest, manifest->strings.offset);
}
