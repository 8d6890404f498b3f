/* See unit/broker/lan.h. */
#include <broker/kind.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/kill.h>
#include <unit/broker/lan.h>

struct lan lan;

/* ---- the frame ---- */

void broker_answer(uint64_t value)
{
	lan.answer = value;
	lan.answers++;
}

struct broker_word broker_rest(uint64_t interrupts, uint64_t looks, uint64_t again,
                               uint32_t carried)
{
	(void)interrupts;
	(void)looks;
	(void)again;
	(void)carried;
	fail_msg("a turn doesn't rest");
	return (struct broker_word){0};
}

void broker_tell_changed(uint64_t places)
{
	lan.changed |= places;
}

void broker_tell_operator(void)
{
	lan.told_operator++;
}

uint64_t broker_now(void)
{
	return lan.now;
}

static void fill_info(enum bundle_channel_kind kind, uint32_t place)
{
	struct broker_info *info = &lan.info[place];

	*info = (struct broker_info){.place = place,
	                             .ends = lan.ends,
	                             .kind = kind,
	                             .name = "lan",
	                             .second = LAN_SECOND,
	                             .ranges = lan.ends,
	                             .told = (uint64_t)(uintptr_t)lan.told,
	                             .memory = (uint64_t)(uintptr_t)lan.memory};
	for (uint32_t i = 0; i < lan.ends; i++) {
		const uint8_t mac[BUNDLE_MAC_SIZE] = {2, 0, 0, 0, 0, (uint8_t)(i + 1)};

		memcpy(info->mac[i], mac, sizeof(mac));
		info->range[i] = (struct broker_range){
		    LAN_IPA, (uint64_t)(uintptr_t)lan.guest[i].ram, LAN_RAM, i, 0};
	}
}

void lan_begin(void)
{
	lan_begin_as(BUNDLE_NETWORK, LAN_ENDS);
}

/* A guest's memory. The next channel uses it again: to map and unmap it takes longer than a step of
 * a broker. */
static uint8_t *ram_of(uint32_t place)
{
	static uint8_t *ram[LAN_ENDS];

	if (ram[place] == NULL)
		ram[place] = malloc(LAN_RAM);
	return memset(ram[place], 0, LAN_RAM);
}

void lan_begin_as(enum bundle_channel_kind kind, uint32_t ends)
{
	lan = (struct lan){.ends = ends};
	lan.told = calloc(1, sizeof(*lan.told));
	lan.memory = calloc(1, sizeof(*lan.memory));
	for (uint32_t i = 0; i < ends; i++)
		lan.guest[i].ram = ram_of(i);
	for (uint32_t i = 0; i < ends; i++) {
		fill_info(kind, i);
		lan.told->life[i] = 1;
	}
	for (uint32_t i = 0; i < ends; i++)
		lan_start(i);
	for (uint32_t i = 0; i < ends; i++)
		lan_turn(i);
}

void lan_end(void)
{
	free(lan.told);
	free(lan.memory);
}

void lan_set_up(void)
{
	lan_begin();
}

void lan_tear_down(void)
{
	lan_end();
}

void lan_start(uint32_t place)
{
	bool asked = lan.broker[place].asked;
	uint64_t what = lan.broker[place].what, value = lan.broker[place].value;
	const uint64_t all = (1ull << lan.ends) - 1;

	broker_start(&lan.broker[place], &lan.info[place]);
	/*
	 * An earlier run's open kicks aren't known: all guests are kicked, and all other brokers.
	 */
	assert_int_equal(lan.broker[place].interrupts, all);
	assert_int_equal(lan.broker[place].looks | 1ull << place, all);
	lan.broker[place].asked = asked; /* the frame gives the request again */
	lan.broker[place].what = what;
	lan.broker[place].value = value;
}

void lan_turn(uint32_t place)
{
	struct broker *broker = &lan.broker[place];

	kill_turn(true);
	broker_turn(broker);
	kill_turn(false);
	lan.kicked |= broker->interrupts;
	lan.looked |= broker->looks;
	for (uint32_t i = 0; i < lan.ends; i++)
		if ((broker->looks >> i & 1) != 0) {
			broker->looks &= ~(1ull << i);
			lan_turn(i);
		}
	broker->interrupts = 0;
}

void lan_run(void *run)
{
	struct lan_run *what = run;

	if (!what->started)
		lan_start(what->place);
	what->started = true;
	broker_turn(&lan.broker[what->place]);
}

void lan_run_on(uint32_t place)
{
	lan_start(place);
	lan_turn(place);
}

void lan_kill_each(uint32_t place, void (*begin)(void), void (*check)(void))
{
	bool killed = true;

	for (uint64_t at = 1; killed; at++) {
		assert_true(at < 100000);
		lan_end();
		lan_begin();
		begin();
		killed = kill_at(at, lan_run, &(struct lan_run){.place = place, .started = true});
		lan_run_on(place);
		check();
	}
}

/* ---- a guest ---- */

void *lan_at(uint32_t place, uint64_t offset)
{
	return lan.guest[place].ram + offset;
}

static void ask(uint32_t place, uint64_t what, uint64_t value)
{
	uint32_t before = lan.answers;

	lan.broker[place].asked = true;
	lan.broker[place].what = what;
	lan.broker[place].value = value;
	lan_turn(place);
	assert_int_equal(lan.answers, before + 1);
}

uint32_t lan_read(uint32_t place, uint32_t offset)
{
	ask(place, CHANNEL_REQUEST(offset, 4, 0), 0);
	return (uint32_t)lan.answer;
}

void lan_write(uint32_t place, uint32_t offset, uint32_t value)
{
	ask(place, CHANNEL_REQUEST(offset, 4, 1), value);
}

static void set_address(uint32_t place, uint32_t offset, uint64_t at)
{
	lan_write(place, offset, (uint32_t)(LAN_IPA + at));
	lan_write(place, offset + 4, (uint32_t)((LAN_IPA + at) >> 32));
}

void lan_drive(uint32_t place, uint64_t features)
{
	memset(lan.guest[place].ram, 0, LAN_RAM);
	memset(lan.guest[place].seen, 0, sizeof(lan.guest[place].seen));
	lan.guest[place].features = features |= DEVICE_VERSION_1;
	lan_write(place, 0x070, 0);
	lan_write(place, 0x070, 3);
	for (uint32_t i = 0; i < 2; i++) {
		lan_write(place, 0x024, i);
		lan_write(place, 0x020, (uint32_t)(features >> 32 * i));
	}
	lan_write(place, 0x070, 11);
	assert_int_equal(lan_read(place, 0x070), 11);
	for (uint32_t i = 0; i < lan.broker[place].kind->queues; i++) {
		lan_write(place, 0x030, i);
		lan_write(place, 0x038, LAN_QUEUE);
		set_address(place, 0x080, LAN_DESCRIPTORS(i));
		set_address(place, 0x090, LAN_DRIVER(i));
		set_address(place, 0x0a0, LAN_DEVICE(i));
		lan_write(place, 0x044, 1);
		assert_int_equal(lan_read(place, 0x044), 1);
	}
	lan_write(place, 0x070, 15);
}

struct ring_driver *lan_driver(uint32_t place, uint32_t queue)
{
	return lan_at(place, LAN_DRIVER(queue));
}

struct ring_device *lan_device(uint32_t place, uint32_t queue)
{
	return lan_at(place, LAN_DEVICE(queue));
}

/* Adds the next entry to a driver's ring: the descriptor of the same number. */
void lan_make_available(uint32_t place, uint32_t queue, uint32_t size, uint16_t flags)
{
	struct ring_driver *driver = lan_driver(place, queue);
	uint16_t i = driver->index % LAN_QUEUE;
	struct ring_descriptor *descriptors = lan_at(place, LAN_DESCRIPTORS(queue));

	descriptors[i] = (struct ring_descriptor){LAN_IPA + LAN_BUFFERS(queue, i), size, flags, 0};
	driver->entry[i] = i;
	driver->index++;
}

void lan_offer(uint32_t place, uint16_t buffers)
{
	for (uint16_t i = 0; i < buffers; i++)
		lan_make_available(place, CHANNEL_RECEIVE, LAN_BUFFER, 2);
}

void lan_drive_all(uint64_t features)
{
	for (uint32_t i = 0; i < LAN_ENDS; i++) {
		lan_drive(i, features);
		lan_offer(i, LAN_QUEUE);
	}
}

/* Each byte depends on the packet's number. */
static void fill_frame(uint8_t *at, uint32_t from, uint32_t to, uint32_t number, uint32_t size)
{
	const uint8_t source[BUNDLE_MAC_SIZE] = {2, 0, 0, 0, 0, (uint8_t)(from + 1)};

	for (uint32_t i = 0; i < size; i++)
		at[i] = (uint8_t)(number * 7 + i);
	memcpy(at, source, sizeof(source));
	at[5] = (uint8_t)(to + 1);
	if (to == LAN_ENDS)
		memset(at, 0xff, BUNDLE_MAC_SIZE);
	memcpy(at + 6, source, sizeof(source));
	memcpy(at + 12, &number, sizeof(number));
}

void lan_send(uint32_t from, uint32_t to, uint32_t number, uint32_t size)
{
	uint16_t i = lan_driver(from, CHANNEL_SEND)->index % LAN_QUEUE;

	fill_frame(lan_at(from, LAN_BUFFERS(CHANNEL_SEND, i) + LAN_HEADER), from, to, number, size);
	lan_make_available(from, CHANNEL_SEND, LAN_HEADER + size, 0);
}

static bool is_whole(const uint8_t *at, uint32_t number, uint32_t size)
{
	for (uint32_t i = 16; i < size; i++)
		if (at[i] != (uint8_t)(number * 7 + i))
			return false;
	return true;
}

int64_t lan_receive(uint32_t place)
{
	struct ring_device *device = lan_device(place, CHANNEL_RECEIVE);
	uint16_t *seen = &lan.guest[place].seen[CHANNEL_RECEIVE];
	const struct ring_used *used = &device->entry[*seen % LAN_QUEUE];
	const uint8_t *at = lan_at(place, LAN_BUFFERS(CHANNEL_RECEIVE, used->id % LAN_QUEUE));
	uint32_t number;

	if (*seen == device->index)
		return -1;
	++*seen;
	assert_true(used->id < LAN_QUEUE);
	assert_true(used->length <= LAN_BUFFER);
	assert_int_equal(at[10], 1); /* in one buffer */
	memcpy(&number, at + LAN_HEADER + 12, sizeof(number));
	assert_true(number < lan.whole_from ||
	            is_whole(at + LAN_HEADER, number, used->length - LAN_HEADER));
	return number;
}

uint32_t lan_returned(uint32_t place)
{
	uint16_t *seen = &lan.guest[place].seen[CHANNEL_SEND];
	uint16_t count = (uint16_t)(lan_device(place, CHANNEL_SEND)->index - *seen);

	*seen = (uint16_t)(*seen + count);
	return count;
}

uint64_t lan_counter(uint32_t place, enum channel_counter counter)
{
	return lan.memory->end[place].counters[counter];
}
