/* See unit/broker/store.h. */
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/broker/store.h>

struct store store;

#define SLOT_SIZE       0x0b000ull /* a user's request has a header, a result, then data */
#define SLOT_AT(slot)   (0x08000ull + (slot)*SLOT_SIZE)
#define SLOT_RESULT(s)  (SLOT_AT(s) + 16)
#define SLOT_DATA(slot) (SLOT_AT(slot) + 0x40)
_Static_assert(SLOT_AT(STORE_REQUESTS) <= LAN_RAM, "they fit");

#define ANSWERS   2
#define ANSWER_AT 0x30000ull /* where the provider's answers are, by turns */
#define ANSWER    0x8000ull

static uint8_t byte_of(uint32_t seed, uint32_t sector, uint32_t at)
{
	return (uint8_t)(seed * 31 + sector * 7 + at + (at >> 8));
}

void store_begin(uint32_t ends, uint32_t flags, uint64_t features)
{
	store = (struct store){0};
	lan_begin_as(BUNDLE_CHANNEL_DISK, ends);
	for (uint32_t i = 0; i < ends; i++)
		lan.info[i].flags = flags;
	lan_drive(0, features);
	lan_offer(0, 15);
}

void store_set_up(void)
{
	store_begin(2, 0, DEVICE_RING_EVENTS);
}

void store_tear_down(void)
{
	lan_end();
}

void store_drive(void)
{
	store_hello(STORE_SECTORS);
	assert_int_not_equal(store.session, 0);
	lan_drive(1, DEVICE_RING_EVENTS);
}

void store_fill(uint32_t sector, uint32_t seed)
{
	for (uint32_t i = 0; i < DISK_SECTOR; i++)
		store.medium[sector * DISK_SECTOR + i] = byte_of(seed, sector, i);
}

/* ---- the provider ---- */

/* Copies `size` bytes from the used buffers, and offers these again. False: there are fewer
 * bytes. */
static bool take_bytes(uint8_t *to, uint32_t size)
{
	const struct ring_device *device = lan_device(0, CHANNEL_RECEIVE);
	uint16_t *seen = &lan.guest[0].seen[CHANNEL_RECEIVE];

	while (size != 0 && *seen != device->index) {
		const struct ring_used *used = &device->entry[*seen % LAN_QUEUE];
		uint32_t now = used->length < size ? used->length : size;

		assert_true(used->id < LAN_QUEUE && used->length <= LAN_BUFFER);
		memcpy(to, lan_at(0, LAN_BUFFERS(CHANNEL_RECEIVE, used->id)), now);
		to += now;
		size -= now;
		++*seen;
	}
	return size == 0;
}

bool store_take(struct disk_record *record, uint8_t *data)
{
	static uint8_t whole[DISK_RECORD_MOST];
	uint16_t *seen = &lan.guest[0].seen[CHANNEL_RECEIVE], before = *seen, taken;
	uint32_t size;

	if (!take_bytes(whole, sizeof(*record)))
		return false;
	memcpy(record, whole, sizeof(*record));
	assert_int_equal(record->magic, DISK_MAGIC);
	size = record->operation == DISK_WRITE ? record->size : 0;
	*seen = before;
	assert_true(take_bytes(whole, (uint32_t)sizeof(*record) + size));
	memcpy(data, whole + sizeof(*record), size);
	taken = (uint16_t)(*seen - before);
	lan_offer(0, taken);
	return true;
}

void store_answer(const struct disk_record *record, const uint8_t *data, uint32_t size)
{
	struct ring_driver *driver = lan_driver(0, CHANNEL_SEND);
	uint16_t i = driver->index % LAN_QUEUE;
	uint64_t at = ANSWER_AT + (i % ANSWERS) * ANSWER;
	struct ring_descriptor *table = lan_at(0, LAN_DESCRIPTORS(CHANNEL_SEND));

	assert_true((uint16_t)(driver->index - lan_device(0, CHANNEL_SEND)->index) < ANSWERS);
	memcpy(lan_at(0, at), record, sizeof(*record));
	memcpy(lan_at(0, at + sizeof(*record)), data, size);
	table[i] = (struct ring_descriptor){LAN_IPA + at, (uint32_t)sizeof(*record) + size, 0, 0};
	driver->entry[i] = i;
	driver->index++;
}

void store_say_hello(uint64_t sectors)
{
	static const uint8_t none[1];
	const struct disk_record record = {
	    .magic = DISK_MAGIC, .tag = DISK_REVISION, .operation = DISK_HELLO, .sector = sectors};

	store_answer(&record, none, 0);
}

void store_take_session(void)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record = {.session = 0};

	assert_true(store_take(&record, data));
	assert_int_equal(record.operation, DISK_HELLO);
	store.session = record.session;
	memset(store.last, 0, sizeof(store.last));
}

void store_hello(uint64_t sectors)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	store_say_hello(sectors);
	lan.looked = 0;
	lan_turn(0);
	store.session = 0;
	memset(store.last, 0, sizeof(store.last));
	while (store.session == 0 && store_take(&record, data))
		if (record.operation == DISK_HELLO && record.status == DISK_OK)
			store.session = record.session;
	/* Requests of all users may have waited for the session. */
	for (uint32_t i = 1; i < lan.ends && store.session != 0; i++)
		assert_int_equal(lan.looked >> i & 1, 1);
}

static bool has_room(void)
{
	return (uint16_t)(lan_driver(0, CHANNEL_SEND)->index - lan_device(0, CHANNEL_SEND)->index) <
	       ANSWERS;
}

/* Checks that the numbers of each user's records grow. */
static void check_once(const struct disk_record *record)
{
	uint32_t place = DISK_TAG_PLACE(record->tag);
	uint64_t serial = record->tag & ((1ull << 48) - 1);

	assert_true(place != CHANNEL_PROVIDER && place < lan.ends);
	assert_true(serial > store.last[place]);
	store.last[place] = serial;
}

static void serve_one(struct disk_record *record, uint8_t *data)
{
	uint8_t *at = store.medium + record->sector * DISK_SECTOR;

	check_once(record);
	assert_int_equal(record->session, store.session);
	assert_true(record->sector + record->size / DISK_SECTOR <= STORE_SECTORS);
	if (record->operation == DISK_WRITE)
		memcpy(at, data, record->size);
	if (record->operation == DISK_ZEROES)
		memset(at, 0, record->size);
	if (record->operation == DISK_READ)
		memcpy(data, at, record->size);
	else
		record->size = 0;
	store.served++;
	store_answer(record, data, record->size);
}

void store_serve(uint32_t most)
{
	static uint8_t data[DISK_DATA_MOST];
	struct disk_record record;

	while (most-- != 0 && has_room() && store_take(&record, data))
		serve_one(&record, data);
}

/* ---- a user ---- */

static uint32_t free_slot(uint32_t place)
{
	uint32_t slot = 0;

	while (slot < STORE_REQUESTS && store.request[place][slot].open)
		slot++;
	assert_true(slot < STORE_REQUESTS);
	return slot;
}

static bool is_range(enum store_block block)
{
	return block == STORE_DISCARD || block == STORE_ZEROES;
}

static void fill_data(uint32_t place, uint32_t slot, const struct store_request *request)
{
	uint8_t *at = lan_at(place, SLOT_DATA(slot));

	for (uint32_t i = 0; i < request->sectors && !is_range(request->block); i++)
		for (uint32_t j = 0; j < DISK_SECTOR; j++)
			*at++ = request->block == STORE_WRITE
			            ? byte_of(request->seed, request->sector + i, j)
			            : 0;
}

static void offer(uint32_t place, uint32_t slot, uint32_t data)
{
	struct ring_descriptor *table = lan_at(place, LAN_DESCRIPTORS(CHANNEL_REQUESTS));
	struct ring_driver *driver = lan_driver(place, CHANNEL_REQUESTS);
	uint16_t first = (uint16_t)(slot * 3);
	enum store_block block = store.request[place][slot].block;
	bool writes = block == STORE_WRITE || is_range(block);

	table[first] = (struct ring_descriptor){LAN_IPA + SLOT_AT(slot), 16, 1,
	                                        (uint16_t)(first + (data != 0 ? 1 : 2))};
	table[first + 1] = (struct ring_descriptor){LAN_IPA + SLOT_DATA(slot), data, writes ? 1 : 3,
	                                            (uint16_t)(first + 2)};
	table[first + 2] = (struct ring_descriptor){LAN_IPA + SLOT_RESULT(slot), 1, 2, 0};
	driver->entry[driver->index % LAN_QUEUE] = first;
	driver->index++;
}

uint32_t store_ask(uint32_t place, enum store_block block, uint32_t sector, uint32_t sectors,
                   uint32_t seed)
{
	uint32_t slot = free_slot(place);
	struct store_request *request = &store.request[place][slot];
	const uint32_t words[4] = {(uint32_t)block, 0, is_range(block) ? 0 : sector, 0};
	const uint32_t range[4] = {sector, 0, sectors, seed};

	assert_true(sectors <= STORE_LARGEST || is_range(block));
	*request = (struct store_request){block, sector, sectors, seed, true, 0xff};
	memcpy(lan_at(place, SLOT_AT(slot)), words, sizeof(words));
	fill_data(place, slot, request);
	if (is_range(block))
		memcpy(lan_at(place, SLOT_DATA(slot)), range, sizeof(range));
	offer(place, slot,
	      block == STORE_SERIAL ? 20
	      : is_range(block)     ? 16
	                            : sectors * DISK_SECTOR);
	return slot;
}

void store_look(uint32_t place)
{
	const struct ring_device *device = lan_device(place, CHANNEL_REQUESTS);
	uint16_t *seen = &lan.guest[place].seen[CHANNEL_REQUESTS];

	for (; *seen != device->index; ++*seen) {
		uint32_t slot = device->entry[*seen % LAN_QUEUE].id / 3;

		assert_true(slot < STORE_REQUESTS && store.request[place][slot].open);
		store.request[place][slot].open = false;
		store.request[place][slot].result =
		    *(const uint8_t *)lan_at(place, SLOT_RESULT(slot));
		store.over++;
	}
}

uint8_t store_result(uint32_t slot)
{
	assert_false(store.request[1][slot].open);
	return store.request[1][slot].result;
}

static bool is_open(void)
{
	for (uint32_t place = 1; place < lan.ends; place++)
		for (uint32_t slot = 0; slot < STORE_REQUESTS; slot++)
			if (store.request[place][slot].open)
				return true;
	return false;
}

void store_finish(void)
{
	for (uint32_t round = 0; is_open(); round++) {
		assert_true(round < 100);
		store_serve(2);
		lan_turn(0);
		for (uint32_t place = 1; place < lan.ends; place++) {
			store_look(place);
			lan_turn(place);
			store_look(place);
		}
	}
}

static bool is_data(const uint8_t *at, uint32_t sector, uint32_t sectors, uint32_t seed)
{
	for (uint32_t i = 0; i < sectors; i++)
		for (uint32_t j = 0; j < DISK_SECTOR; j++)
			if (*at++ != byte_of(seed, sector + i, j))
				return false;
	return true;
}

bool store_has(uint32_t sector, uint32_t sectors, uint32_t seed)
{
	return is_data(store.medium + sector * DISK_SECTOR, sector, sectors, seed);
}

bool store_found(uint32_t place, uint32_t slot, uint32_t seed)
{
	const struct store_request *request = &store.request[place][slot];

	return is_data(lan_at(place, SLOT_DATA(slot)), request->sector, request->sectors, seed);
}
