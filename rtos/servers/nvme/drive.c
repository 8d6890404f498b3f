/* See drive.h. Numbers in parentheses are chapters of NVM Express 1.4. */
#include "drive.h"
#include <lib/string.h>
#include <proto/block.h>
#include <stddef.h>

/* Commands (6), in the controller's numbers. */
enum drive_command {
	DRIVE_FLUSH = 0,
	DRIVE_WRITE = 1,
	DRIVE_READ = 2,
	DRIVE_ZERO = 8,
	DRIVE_MANAGE = 9, /* ranges, by a list of them */
};

#define DRIVE_COMMAND    0xffu /* the part of a command's first word */
#define DRIVE_GIVE_UP    4u    /* what is managed */
#define DRIVE_RANGE_MOST 32768 /* sectors: so many blocks fit into a command */

#define DRIVE_LIST  (PAIR_PAGE / MEDIUM_REQUESTS)       /* bytes of a request's list of pages */
#define DRIVE_SHIFT (drive->controller.block_shift - 9) /* a block has 1 << this sectors */

_Static_assert(MEDIUM_BYTES / PAIR_PAGE * 8 <= DRIVE_LIST, "a list has all pages of a buffer");
_Static_assert(MEDIUM_REQUESTS < PAIR_ENTRIES, "each request has its command");

/* ---- the memory for DMA: the controller's, the lists, the buffers ---- */

static uint64_t drive_physical(const struct drive *drive, const uint8_t *at)
{
	return drive->physical + (uint64_t)(at - drive->memory);
}

static uint8_t *drive_pages(const struct drive *drive, uint32_t number)
{
	return drive->memory + DRIVE_HEAD + (size_t)number * drive->bytes;
}

static uint32_t drive_blocks_sectors(const struct drive *drive)
{
	return 1u << DRIVE_SHIFT;
}

uint8_t *drive_buffer(const struct drive *drive, uint32_t number, uint64_t sector)
{
	return drive_pages(drive, number) +
	       sector % drive_blocks_sectors(drive) * (size_t)BLOCK_SECTOR;
}

/* Whole pages, each of them for 16 requests. */
static uint32_t drive_buffer_size(uint64_t size)
{
	const uint64_t bytes =
	    size < DRIVE_HEAD ? 0 : (size - DRIVE_HEAD) / MEDIUM_REQUESTS / PAIR_PAGE * PAIR_PAGE;

	return bytes < MEDIUM_BYTES ? (uint32_t)bytes : MEDIUM_BYTES;
}

/* A controller's most is a page at least. */
static uint32_t drive_pages_most(const struct controller *controller)
{
	const uint32_t most = controller->most / PAIR_PAGE;

	return most == 0 || most > BLOCK_PAGES ? BLOCK_PAGES : most;
}

/* A request of so many sectors may begin within a block, and end within another one. */
static void drive_tell(struct drive *drive, struct medium *medium)
{
	const struct controller *controller = &drive->controller;

	if (controller->most != 0 && controller->most < drive->bytes)
		drive->bytes = controller->most;
	*medium = (struct medium){.sectors = controller->blocks << DRIVE_SHIFT,
	                          .most = drive->bytes / BLOCK_SECTOR,
	                          .pages = drive_pages_most(controller),
	                          .read_only = controller->read_only,
	                          .flushes = controller->caches,
	                          .zeroes = controller->zeroes,
	                          .discards = controller->discards,
	                          .range_most = DRIVE_RANGE_MOST,
	                          .range_unit = drive_blocks_sectors(drive)};
	if (drive_blocks_sectors(drive) > 1)
		medium->most -= drive_blocks_sectors(drive);
}

const char *drive_begin(struct drive *drive, const struct medium_memory *memory,
                        struct medium *medium)
{
	static const char small[] = "its kumiki,dma-memory is too small";
	const char *wrong;

	drive->memory = memory->bytes;
	drive->physical = memory->physical;
	drive->bytes = drive_buffer_size(memory->size);
	drive->open = 0;
	drive->alone = DRIVE_NOBODY;
	if (drive->bytes == 0 || memory->physical % PAIR_PAGE != 0)
		return small;
	wrong = controller_begin(&drive->controller, memory->bytes, memory->physical);
	if (wrong)
		return wrong;
	drive_tell(drive, medium);
	return medium->most == 0 ? small : NULL;
}

bool drive_heard(const struct drive *drive)
{
	controller_hush(&drive->controller, true);
	return controller_is_well(&drive->controller);
}

/* The controller has the request: it isn't one that waits to be alone. */
static bool drive_has(const struct drive *drive, uint32_t number)
{
	return number < MEDIUM_REQUESTS && (drive->open >> number & 1) != 0 &&
	       (number != drive->alone || drive->reads);
}

/* Answers to other commands say nothing of one that is lost. */
bool drive_is_well(const struct drive *drive)
{
	const uint64_t now = controller_clock();

	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		if (drive_has(drive, i) && now - drive->since[i] >= DRIVE_PATIENCE)
			return false;
	return controller_is_well(&drive->controller);
}

/* ---- commands ---- */

static void drive_command(struct drive *drive, uint32_t number, const struct pair_command *command)
{
	drive->since[number] = controller_clock();
	pair_give(&drive->controller.io, command);
}

/* The pages: the first one, and the second one or the list of all further ones (4.3). */
static void drive_point(const struct drive *drive, struct pair_command *command, uint32_t number,
                        const uint64_t *page, uint32_t count)
{
	volatile uint64_t *list =
	    (volatile uint64_t *)(void *)(drive->memory + CONTROLLER_MEMORY + number * DRIVE_LIST);
	uint64_t second = count > 1 ? page[1] : 0;

	for (uint32_t i = 1; i < count; i++)
		list[i - 1] = page[i];
	if (count > 2)
		second = drive_physical(drive, (const uint8_t *)list);
	command->word[6] = (uint32_t)page[0];
	command->word[7] = (uint32_t)(page[0] >> 32);
	command->word[8] = (uint32_t)second;
	command->word[9] = (uint32_t)(second >> 32);
}

/* The controller doesn't say how much it read. The rest would be older bytes, perhaps another
 * program's; in pages of a client they are the client's. */
static void drive_point_buffer(const struct drive *drive, struct pair_command *command,
                               uint32_t number, uint8_t *buffer, uint32_t bytes)
{
	const uint32_t count = (bytes + PAIR_PAGE - 1) / PAIR_PAGE;
	uint64_t page[MEDIUM_BYTES / PAIR_PAGE] = {drive_physical(drive, buffer)};

	for (uint32_t i = 1; i < count; i++)
		page[i] = page[0] + (uint64_t)i * PAIR_PAGE;
	if ((command->word[0] & DRIVE_COMMAND) == DRIVE_READ)
		memset(buffer, 0, bytes);
	drive_point(drive, command, number, page, count);
}

/* All blocks of the request, between the medium and this buffer, or the request's pages. */
static void drive_move(struct drive *drive, uint32_t number, enum drive_command what,
                       uint8_t *buffer)
{
	const struct medium_request *request = &drive->requests[number];
	const uint64_t first = request->sector >> DRIVE_SHIFT;
	const uint32_t count =
	    (uint32_t)(((request->sector + request->sectors - 1) >> DRIVE_SHIFT) - first + 1);
	struct pair_command command = {.word = {[0] = number << 16 | (uint32_t)what,
	                                        [1] = drive->controller.namespace_id,
	                                        [10] = (uint32_t)first,
	                                        [11] = (uint32_t)(first >> 32),
	                                        [12] = count - 1}};

	if (request->page_count != 0)
		drive_point(drive, &command, number, request->page, request->page_count);
	else
		drive_point_buffer(drive, &command, number, buffer,
		                   count << drive->controller.block_shift);
	drive_command(drive, number, &command);
}

static void drive_flush(struct drive *drive, uint32_t number)
{
	const struct pair_command command = {
	    .word = {[0] = number << 16 | DRIVE_FLUSH, [1] = drive->controller.namespace_id}};

	drive_command(drive, number, &command);
}

static void drive_zero(struct drive *drive, uint32_t number, uint64_t first, uint32_t count)
{
	const struct pair_command command = {.word = {[0] = number << 16 | DRIVE_ZERO,
	                                              [1] = drive->controller.namespace_id,
	                                              [10] = (uint32_t)first,
	                                              [11] = (uint32_t)(first >> 32),
	                                              [12] = count - 1}};

	drive_command(drive, number, &command);
}

/* The list of one range is in the request's buffer (6.7): attributes, blocks, the first one. */
static void drive_discard(struct drive *drive, uint32_t number, uint64_t first, uint32_t count)
{
	uint8_t *pages = drive_pages(drive, number);
	volatile uint32_t *range = (volatile uint32_t *)(void *)pages;
	struct pair_command command = {.word = {[0] = number << 16 | DRIVE_MANAGE,
	                                        [1] = drive->controller.namespace_id,
	                                        [11] = DRIVE_GIVE_UP}};

	range[0] = 0;
	range[1] = count;
	range[2] = (uint32_t)first;
	range[3] = (uint32_t)(first >> 32);
	drive_point_buffer(drive, &command, number, pages, PAIR_PAGE);
	drive_command(drive, number, &command);
}

/* ---- writes of parts of blocks ---- */

static bool drive_is_partial(const struct drive *drive, const struct medium_request *request)
{
	const uint32_t within = drive_blocks_sectors(drive) - 1;

	return request->type == MEDIUM_WRITE &&
	       ((request->sector & within) != 0 || (request->sectors & within) != 0);
}

/* Another one's buffer: nobody uses it meanwhile. */
static uint8_t *drive_old_blocks(const struct drive *drive)
{
	return drive_pages(drive, (drive->alone + 1) % MEDIUM_REQUESTS);
}

static void drive_begin_alone(struct drive *drive)
{
	if (drive->alone == DRIVE_NOBODY || drive->reads || drive->open != 1u << drive->alone)
		return;
	drive->reads = true;
	drive_move(drive, drive->alone, DRIVE_READ, drive_old_blocks(drive));
}

/* What its blocks have before and behind the part stays. */
static void drive_write_alone(struct drive *drive)
{
	const struct medium_request *request = &drive->requests[drive->alone];
	uint8_t *pages = drive_pages(drive, drive->alone);
	const uint8_t *old = drive_old_blocks(drive);
	const size_t block = (size_t)1 << drive->controller.block_shift;
	const size_t begin = (size_t)(drive_buffer(drive, drive->alone, request->sector) - pages);
	const size_t end = begin + (size_t)request->sectors * BLOCK_SECTOR;

	memcpy(pages, old, begin);
	memcpy(pages + end, old + end, (block - end % block) % block);
	drive->writes = true;
	drive_move(drive, drive->alone, DRIVE_WRITE, pages);
}

/* ---- requests ---- */

uint32_t drive_free(const struct drive *drive)
{
	uint32_t number = 0;

	if (drive->alone != DRIVE_NOBODY)
		return MEDIUM_REQUESTS;
	while (number < MEDIUM_REQUESTS && (drive->open >> number & 1) != 0)
		number++;
	return number;
}

static void drive_start(struct drive *drive, uint32_t number, const struct medium_request *request)
{
	const uint64_t first = request->sector >> DRIVE_SHIFT;
	const uint32_t count = request->sectors >> DRIVE_SHIFT;

	switch (request->type) {
	case MEDIUM_FLUSH:
		drive_flush(drive, number);
		return;
	case MEDIUM_ZERO:
		drive_zero(drive, number, first, count);
		return;
	case MEDIUM_DISCARD:
		drive_discard(drive, number, first, count);
		return;
	case MEDIUM_READ:
		drive_move(drive, number, DRIVE_READ, drive_pages(drive, number));
		return;
	default:
		drive_move(drive, number, DRIVE_WRITE, drive_pages(drive, number));
		return;
	}
}

void drive_give(struct drive *drive, uint32_t number, const struct medium_request *request)
{
	drive->requests[number] = *request;
	drive->open |= 1u << number;
	if (drive_is_partial(drive, request)) {
		drive->alone = number;
		drive->reads = drive->writes = false;
		drive_begin_alone(drive);
	} else {
		drive_start(drive, number, request);
	}
}

static void drive_close(struct drive *drive, uint32_t number)
{
	drive->open &= ~(1u << number);
	if (drive->alone == number)
		drive->alone = DRIVE_NOBODY;
}

/* The controller is told what was taken, and may interrupt again, when there is nothing more. What
 * is to be alone begins here: the caller is done with the buffer of the request before. */
enum medium_answer drive_take(struct drive *drive, uint32_t *number)
{
	struct pair_done done;

	drive_begin_alone(drive);
	while (pair_take(&drive->controller.io, &done)) {
		*number = done.id;
		if (!drive_has(drive, done.id))
			return MEDIUM_BROKEN;
		if (done.id == drive->alone && !drive->writes && done.status == 0) {
			drive_write_alone(drive);
			continue;
		}
		drive_close(drive, done.id);
		return done.status == 0 ? MEDIUM_DONE : MEDIUM_FAILED;
	}
	pair_settle(&drive->controller.io);
	controller_hush(&drive->controller, false);
	return MEDIUM_NOTHING;
}

bool drive_is_sound(const struct drive *drive, const struct medium_memory *memory)
{
	return drive->memory == memory->bytes && drive->physical == memory->physical &&
	       drive->bytes >= PAIR_PAGE &&
	       (uint64_t)drive->bytes * MEDIUM_REQUESTS + DRIVE_HEAD <= memory->size &&
	       drive->open >> MEDIUM_REQUESTS == 0 && drive->controller.io.tail < PAIR_ENTRIES &&
	       drive->controller.io.head < PAIR_ENTRIES &&
	       (drive->alone == DRIVE_NOBODY ||
	        (drive->alone < MEDIUM_REQUESTS && (drive->open >> drive->alone & 1) != 0));
}
