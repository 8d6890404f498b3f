/*
 * Memory for a debugger: see service/debug.h. A breakpoint is a BRK in the place of a word, and the
 * box keeps the word. Reads and writes of the place go to the word, not to the BRK. Guests may run
 * with caches off, so lines are cleaned and invalidated before and after each access.
 */
#include <service/debug.h>
#include <service/examine.h>
#include <service/loader.h>

#define PAGE_SIZE   4096u
#define INSTRUCTION 4u
#define BRK         (0xd4200000u | DEBUG_BRK << 5)

struct debugging {
	const struct loader_info *info;
	struct debug_box *box;
	struct debug_request request;
	struct walk walk;
	struct stop_report view; /* registers by which addresses are translated */
};

/* The breakpoint in whose word an address lies; NULL: there is none. */
static struct debug_break *break_over(struct debug_box *box, uint64_t at)
{
	for (uint32_t i = 0; box->breaks != 0 && i < DEBUG_BREAKS; i++)
		if (box->break_at[i].at != 0 && at - box->break_at[i].at < INSTRUCTION)
			return &box->break_at[i];
	return NULL;
}

static uint8_t read_byte(struct debug_box *box, uint64_t at)
{
	const struct debug_break *over = break_over(box, at);

	if (over != NULL)
		return (uint8_t)(over->word >> 8 * (at - over->at));
	return *(const volatile uint8_t *)(uintptr_t)at;
}

static void write_byte(struct debug_box *box, uint64_t at, uint8_t value)
{
	struct debug_break *over = break_over(box, at);
	uint32_t shift = over == NULL ? 0 : (uint32_t)(8 * (at - over->at));

	if (over == NULL)
		*(volatile uint8_t *)(uintptr_t)at = value;
	else
		over->word = (over->word & ~(0xffu << shift)) | (uint32_t)value << shift;
}

static void settle(uint64_t at, uint32_t size)
{
	machine_clean((const void *)(uintptr_t)at, size);
	machine_finish();
}

/* How many bytes of the request lie in one piece from `done` on; 0: no memory is there. */
static uint32_t piece(const struct debugging *debugging, uint32_t done, uint64_t *at)
{
	uint64_t address = debugging->request.address + done;
	uint32_t size = PAGE_SIZE - (uint32_t)(address % PAGE_SIZE);
	uint32_t left = debugging->request.size - done;

	if (!walk_translate(&debugging->walk, address, at))
		return 0;
	return size < left ? size : left;
}

/* Reads up to the first address without memory. */
static enum debug_status read_memory(struct debugging *debugging)
{
	struct debug_box *box = debugging->box;
	uint32_t done = 0, size;
	uint64_t at;

	while (done < debugging->request.size && (size = piece(debugging, done, &at)) != 0) {
		settle(at, size);
		for (uint32_t i = 0; i < size; i++)
			box->data[done + i] = read_byte(box, at + i);
		settle(at, size);
		done += size;
	}
	box->size = done;
	return done == 0 ? DEBUG_NOWHERE : DEBUG_OK;
}

static bool is_there(const struct debugging *debugging)
{
	uint32_t done = 0, size;
	uint64_t at;

	while (done < debugging->request.size) {
		size = piece(debugging, done, &at);
		if (size == 0)
			return false;
		done += size;
	}
	return true;
}

static enum debug_status write_memory(struct debugging *debugging)
{
	struct debug_box *box = debugging->box;
	uint32_t size;
	uint64_t at;

	if (!is_there(debugging))
		return DEBUG_NOWHERE;
	for (uint32_t done = 0; done < debugging->request.size; done += size) {
		size = piece(debugging, done, &at);
		if (size == 0)
			return DEBUG_NOWHERE; /* the write changed its own translation */
		settle(at, size);
		for (uint32_t i = 0; i < size; i++)
			write_byte(box, at + i, box->data[done + i]);
		settle(at, size);
	}
	return DEBUG_OK;
}

/* ---- breakpoints ---- */

static void put_word(uint64_t at, uint32_t word)
{
	settle(at, INSTRUCTION);
	*(volatile uint32_t *)(uintptr_t)at = word;
	settle(at, INSTRUCTION);
}

static struct debug_break *free_break(struct debug_box *box)
{
	for (uint32_t i = 0; i < DEBUG_BREAKS; i++)
		if (box->breaks == 0 || box->break_at[i].at == 0)
			return &box->break_at[i];
	return NULL;
}

/* Forgets breakpoints of a session that is over. */
static void forget_all(struct debug_box *box)
{
	for (uint32_t i = 0; i < DEBUG_BREAKS; i++)
		box->break_at[i].at = 0;
}

static enum debug_status set_break(struct debugging *debugging)
{
	struct debug_box *box = debugging->box;
	struct debug_break *new;
	uint64_t at;

	if (debugging->request.address % INSTRUCTION != 0 ||
	    !walk_translate(&debugging->walk, debugging->request.address, &at))
		return DEBUG_NOWHERE;
	if (break_over(box, at) != NULL)
		return DEBUG_OK;
	if (box->breaks == 0)
		forget_all(box);
	new = free_break(box);
	if (new == NULL)
		return DEBUG_FULL;
	settle(at, INSTRUCTION);
	new->word = *(const volatile uint32_t *)(uintptr_t)at;
	new->at = at;
	box->breaks++;
	put_word(at, BRK);
	return DEBUG_OK;
}

static void take_out(struct debugging *debugging, struct debug_break *set)
{
	if (set->at % INSTRUCTION == 0 && walk_owns(debugging->info, set->at))
		put_word(set->at, set->word);
	set->at = 0;
	debugging->box->breaks--;
}

static enum debug_status unset_break(struct debugging *debugging)
{
	struct debug_break *set;
	uint64_t at;

	if (!walk_translate(&debugging->walk, debugging->request.address, &at))
		return DEBUG_NOWHERE;
	set = break_over(debugging->box, at);
	if (set != NULL)
		take_out(debugging, set);
	return DEBUG_OK;
}

static enum debug_status unset_all(struct debugging *debugging)
{
	struct debug_box *box = debugging->box;

	for (uint32_t i = 0; i < DEBUG_BREAKS && box->breaks != 0; i++)
		if (box->break_at[i].at != 0)
			take_out(debugging, &box->break_at[i]);
	box->breaks = 0;
	return DEBUG_OK;
}

enum debug_status debug_memory(const struct loader_info *info, const struct debug_request *request)
{
	struct debugging debugging = {
	    .info = info, .box = (struct debug_box *)(uintptr_t)info->debug, .request = *request};

	debugging.view.sctlr = request->sctlr;
	debugging.view.tcr = request->tcr;
	debugging.view.ttbr0 = request->ttbr0;
	debugging.view.ttbr1 = request->ttbr1;
	debugging.walk = (struct walk){info, &debugging.view};
	if (request->op == DEBUG_DETACH)
		return unset_all(&debugging);
	if (request->op == DEBUG_BREAK)
		return set_break(&debugging);
	if (request->op == DEBUG_UNBREAK)
		return unset_break(&debugging);
	if (request->size > DEBUG_DATA_SIZE)
		return DEBUG_REFUSED;
	return request->op == DEBUG_READ ? read_memory(&debugging) : write_memory(&debugging);
}
