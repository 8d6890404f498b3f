/* See kernel/kept.h. The state is the last word of an entry that is written, and the sum doesn't
 * cover it. So after a crash at any instruction each entry is either right or without a piece. */
#include <kernel/kept.h>
#include <kernel/thread.h>
#include <kumiki/rtos/image.h>
#include <lib/crc32c.h>
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/memory.h>

struct kept *kept;

/* State that has no meaning for the next kernel. */
static struct {
	uint32_t next;          /* the first page that is in no piece */
	bool held[KEPT_PIECES]; /* a region has the piece */
} kept_now;

static struct kept_piece *kept_pieces(void)
{
	return (struct kept_piece *)(void *)((char *)kept + PAGE_SIZE);
}

/* ---- sums ---- */

static uint32_t kept_piece_crc(const struct kept_piece *piece)
{
	return crc32c(0, piece, offsetof(struct kept_piece, state));
}

static uint32_t kept_crc(const struct kept *header)
{
	struct kept copy = *header;

	copy.magic = 0;
	copy.crc = 0;
	return crc32c(0, &copy, sizeof(copy));
}

/* ---- from one kernel to the next ---- */

void kept_begin(struct kept *at, const struct kept *header)
{
	memset(at, 0, KEPT_OWN * PAGE_SIZE);
	*at = *header;
	at->magic = 0;
	kept = at;
	memset(&kept_now, 0, sizeof(kept_now));
	kept_now.next = KEPT_OWN;
}

static bool kept_is_same(const struct kept *at, const struct kept *header)
{
	return at->kernel == header->kernel && at->tree == header->tree && at->at == header->at &&
	       at->pages == header->pages && at->image_crc == header->image_crc &&
	       at->tree_size == header->tree_size && at->tree_crc == header->tree_crc;
}

static bool kept_is_apart(const struct kept_piece *one, const struct kept_piece *other)
{
	return one->first + one->pages <= other->first || other->first + other->pages <= one->first;
}

static bool kept_is_good(const struct kept_piece *piece, uint32_t at)
{
	const struct kept_piece *own = &piece[at];
	bool good = own->crc == kept_piece_crc(own) &&
	            (own->state == KEPT_FRESH || own->state == KEPT_FILLED) &&
	            own->first >= KEPT_OWN && own->first < kept->pages && own->pages != 0 &&
	            own->pages <= kept->pages - own->first;

	for (uint32_t i = 0; i < at && good; i++)
		good = piece[i].state == KEPT_NONE || kept_is_apart(&piece[i], own);
	return good;
}

/* Checks all entries, and finds the first page that is in no piece. Returns NULL, or what is wrong.
 */
static const char *kept_look(void)
{
	const struct kept_piece *piece = kept_pieces();

	kept_now.next = KEPT_OWN;
	for (uint32_t i = 0; i < KEPT_PIECES; i++) {
		if (piece[i].state == KEPT_NONE)
			continue;
		if (!kept_is_good(piece, i))
			return "an entry of kept memory's table is damaged";
		if (kept_now.next < piece[i].first + piece[i].pages)
			kept_now.next = piece[i].first + piece[i].pages;
	}
	return NULL;
}

const char *kept_resume(struct kept *at, const struct kept *header)
{
	const char *wrong;

	if (at->magic != KEPT_MAGIC || at->revision != KEPT_REVISION || at->crc != kept_crc(at))
		return "kept memory's header is damaged";
	if (!kept_is_same(at, header))
		return "kept memory is of another image or device tree";
	kept = at;
	memset(&kept_now, 0, sizeof(kept_now));
	wrong = kept_look();
	if (wrong != NULL) {
		kept = NULL;
		return wrong;
	}
	at->magic = 0;
	return NULL;
}

bool kept_leave(const struct rtos_kernel_crash *crash)
{
	const uint64_t oldest = kept->crashes[0];

	for (uint32_t i = 1; i < KEPT_CRASHES; i++)
		kept->crashes[i - 1] = kept->crashes[i];
	kept->crashes[KEPT_CRASHES - 1] = crash->counter;
	kept->last = *crash;
	kept->revision = KEPT_REVISION;
	kept->crc = kept_crc(kept);
	kept->magic = KEPT_MAGIC;
	return oldest == 0 || crash->counter - oldest >= KEPT_SECONDS * machine_hz();
}

/* ---- pieces ---- */

/* Writes the entry's state, after everything that was written to the entry before. */
static void kept_set(struct kept_piece *piece, enum kept_state state)
{
	__atomic_store_n(&piece->state, state, __ATOMIC_RELEASE);
}

/* Makes a piece for a place that has none yet. False: the range is used up. */
static bool kept_add(uint32_t at, uint64_t pages)
{
	struct kept_piece *piece = &kept_pieces()[at];
	uint32_t first = kept_now.next;

	if (pages >= RTOS_KEPT_LARGE)
		first += -(memory_frame(kept) + first) % RTOS_KEPT_BLOCK;
	if (first > kept->pages || pages > kept->pages - first)
		return false;
	piece->first = first;
	piece->pages = (uint32_t)pages;
	piece->crc = kept_piece_crc(piece);
	kept_set(piece, KEPT_FRESH);
	kept_now.next = first + (uint32_t)pages;
	return true;
}

void kept_let_go(const struct region *region)
{
	kept_now.held[region->kept - 1] = false;
}

/* ---- the call ---- */

/* Adds the region's next block, as large as its place allows. */
static void kept_add_block(struct region *region, const struct kept_piece *piece)
{
	uint32_t number = memory_frame(kept) + piece->first + (uint32_t)region->pages;
	uint64_t left = piece->pages - region->pages;
	uint32_t order = 63 - (uint32_t)__builtin_clzll(left);

	if (number != 0 && (uint32_t)__builtin_ctz(number) < order)
		order = (uint32_t)__builtin_ctz(number);
	region_append(region, number, order < BLOCK_ORDER ? order : BLOCK_ORDER);
}

static enum rtos_status kept_make(struct thread *self)
{
	struct process *process = self->process;
	const uint64_t pages = self->registers.x[0], at = self->registers.x[1];
	const struct kept_piece *piece = &kept_pieces()[at];
	struct region *region;
	struct handle *handle;

	if (pages == 0 || at >= KEPT_PIECES || (piece->state != KEPT_NONE && piece->pages != pages))
		return RTOS_BAD_ARGUMENT;
	if (kept_now.held[at])
		return RTOS_BUSY;
	if (!process_make_place(process))
		return RTOS_NO_HANDLE;
	if (!object_has_room(&process->pool, &process->objects, OBJECT_SMALL) ||
	    (piece->state == KEPT_NONE && !kept_add((uint32_t)at, pages)))
		return RTOS_NO_MEMORY;
	region = region_make_kept(process, (uint8_t)(at + 1));
	kept_now.held[at] = true;
	handle = handle_make(&process->handles, 0, &region->object, RTOS_RIGHTS_ALL, 0);
	self->registers.x[X_HANDLE] = handle->number;
	return RTOS_OK;
}

/* Does one step on the way to the whole region: adds a block, or zeroes a page. A piece that was
 * filled before isn't zeroed. */
static void kept_step(struct region *region)
{
	const struct kept_piece *piece = &kept_pieces()[region->kept - 1];

	if (region->pages < piece->pages) {
		kept_add_block(region, piece);
		return;
	}
	if (piece->state == KEPT_FILLED) {
		region->zeroed = region->pages;
		return;
	}
	machine_zero(memory_at(region->first + (uint32_t)region->zeroed), PAGE_SIZE);
	region->zeroed++;
}

/* RTOS_REGION_KEPT. At first x9 is the machine's handle. When the call is repeated after an
 * interrupt, x9 is the handle of the region that the call has begun to make. */
int kept_call(struct thread *self)
{
	struct handle *handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	struct region *region;
	uint32_t at;

	if (handle_is(handle, RTOS_KIND_MACHINE, RTOS_RIGHT_MANAGE)) {
		enum rtos_status status = kept != NULL ? kept_make(self) : RTOS_NO_MEMORY;

		if (status != RTOS_OK)
			return (int)status;
		handle = handle_at(&self->process->handles, self->registers.x[X_HANDLE]);
	} else if (!handle_is(handle, RTOS_KIND_REGION, RTOS_RIGHT_MANAGE) ||
	           ((const struct region *)handle->object)->kept == 0) {
		return (int)handle_wrong(handle, RTOS_KIND_MACHINE);
	}
	region = (struct region *)handle->object;
	at = region->kept - 1u;
	while (region->pages < kept_pieces()[at].pages || region->zeroed < region->pages) {
		kept_step(region);
		if (machine_must_leave(true))
			return thread_repeat(self);
	}
	self->registers.x[0] = self->registers.x[X_HANDLE];
	self->registers.x[1] = kept_pieces()[at].state == KEPT_FILLED;
	kept_set(&kept_pieces()[at], KEPT_FILLED);
	return RTOS_OK;
}
