/*
 * A disk's driver, whatever the device (medium.h): takes calls, gives them to the device, and
 * answers each when the device has done it (docs/reference/rtos-servers.md). It keeps nothing: the
 * kernel keeps calls that aren't answered, and delivers them to the next driver if this one
 * crashes. The device gets addresses of two kinds of memory: the memory for DMA, from which
 * contents are copied into a client's window; and kept memory of the programs that the manifest
 * names. A client names pages of its own kept memory alone, by numbers, and the kernel says where
 * that lies. Both kinds stay where they are, whichever program ends. So until the next driver has
 * reset the device, the device may still write there, and nowhere else.
 */
#include <disk/medium.h>
#include <lib/string.h>
#include <proto/block.h>
#include <rtos/buffer.h>
#include <rtos/console.h>
#include <rtos/driver.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

#define DRIVER_LOOK_MS   250  /* from one look after the device to the next one */
#define DRIVER_VAIN_MOST 1000 /* interrupts in a row for nothing */

/* A program's kept memory. */
struct reach {
	uint64_t pages;    /* 0: the device doesn't reach it */
	uint64_t physical; /* where the device sees it */
	uint8_t *bytes;    /* where this driver does, if it has to copy; else NULL */
};

/* A call that the device works for. */
struct open_call {
	uint64_t identity, token, badge;
	enum medium_type type;
	/* To be copied after a read, to the caller's window or pages. */
	uint8_t *to;
	const struct reach *reach; /* NULL: not to pages */
	uint64_t word[RTOS_WORDS]; /* of the call: its pages */
	bool left;                 /* the caller's memory isn't touched any more */
	uint64_t sector;
	uint32_t sectors;
};

static struct {
	struct medium medium;
	struct buffers buffers;
	struct reach reaches[BUFFER_CALLERS];    /* by badges */
	struct open_call calls[MEDIUM_REQUESTS]; /* of the device's open requests */
	rtos_handle_t port, interrupt, signals;
	/* BLOCK_OPEN of each badge that waits for earlier calls of its program. */
	struct {
		uint64_t identity, token;
	} opens[BUFFER_CALLERS];
	bool failing;   /* the device's last answer was an error */
	uint32_t count; /* calls that the device works for */
	uint64_t look;  /* when somebody has to look after the device */
	uint32_t vain;  /* interrupts in a row for nothing */
} driver;

/* The first error of a row is told to people, too: to the caller each is. */
static void driver_failed(const struct open_call *call)
{
	static const char *const what[] = {[MEDIUM_READ] = "a read",
	                                   [MEDIUM_WRITE] = "a write",
	                                   [MEDIUM_FLUSH] = "a flush",
	                                   [MEDIUM_ZERO] = "zeroes",
	                                   [MEDIUM_DISCARD] = "a discard"};
	struct text text = {.length = 0};

	text_add(&text, sys_program->name);
	text_add(&text, ": the device reports an error: ");
	text_add(&text, what[call->type]);
	if (call->type != MEDIUM_FLUSH) {
		text_add(&text, " at sector ");
		text_number(&text, call->sector);
	}
	text_add(&text, "\n");
	(void)console_print(&text);
}

/* ---- what the manifest gave ---- */

static struct medium_memory driver_memory(void)
{
	const char *missing = "its manifest gives it no kumiki,dma-memory";
	const struct rtos_given *memory = driver_given(RTOS_GIVEN_DMA, missing);
	const rtos_handle_t region = driver_given(RTOS_GIVEN_DMA_REGION, missing)->handle;
	uint64_t physical = 0;

	if (sys_do(RTOS_REGION_PHYSICAL, region, 0, 0, 0, 0, 0, &physical) != RTOS_OK)
		driver_fail("its kumiki,dma-memory has no address");
	return (struct medium_memory){
	    .bytes = (void *)memory->address, .physical = physical, .size = memory->size};
}

/* ---- pages of clients ---- */

static uint32_t driver_page(const uint64_t word[RTOS_WORDS], uint32_t index)
{
	return (uint32_t)(word[BLOCK_WORD(index)] >> BLOCK_SHIFT(index)) & (BLOCK_PAGE_LIMIT - 1);
}

/* The most pages of one call. Where they are copied, the request's buffer has them. */
static uint32_t driver_pages_most(const struct reach *reach)
{
	const uint32_t room = driver.medium.most / BLOCK_IN_PAGE;

	if (reach->pages == 0)
		return 0;
	if (!reach->bytes)
		return driver.medium.pages;
	return room < BLOCK_PAGES ? room : BLOCK_PAGES;
}

/* Copies between the request's buffer and the pages. */
static void driver_copy_pages(const struct open_call *call, uint8_t *buffer)
{
	for (uint32_t i = 0; i < call->sectors / BLOCK_IN_PAGE; i++) {
		uint8_t *page =
		    call->reach->bytes + (size_t)driver_page(call->word, i) * BLOCK_PAGE;
		uint8_t *piece = buffer + (size_t)i * BLOCK_PAGE;

		if (call->type == MEDIUM_READ)
			memcpy(page, piece, BLOCK_PAGE);
		else
			memcpy(piece, page, BLOCK_PAGE);
	}
}

/* ---- answers ---- */

static enum block_status driver_finish(const struct open_call *call, uint32_t number)
{
	if (call->type != MEDIUM_READ)
		return BLOCK_OK;
	if (call->left)
		return BLOCK_FAILED;
	if (call->to)
		memcpy(call->to, medium_buffer(number, call->sector), call->sectors * BLOCK_SECTOR);
	else if (call->reach->bytes)
		driver_copy_pages(call, medium_buffer(number, call->sector));
	return BLOCK_OK;
}

static void driver_answer(uint32_t number, bool good)
{
	const struct open_call *call = &driver.calls[number];
	struct sys_message answer = {.identity = call->identity, .token = call->token};

	if (!good && !driver.failing)
		driver_failed(call);
	driver.failing = !good;
	answer.word[0] = good ? driver_finish(call, number) : BLOCK_FAILED;
	(void)sys_reply(&answer); /* the caller may have ended */
}

/* ---- opening ---- */

/* Whether the device works for the program. */
static bool driver_works_for(uint64_t badge)
{
	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		if (medium_is_open(i) && driver.calls[i].badge == badge)
			return true;
	return false;
}

static void driver_tell_disk(uint64_t word[RTOS_WORDS], uint64_t badge)
{
	word[0] = BLOCK_OK;
	word[1] = driver.medium.sectors;
	word[2] = driver.medium.read_only;
	word[3] = driver.medium.most;
	word[4] = driver_pages_most(&driver.reaches[badge]);
}

static void driver_answer_open(uint64_t badge)
{
	struct sys_message answer = {.identity = driver.opens[badge].identity,
	                             .token = driver.opens[badge].token};

	if (answer.identity == 0)
		return;
	driver.opens[badge].identity = 0;
	driver_tell_disk(answer.word, badge);
	(void)sys_reply(&answer); /* the caller may have ended */
}

/* A request is over: perhaps it was the last one that an opening program waits for. */
static void driver_finished(uint64_t badge)
{
	if (badge < BUFFER_CALLERS && !driver_works_for(badge))
		driver_answer_open(badge);
}

/* Answers to an earlier life of the program would come too late for its buffer; and what that life
 * wrote is written before this one goes on. */
static void driver_open(struct sys_message *message)
{
	const uint64_t badge = message->badge < BUFFER_CALLERS ? message->badge : 0;

	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++)
		if (driver.calls[i].badge == message->badge)
			driver.calls[i].left = true;
	driver_answer_open(badge); /* an older one of the same program */
	driver.opens[badge].identity = message->identity;
	driver.opens[badge].token = message->token;
	message->identity = 0;
	driver_finished(badge);
}

/* False: the device has done nothing further. */
static bool driver_take(void)
{
	uint32_t number;
	const enum medium_answer answer = medium_take(&number);

	if (answer == MEDIUM_BROKEN)
		driver_fail("the device says nonsense");
	if (answer == MEDIUM_NOTHING)
		return false;
	driver.count--;
	driver_answer(number, answer == MEDIUM_DONE);
	driver_finished(driver.calls[number].badge);
	return true;
}

/* An interrupt that doesn't end would leave no turn for calls. */
static void driver_heard(bool something)
{
	driver.vain = something ? 0 : driver.vain + 1;
	if (driver.vain == DRIVER_VAIN_MOST)
		driver_fail("the device interrupts for nothing");
}

/* The device's interrupt is cleared first: work done after that raises a new one. */
static void driver_interrupt(void)
{
	const uint64_t sectors = driver.medium.sectors;
	bool something = false;

	if (!medium_heard(&driver.medium))
		driver_fail("the device has to be reset");
	(void)sys_do(RTOS_INTERRUPT_DONE, driver.interrupt, 0, 0, 0, 0, 0, NULL);
	while (driver_take())
		something = true;
	driver_heard(something || driver.medium.sectors != sectors);
}

/* ---- calls ---- */

static bool driver_has(uint64_t sector, uint64_t sectors)
{
	return sectors > 0 && sectors <= driver.medium.sectors &&
	       sector <= driver.medium.sectors - sectors;
}

/* Whether the piece fits into the disk, the buffer and one request. */
static bool driver_fits(const struct buffer *buffer, uint64_t sector, uint64_t piece)
{
	const uint64_t sectors = BLOCK_PIECE_SECTORS(piece), at = BLOCK_PIECE_AT(piece);

	return driver_has(sector, sectors) && sectors <= driver.medium.most && at <= buffer->size &&
	       sectors * BLOCK_SECTOR <= buffer->size - at;
}

/* The call is answered later, when the device has done it. */
static enum block_status driver_give(struct sys_message *message, const struct open_call *call,
                                     const struct medium_request *request)
{
	const uint32_t number = medium_free();
	struct open_call *open = &driver.calls[number];

	*open = *call;
	open->identity = message->identity;
	open->token = message->token;
	open->badge = message->badge;
	open->type = request->type;
	open->sector = request->sector;
	open->sectors = request->sectors;
	if (request->type == MEDIUM_WRITE && open->to)
		memcpy(medium_buffer(number, request->sector), open->to,
		       request->sectors * BLOCK_SECTOR);
	else if (request->type == MEDIUM_WRITE && open->reach->bytes)
		driver_copy_pages(open, medium_buffer(number, request->sector));
	medium_give(number, request);
	driver.count++;
	message->identity = 0;
	return BLOCK_OK;
}

static enum block_status driver_transfer(struct sys_message *message, enum medium_type type)
{
	const struct buffer *buffer = buffer_of(&driver.buffers, message->badge);
	const uint64_t sector = message->word[1], piece = message->word[2];
	const struct medium_request request = {
	    .type = type, .sector = sector, .sectors = BLOCK_PIECE_SECTORS(piece)};
	const struct open_call call = {.to = buffer->bytes + BLOCK_PIECE_AT(piece)};

	if (!driver_fits(buffer, sector, piece))
		return BLOCK_BAD;
	if (type == MEDIUM_WRITE && driver.medium.read_only)
		return BLOCK_READ_ONLY;
	return driver_give(message, &call, &request);
}

/* Finds where the device sees the pages. False: the caller keeps no such page. */
static bool driver_find_pages(const struct reach *reach, const uint64_t word[RTOS_WORDS],
                              uint32_t count, struct medium_request *request)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t number = driver_page(word, i);

		if (number >= reach->pages)
			return false;
		request->page[i] = reach->physical + number * BLOCK_PAGE;
	}
	request->page_count = reach->bytes ? 0 : count;
	return true;
}

static enum block_status driver_move_pages(struct sys_message *message, enum medium_type type)
{
	const struct reach *reach =
	    &driver.reaches[message->badge < BUFFER_CALLERS ? message->badge : 0];
	const uint64_t sector = message->word[1], count = message->word[2];
	struct medium_request request = {.type = type, .sector = sector};
	struct open_call call = {.reach = reach};

	if (count > driver_pages_most(reach) || sector % BLOCK_IN_PAGE != 0 ||
	    !driver_has(sector, count * BLOCK_IN_PAGE) ||
	    !driver_find_pages(reach, message->word, (uint32_t)count, &request))
		return BLOCK_BAD;
	if (type == MEDIUM_WRITE && driver.medium.read_only)
		return BLOCK_READ_ONLY;
	request.sectors = (uint32_t)count * BLOCK_IN_PAGE;
	memcpy(call.word, message->word, sizeof(call.word));
	return driver_give(message, &call, &request);
}

/* A call without contents. */
static enum block_status driver_order(struct sys_message *message, enum medium_type type,
                                      uint64_t sector, uint32_t sectors)
{
	const struct open_call call = {.to = NULL};
	const struct medium_request request = {.type = type, .sector = sector, .sectors = sectors};

	return driver_give(message, &call, &request);
}

static enum block_status driver_range(struct sys_message *message, enum medium_type type, bool can)
{
	const uint64_t sector = message->word[1], sectors = message->word[2];
	const struct medium *medium = &driver.medium;

	if (!can || !driver_has(sector, sectors) || sectors > medium->range_most ||
	    sector % medium->range_unit != 0 || sectors % medium->range_unit != 0)
		return BLOCK_BAD;
	if (medium->read_only)
		return BLOCK_READ_ONLY;
	return driver_order(message, type, sector, (uint32_t)sectors);
}

static enum block_status driver_serve(struct sys_message *message)
{
	switch (message->word[0]) {
	case BLOCK_OPEN:
		driver_open(message);
		return BLOCK_OK;
	case BLOCK_READ:
		return driver_transfer(message, MEDIUM_READ);
	case BLOCK_WRITE:
		return driver_transfer(message, MEDIUM_WRITE);
	case BLOCK_FLUSH:
		return driver.medium.flushes ? driver_order(message, MEDIUM_FLUSH, 0, 0) : BLOCK_OK;
	case BLOCK_FETCH:
		return driver_move_pages(message, MEDIUM_READ);
	case BLOCK_STORE:
		return driver_move_pages(message, MEDIUM_WRITE);
	case BLOCK_ZERO:
		return driver_range(message, MEDIUM_ZERO, driver.medium.zeroes);
	case BLOCK_DISCARD:
		return driver_range(message, MEDIUM_DISCARD, driver.medium.discards);
	default:
		return BLOCK_BAD;
	}
}

/* ---- the probe ---- */

static bool driver_is_sound(void)
{
	const struct medium_memory memory = driver_memory();

	return medium_is_sound(&memory) &&
	       driver.interrupt == sys_given(RTOS_GIVEN_INTERRUPT, NULL, 0)->handle &&
	       driver.signals == sys_given(RTOS_GIVEN_SIGNALS, NULL, 0)->handle;
}

/* Behind the disk's end nothing can be read. */
static void driver_probe(struct sys_message *message)
{
	struct sys_message behind = {
	    .word = {BLOCK_READ, driver.medium.sectors, BLOCK_PIECE(1, 0)}};

	if (!driver_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message,
		             driver_serve(&behind) == BLOCK_BAD ? PROBE_RIGHT : PROBE_WRONG);
}

/* ---- start ---- */

static void driver_succeeds(const char *wrong)
{
	if (wrong)
		driver_fail(wrong);
}

/* Whose kept memory the device reaches, and where that lies: the kernel says it. */
static void driver_begin_reach(const struct rtos_given *given)
{
	const struct rtos_given *seen = sys_given(RTOS_GIVEN_REACH_MEMORY, given->name, 0);
	struct sys_registers call = {.x = {[8] = RTOS_REGION_PHYSICAL, [9] = given->handle}};

	sys_svc(&call);
	if (call.x[8] != RTOS_OK || given->address >= BUFFER_CALLERS)
		driver_fail("what its manifest says that it reaches has no address");
	driver.reaches[given->address] =
	    (struct reach){.pages = call.x[1],
	                   .physical = call.x[0],
	                   .bytes = seen ? (uint8_t *)seen->address : NULL};
}

static void driver_begin_reaches(void)
{
	const struct rtos_given *given;

	for (uint32_t i = 0; (given = sys_given(RTOS_GIVEN_REACH, NULL, i)) != NULL; i++)
		driver_begin_reach(given);
}

static void driver_begin(void)
{
	const struct rtos_given *port = driver_given(RTOS_GIVEN_OFFER, "it has no port");
	struct medium_memory memory;

	driver.port = port->handle;
	driver.buffers.port = port->name;
	driver.interrupt = driver_given(RTOS_GIVEN_INTERRUPT, "it has no interrupt")->handle;
	driver.signals = driver_given(RTOS_GIVEN_SIGNALS, "it has no interrupt")->handle;
	driver_succeeds(medium_reset());
	memory = driver_memory(); /* only a device that was reset leaves it alone */
	driver_succeeds(medium_begin(&driver.medium, &memory));
	driver_begin_reaches();
	(void)sys_do(RTOS_THREAD_BIND, driver.signals, 0, 0, 0, 0, 0, NULL);
}

/* In any turn, as calls and answers may come all the time; but not in each. */
static void driver_look(void)
{
	const uint64_t now = sys_now();

	if (now < driver.look)
		return;
	driver.look = now + sys_ticks(DRIVER_LOOK_MS);
	if (!medium_is_well())
		driver_fail("the device doesn't answer, or has to be reset");
}

/* While the device works, it is looked after without a heartbeat, too. */
static uint64_t driver_until(void)
{
	const uint64_t beat = sys_beat_deadline();

	return driver.count != 0 && (beat == 0 || driver.look < beat) ? driver.look : beat;
}

/* While the device has no room, calls wait at the port. There is no call to answer then, as the
 * last one went to the device. */
static enum rtos_status driver_receive(struct sys_message *message)
{
	if (medium_free() < MEDIUM_REQUESTS)
		return sys_reply_wait(driver.port, message, driver_until());
	return sys_wait(driver.signals, driver_until()) != 0 ? RTOS_SIGNALLED : RTOS_TIMED_OUT;
}

int main(void)
{
	struct sys_message message = {.identity = 0};

	driver_begin();
	sys_well();
	for (;;) {
		const enum rtos_status status = driver_receive(&message);

		sys_beat();
		if (status == RTOS_SIGNALLED)
			driver_interrupt();
		else if (status == RTOS_OK && probe_asks(&message))
			driver_probe(&message);
		else if (status == RTOS_OK)
			message.word[0] = driver_serve(&message);
		else
			driver.vain = 0; /* it was quiet */
		driver_look();
	}
}
