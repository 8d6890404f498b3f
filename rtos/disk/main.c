/*
 * A disk's driver, whatever the device (medium.h): takes calls, gives them to the device, and
 * answers each when the device has done it (docs/rtos/services.md). It keeps nothing: the kernel
 * keeps calls that aren't answered, and delivers them to the next driver if this one crashes.
 * Contents are copied between the memory for DMA and a client's window, so the device never gets an
 * address of a client's memory. The memory for DMA is the supervisor's: until the next driver has
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

/* A call that the device works for. */
struct open_call {
	uint64_t identity, token, badge;
	enum medium_type type;
	uint8_t *to; /* a read's buffer at the caller; NULL: it isn't touched any more */
	uint64_t sector;
	uint32_t sectors;
};

static struct {
	struct medium medium;
	struct buffers buffers;
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

/* ---- answers ---- */

static enum block_status driver_finish(const struct open_call *call, uint32_t number)
{
	if (call->type != MEDIUM_READ)
		return BLOCK_OK;
	if (!call->to)
		return BLOCK_FAILED;
	memcpy(call->to, medium_buffer(number, call->sector), call->sectors * BLOCK_SECTOR);
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

static void driver_tell_disk(uint64_t word[RTOS_WORDS])
{
	word[0] = BLOCK_OK;
	word[1] = driver.medium.sectors;
	word[2] = driver.medium.read_only;
	word[3] = driver.medium.most;
}

static void driver_answer_open(uint64_t badge)
{
	struct sys_message answer = {.identity = driver.opens[badge].identity,
	                             .token = driver.opens[badge].token};

	if (answer.identity == 0)
		return;
	driver.opens[badge].identity = 0;
	driver_tell_disk(answer.word);
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
			driver.calls[i].to = NULL;
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
static enum block_status driver_give(struct sys_message *message, enum medium_type type,
                                     uint8_t *at, uint64_t sector, uint32_t sectors)
{
	const uint32_t number = medium_free();

	driver.calls[number] = (struct open_call){.identity = message->identity,
	                                          .token = message->token,
	                                          .badge = message->badge,
	                                          .type = type,
	                                          .to = at,
	                                          .sector = sector,
	                                          .sectors = sectors};
	if (type == MEDIUM_WRITE)
		memcpy(medium_buffer(number, sector), at, sectors * BLOCK_SECTOR);
	medium_give(number, type, sector, sectors);
	driver.count++;
	message->identity = 0;
	return BLOCK_OK;
}

static enum block_status driver_transfer(struct sys_message *message, enum medium_type type)
{
	const struct buffer *buffer = buffer_of(&driver.buffers, message->badge);
	const uint64_t sector = message->word[1], piece = message->word[2];

	if (!driver_fits(buffer, sector, piece))
		return BLOCK_BAD;
	if (type == MEDIUM_WRITE && driver.medium.read_only)
		return BLOCK_READ_ONLY;
	return driver_give(message, type, buffer->bytes + BLOCK_PIECE_AT(piece), sector,
	                   BLOCK_PIECE_SECTORS(piece));
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
	return driver_give(message, type, NULL, sector, (uint32_t)sectors);
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
		return driver.medium.flushes ? driver_give(message, MEDIUM_FLUSH, NULL, 0, 0)
		                             : BLOCK_OK;
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
