/* See controller.h. Numbers in parentheses are the standard's chapters. */
#include "controller.h"
#include <stddef.h>

/* Registers (3.1), in words. */
enum controller_register {
	REGISTER_CAP = 0x00 / 4, /* two words */
	REGISTER_VERSION = 0x08 / 4,
	REGISTER_HUSH = 0x0c / 4,
	REGISTER_SPEAK = 0x10 / 4,
	REGISTER_CONFIGURATION = 0x14 / 4,
	REGISTER_STATUS = 0x1c / 4,
	REGISTER_ADMIN_SIZES = 0x24 / 4,
	REGISTER_ADMIN_COMMANDS = 0x28 / 4, /* two words, as the next one */
	REGISTER_ADMIN_DONE = 0x30 / 4,
	REGISTER_BELLS = 0x1000 / 4,
};

#define CAP_ENTRIES(low)   (((low)&0xffffu) + 1)
#define CAP_TIMEOUT(low)   ((low) >> 24)         /* in 500 ms */
#define CAP_STRIDE(high)   (4u << ((high)&0xfu)) /* bytes from one bell to the next */
#define CAP_BLOCKS(high)   ((high) >> 5 & 1u)    /* it knows the command set for blocks */
#define CAP_LEAST(high)    ((high) >> 16 & 0xfu) /* its smallest page: 4 KiB << this */
#define VERSION_LEAST      0x10100u              /* 1.1 tells the namespaces that there are */
#define CONFIGURATION_ON   0x00460001u           /* entries of 64 and 16 bytes, pages of 4 KiB */
#define CONFIGURATION_WORK 1u
#define STATUS_READY       1u
#define STATUS_FATAL       2u
#define REGISTER_GONE      0xffffffffu /* nobody answers */
#define BELLS_USED         4           /* two of the admin pair, two of ours */

/* Commands of the admin pair (5), and their words. */
enum controller_command {
	COMMAND_MAKE_COMMANDS = 0x01,
	COMMAND_MAKE_DONE = 0x05,
	COMMAND_TELL = 0x06,
	COMMAND_SET = 0x09,
};
enum controller_topic { TELL_NAMESPACE = 0, TELL_CONTROLLER = 1, TELL_NAMESPACES = 2 };

#define SET_QUEUES      7u
#define MAKE_PLAIN      1u /* in one piece */
#define MAKE_INTERRUPTS 2u
#define PAIR_NUMBER     1u

#define CALM_MOST        10000u
#define COMMAND_PATIENCE 5000 /* milliseconds */

/* Where what it tells has which field (5.15.2). */
enum controller_field {
	CONTROLLER_MOST = 77,     /* a request's pages: 1 << this; 0: any number */
	CONTROLLER_OPTIONS = 520, /* 16 bits */
	CONTROLLER_CACHES = 525,
	NAMESPACE_BLOCKS = 0, /* 64 bits */
	NAMESPACE_FORMAT = 26,
	NAMESPACE_ATTRIBUTES = 99,
	NAMESPACE_FORMATS = 128, /* four bytes each: bytes beside a block (2), shift, … */
};
#define OPTION_DISCARDS   4u
#define OPTION_ZEROES     8u
#define ATTRIBUTE_GUARDED 1u
#define SHIFT_LEAST       9u
#define SHIFT_MOST        12u
#define MOST_KNOWN        8u /* 1 MiB: more than any buffer here */

static const char misplaced[] = "its registers aren't where its manifest has them";

/* ---- reset ---- */

/* A pause may take much longer than it should. */
static bool controller_is_late(uint64_t begin, uint32_t patience)
{
	return controller_clock() - begin >= patience;
}

static bool controller_becomes(const struct controller *controller, uint32_t mask, uint32_t value)
{
	const uint64_t begin = controller_clock();

	for (;;) {
		const bool late = controller_is_late(begin, controller->patience);

		if ((controller->registers[REGISTER_STATUS] & mask) == value)
			return true;
		if (late)
			return false;
		controller_pause();
	}
}

/* Whoever started it may have died before it was ready: before that a stop has no sure effect. */
static void controller_await_start(const struct controller *controller)
{
	const uint32_t status = controller->registers[REGISTER_STATUS];

	if ((controller->registers[REGISTER_CONFIGURATION] & CONFIGURATION_WORK) != 0 &&
	    (status & STATUS_FATAL) == 0)
		(void)controller_becomes(controller, STATUS_READY, STATUS_READY);
}

/* What it says of its registers counts as it is read here, once. */
static const char *controller_unfit(struct controller *controller)
{
	const uint32_t low = controller->registers[REGISTER_CAP];
	const uint32_t high = controller->registers[REGISTER_CAP + 1];

	controller->stride = CAP_STRIDE(high);
	if (controller->registers[REGISTER_VERSION] < VERSION_LEAST)
		return "it is older than NVMe 1.1";
	if (CAP_BLOCKS(high) == 0 || CAP_LEAST(high) != 0 || CAP_ENTRIES(low) < PAIR_ENTRIES)
		return "it can't do what its driver needs";
	return controller->size - 4ull * REGISTER_BELLS < BELLS_USED * controller->stride
	           ? misplaced
	           : NULL;
}

const char *controller_reset(struct controller *controller)
{
	uint32_t low;

	if (controller->size < 4ull * REGISTER_BELLS)
		return misplaced;
	low = controller->registers[REGISTER_CAP];
	if (low == REGISTER_GONE && controller->registers[REGISTER_CAP + 1] == REGISTER_GONE)
		return "the device doesn't answer";
	controller->patience = (CAP_TIMEOUT(low) + 1) * 500;
	controller_await_start(controller);
	controller->registers[REGISTER_CONFIGURATION] = 0;
	if (!controller_becomes(controller, STATUS_READY, 0))
		return "the device can't be reset";
	return controller_unfit(controller);
}

/* ---- commands of the admin pair ---- */

/* False: it is an error, or no answer that makes sense comes in time. */
static bool controller_does(struct controller *controller, const struct pair_command *command)
{
	struct pair_done done;
	uint64_t begin;
	bool late = false;

	pair_give(&controller->admin, command);
	begin = controller_clock();
	while (!pair_take(&controller->admin, &done)) {
		if (late)
			return false;
		controller_pause();
		late = controller_is_late(begin, COMMAND_PATIENCE);
	}
	pair_settle(&controller->admin);
	return done.id == command->word[0] >> 16 && done.status == 0;
}

static void controller_point(struct pair_command *command, uint64_t physical)
{
	command->word[6] = (uint32_t)physical;
	command->word[7] = (uint32_t)(physical >> 32);
}

static bool controller_tell(struct controller *controller, enum controller_topic topic,
                            uint32_t about)
{
	struct pair_command command = {
	    .word = {[0] = COMMAND_TELL, [1] = about, [10] = (uint32_t)topic}};

	for (uint32_t i = 0; i < PAIR_PAGE; i++)
		controller->told[i] = 0;
	controller_point(&command, controller->told_physical);
	return controller_does(controller, &command);
}

/* A field of what it told, once: it may change at any time. */
static uint64_t controller_field(const struct controller *controller, uint32_t at, uint32_t bytes)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < bytes; i++)
		value |= (uint64_t)controller->told[at + i] << 8 * i;
	return value;
}

static bool controller_know(struct controller *controller)
{
	uint32_t options, most;

	if (!controller_tell(controller, TELL_CONTROLLER, 0))
		return false;
	most = (uint32_t)controller_field(controller, CONTROLLER_MOST, 1);
	options = (uint32_t)controller_field(controller, CONTROLLER_OPTIONS, 2);
	controller->most = most == 0 || most > MOST_KNOWN ? 0 : (uint32_t)PAIR_PAGE << most;
	controller->discards = (options & OPTION_DISCARDS) != 0;
	controller->zeroes = (options & OPTION_ZEROES) != 0;
	controller->caches = (controller_field(controller, CONTROLLER_CACHES, 1) & 1) != 0;
	return true;
}

static const char *controller_format(struct controller *controller)
{
	const uint32_t format = (uint32_t)controller_field(controller, NAMESPACE_FORMAT, 1) & 0xf;
	const uint32_t how =
	    (uint32_t)controller_field(controller, NAMESPACE_FORMATS + 4 * format, 4);

	controller->block_shift = how >> 16 & 0xff;
	if ((how & 0xffff) != 0)
		return "its namespace has more than blocks";
	if (controller->block_shift < SHIFT_LEAST || controller->block_shift > SHIFT_MOST ||
	    controller->blocks > UINT64_MAX >> controller->block_shift)
		return "its namespace has a size that its driver doesn't know";
	return NULL;
}

/* Its first namespace. */
static const char *controller_look(struct controller *controller)
{
	if (!controller_tell(controller, TELL_NAMESPACES, 0))
		return "it doesn't tell its namespaces";
	controller->namespace_id = (uint32_t)controller_field(controller, 0, 4);
	if (controller->namespace_id == 0)
		return "there is no namespace";
	if (!controller_tell(controller, TELL_NAMESPACE, controller->namespace_id))
		return "it doesn't tell of its namespace";
	controller->blocks = controller_field(controller, NAMESPACE_BLOCKS, 8);
	controller->read_only =
	    (controller_field(controller, NAMESPACE_ATTRIBUTES, 1) & ATTRIBUTE_GUARDED) != 0;
	return controller_format(controller);
}

static bool controller_make_pair(struct controller *controller)
{
	const uint32_t size = (PAIR_ENTRIES - 1) << 16 | PAIR_NUMBER;
	struct pair_command one = {.word = {[0] = COMMAND_SET, [10] = SET_QUEUES}};
	struct pair_command done = {
	    .word = {[0] = COMMAND_MAKE_DONE, [10] = size, [11] = MAKE_PLAIN | MAKE_INTERRUPTS}};
	struct pair_command commands = {
	    .word = {
	        [0] = COMMAND_MAKE_COMMANDS, [10] = size, [11] = MAKE_PLAIN | PAIR_NUMBER << 16}};

	controller_point(&done, controller->io.physical + PAIR_PAGE);
	controller_point(&commands, controller->io.physical);
	return controller_does(controller, &one) && controller_does(controller, &done) &&
	       controller_does(controller, &commands);
}

/* ---- begin ---- */

static void controller_put64(const struct controller *controller, enum controller_register at,
                             uint64_t value)
{
	controller->registers[at] = (uint32_t)value;
	controller->registers[at + 1] = (uint32_t)(value >> 32);
}

static void controller_connect(const struct controller *controller, struct pair *pair,
                               uint32_t number)
{
	const uint32_t stride = controller->stride / 4;
	volatile uint32_t *bells = controller->registers + REGISTER_BELLS;

	pair_connect(pair, bells + 2 * number * stride, bells + (2 * number + 1) * stride);
}

static void controller_lay_out(struct controller *controller, uint8_t *memory, uint64_t physical)
{
	pair_begin(&controller->admin, memory, physical);
	pair_begin(&controller->io, memory + PAIR_BYTES, physical + PAIR_BYTES);
	controller->told = memory + 2 * (size_t)PAIR_BYTES;
	controller->told_physical = physical + 2 * (uint64_t)PAIR_BYTES;
	controller_connect(controller, &controller->admin, 0);
	controller_connect(controller, &controller->io, PAIR_NUMBER);
}

static bool controller_start(const struct controller *controller)
{
	controller->registers[REGISTER_ADMIN_SIZES] = (PAIR_ENTRIES - 1) << 16 | (PAIR_ENTRIES - 1);
	controller_put64(controller, REGISTER_ADMIN_COMMANDS, controller->admin.physical);
	controller_put64(controller, REGISTER_ADMIN_DONE, controller->admin.physical + PAIR_PAGE);
	pair_barrier();
	controller->registers[REGISTER_CONFIGURATION] = CONFIGURATION_ON;
	return controller_becomes(controller, STATUS_READY, STATUS_READY);
}

/* All that it did was taken, so it asserts no interrupt. But the controller of QEMU 7.2 counts the
 * queues that have something for its driver, also over a reset. It subtracts one each time that it
 * is told that all is taken. */
static bool controller_calms(const struct controller *controller)
{
	controller_hush(controller, false);
	for (uint32_t i = 0; i < CALM_MOST; i++) {
		if (!controller_asserts())
			return true;
		pair_tell(&controller->admin);
	}
	return false;
}

const char *controller_begin(struct controller *controller, uint8_t *memory, uint64_t physical)
{
	const char *wrong;

	controller_lay_out(controller, memory, physical);
	if (!controller_start(controller))
		return "it doesn't start";
	if (!controller_know(controller))
		return "it doesn't tell of itself";
	wrong = controller_look(controller);
	if (wrong)
		return wrong;
	if (!controller_make_pair(controller))
		return "it can't have queues as its driver wants them";
	return controller_calms(controller) ? NULL : "its interrupt doesn't end";
}

bool controller_is_well(const struct controller *controller)
{
	const uint32_t status = controller->registers[REGISTER_STATUS];

	return status != REGISTER_GONE && (status & (STATUS_READY | STATUS_FATAL)) == STATUS_READY;
}

void controller_hush(const struct controller *controller, bool hushed)
{
	controller->registers[hushed ? REGISTER_HUSH : REGISTER_SPEAK] = 1;
}
