/*
 * The queue of the disk's driver against a device of the test's own, which knows the layout from
 * the standard (virtio 1.1, 2.6 and 5.2). One device answers in any order, fails, and writes less
 * than it should. Another one writes anything wherever it can.
 *
 * Shows: rtos.disk.
 */
#include <proto/block.h>
#include <servers/block/queue.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define SIZE     131072
#define PHYSICAL 0x7c0000000ULL
#define PAGES    64 /* a client's pages, elsewhere */
#define KEPT     0x640000000ULL
#define SECTORS  256
#define STEPS    20000

/* ---- a device ---- */

struct chain {
	uint16_t head;
	uint32_t type, read, written;
	uint64_t sector;
	uint8_t *pieces[BLOCK_PAGES], *status;
	uint32_t count, bytes; /* pieces, and all of their bytes */
};

static struct {
	uint8_t *memory;
	uint8_t (*pages)[BLOCK_PAGE]; /* a client's pages */
	struct queue queue;
	uint16_t seen, used;
	struct chain waits[QUEUE_SIZE]; /* requests that it has got and hasn't done */
	uint32_t wait_count;
	uint8_t disk[SECTORS][BLOCK_SECTOR];
	uint32_t random;
	bool mad;
} device;

static uint32_t random_below(uint32_t limit)
{
	device.random = device.random * 1664525 + 1013904223;
	return (device.random >> 8) % limit;
}

static void *device_reach(uint64_t address, uint64_t size)
{
	if (address >= KEPT && address < KEPT + PAGES * BLOCK_PAGE) {
		assert_true(size <= KEPT + PAGES * BLOCK_PAGE - address);
		return (uint8_t *)device.pages + (address - KEPT);
	}
	assert_in_range(address, PHYSICAL, PHYSICAL + SIZE - size);
	return device.memory + (address - PHYSICAL);
}

static uint16_t get16(uint64_t address)
{
	uint16_t value;

	memcpy(&value, device_reach(address, 2), 2);
	return value;
}

static uint32_t get32(uint64_t address)
{
	return get16(address) | (uint32_t)get16(address + 2) << 16;
}

static uint64_t get64(uint64_t address)
{
	return get32(address) | (uint64_t)get32(address + 4) << 32;
}

static void put(uint64_t address, uint64_t value, uint32_t size)
{
	memcpy(device_reach(address, size), &value, size); /* both are little-endian */
}

/* Follows a request's descriptors: header, contents in one piece or in pages unless it is a flush,
 * status. */
static struct chain device_follow(uint16_t head)
{
	struct chain chain = {.head = head};
	uint64_t at = queue_descriptors(&device.queue) + head * 16ULL;
	uint64_t header = get64(at);

	assert_int_equal(get32(at + 8), 16);
	assert_int_equal(get16(at + 12), 1);
	chain.type = get32(header);
	chain.sector = get64(header + 8);
	at = queue_descriptors(&device.queue) + get16(at + 14) * 16ULL;
	while ((get16(at + 12) & 1) != 0) {
		assert_true(chain.count < BLOCK_PAGES);
		assert_int_equal(get16(at + 12), chain.type == QUEUE_READ ? 3 : 1);
		chain.pieces[chain.count++] = device_reach(get64(at), get32(at + 8));
		chain.bytes += get32(at + 8);
		assert_true(chain.count == 1 || chain.bytes == chain.count * BLOCK_PAGE);
		at = queue_descriptors(&device.queue) + get16(at + 14) * 16ULL;
	}
	assert_int_equal(chain.count != 0, chain.type != QUEUE_FLUSH);
	assert_int_equal(get32(at + 8), 1);
	assert_int_equal(get16(at + 12), 2);
	chain.status = device_reach(get64(at), 1);
	return chain;
}

/* All offered requests are complete whenever the device looks. */
static void device_look(void)
{
	while (device.seen != get16(queue_available(&device.queue) + 2)) {
		const uint64_t entry =
		    queue_available(&device.queue) + 4 + device.seen % QUEUE_SIZE * 2ULL;

		assert_true(device.wait_count < MEDIUM_REQUESTS);
		device.waits[device.wait_count++] = device_follow(get16(entry));
		device.seen++;
	}
}

static void device_scribble(void)
{
	const uint32_t from = random_below(SIZE), count = random_below(64);

	for (uint32_t i = from; i < from + count && i < SIZE; i++)
		device.memory[i] = (uint8_t)random_below(256);
	if (random_below(4) == 0)
		put(queue_used(&device.queue) + 2, random_below(65536), 2);
}

void queue_barrier(void)
{
	if (device.mad)
		device_scribble();
	else
		device_look();
}

static void device_move(const struct chain *chain)
{
	uint8_t *at = device.disk[chain->sector];
	const uint32_t size = chain->count == 0 ? 0 : chain->bytes / chain->count;

	for (uint32_t i = 0; i < chain->count; i++, at += size)
		if (chain->type == QUEUE_READ)
			memcpy(chain->pieces[i], at, size);
		else
			memcpy(at, chain->pieces[i], size);
}

/* Finishes any request, and tells how many bytes were written. */
static void device_finish(uint32_t index, uint8_t status, uint32_t less)
{
	const struct chain chain = device.waits[index];
	const uint64_t entry = queue_used(&device.queue) + 4 + device.used % QUEUE_SIZE * 8ULL;

	device.waits[index] = device.waits[--device.wait_count];
	if (status == 0 && less == 0)
		device_move(&chain);
	*chain.status = status;
	put(entry, chain.head, 4);
	put(entry + 4, 1 + (chain.type == QUEUE_READ ? chain.bytes : 0) - less, 4);
	put(queue_used(&device.queue) + 2, ++device.used, 2);
}

static void device_new(uint32_t seed)
{
	memset(&device, 0, sizeof(device));
	device.memory = malloc(SIZE);
	device.pages = calloc(PAGES, BLOCK_PAGE);
	assert_non_null(device.memory);
	assert_non_null(device.pages);
	memset(device.memory, 0xa5, SIZE); /* as the former driver left it */
	device.random = seed;
	assert_true(queue_begin(&device.queue, device.memory, PHYSICAL, SIZE));
}

static void device_end(void)
{
	free(device.memory);
	free(device.pages);
}

/* ---- the driver's requests ---- */

struct asked {
	struct medium_request request;
	uint8_t contents[BLOCK_PAGES * BLOCK_PAGE];
};
static struct asked asked[MEDIUM_REQUESTS];

static uint32_t asked_bytes(const struct asked *its)
{
	return its->request.sectors * BLOCK_SECTOR;
}

/* Each sector and page has one request at a time, so that its content then is known. */
static bool request_is_free(const struct medium_request *request)
{
	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++) {
		const struct medium_request *other = &asked[i].request;

		if ((device.queue.open >> i & 1) == 0)
			continue;
		if (request->sector < other->sector + other->sectors &&
		    other->sector < request->sector + request->sectors)
			return false;
		for (uint32_t j = 0; j < request->page_count * other->page_count; j++)
			if (request->page[j / other->page_count] ==
			    other->page[j % other->page_count])
				return false;
	}
	return true;
}

/* Chooses pages in any order, each of them once. */
static void choose_pages(struct medium_request *request, uint32_t count)
{
	const uint32_t first = random_below(PAGES), step = 2 * random_below(PAGES / 2) + 1;

	request->page_count = count;
	request->sectors = count * BLOCK_IN_PAGE;
	request->sector = random_below(SECTORS - request->sectors + 1);
	for (uint32_t i = 0; i < count; i++)
		request->page[i] = KEPT + (first + i * step) % PAGES * BLOCK_PAGE;
}

/* The place of the contents' byte `at`. */
static uint8_t *contents_at(uint32_t number, uint32_t at)
{
	const struct medium_request *request = &asked[number].request;

	if (request->page_count == 0)
		return queue_buffer(&device.queue, number) + at;
	return (uint8_t *)device.pages + (request->page[at / BLOCK_PAGE] - KEPT) + at % BLOCK_PAGE;
}

static void give(uint32_t number, enum medium_type type, uint64_t sector, uint32_t bytes)
{
	const struct medium_request request = {
	    .type = type, .sector = sector, .sectors = bytes / BLOCK_SECTOR};

	asked[number].request = request;
	queue_give(&device.queue, number, &request);
}

static void ask(void)
{
	static const enum medium_type types[] = {MEDIUM_READ, MEDIUM_WRITE, MEDIUM_FLUSH};
	struct medium_request request = {.type = types[random_below(3)]};
	const uint32_t number = queue_free(&device.queue);
	struct asked *its;

	if (request.type != MEDIUM_FLUSH && random_below(2) == 0) {
		choose_pages(&request, 1 + random_below(BLOCK_PAGES));
	} else if (request.type != MEDIUM_FLUSH) {
		request.sectors = 1;
		request.sector = random_below(SECTORS);
	}
	if (number == MEDIUM_REQUESTS || !request_is_free(&request))
		return;
	assert_int_equal(device.queue.open >> number & 1, 0);
	its = &asked[number];
	its->request = request;
	memcpy(its->contents, device.disk[request.sector], asked_bytes(its));
	for (uint32_t i = 0; request.type == MEDIUM_WRITE && i < asked_bytes(its); i++) {
		its->contents[i] = (uint8_t)random_below(256);
		*contents_at(number, i) = its->contents[i];
	}
	queue_give(&device.queue, number, &request);
}

static void take(uint32_t expected, bool good)
{
	uint32_t number = MEDIUM_REQUESTS;

	assert_int_equal(queue_take(&device.queue, &number), good ? MEDIUM_DONE : MEDIUM_FAILED);
	assert_int_equal(number, expected);
	assert_int_equal(device.queue.open >> number & 1, 0);
	if (good && asked[number].request.type == MEDIUM_READ)
		for (uint32_t i = 0; i < asked_bytes(&asked[number]); i++)
			assert_int_equal(*contents_at(number, i), asked[number].contents[i]);
	if (good && asked[number].request.type == MEDIUM_WRITE)
		assert_memory_equal(device.disk[asked[number].request.sector],
		                    asked[number].contents, asked_bytes(&asked[number]));
	assert_true(queue_is_sound(&device.queue, device.memory, SIZE));
}

/* The number of the request that begins with this descriptor. */
static uint32_t number_of(uint16_t head)
{
	uint32_t number = 0;

	while ((device.queue.open >> number & 1) == 0 || device.queue.chain[number].first != head)
		number++;
	return number;
}

/* Answers some requests, in any order, before the driver hears of the first. */
static void answer(void)
{
	uint32_t numbers[MEDIUM_REQUESTS], count = 0;
	bool good[MEDIUM_REQUESTS], lies;

	while (device.wait_count > 0 && random_below(3) > 0) {
		const uint32_t index = random_below(device.wait_count);
		const uint8_t status = random_below(8) == 0 ? (uint8_t)(1 + random_below(255)) : 0;

		lies = device.waits[index].type == QUEUE_READ && random_below(8) == 0;
		numbers[count] = number_of(device.waits[index].head);
		good[count++] = status == 0 && !lies;
		device_finish(index, status, lies ? 1 : 0);
	}
	for (uint32_t i = 0; i < count; i++)
		take(numbers[i], good[i]);
	assert_int_equal(queue_take(&device.queue, &count), MEDIUM_NOTHING);
}

TEST(test_a_device_in_any_order)
{
	for (uint32_t seed = 1; seed <= 5; seed++) {
		device_new(seed);
		for (uint32_t i = 0; i < STEPS; i++) {
			ask();
			ask();
			answer();
		}
		device_end();
	}
}

/* The queue takes all requests at once, and then no further one. */
TEST(test_a_full_queue)
{
	device_new(1);
	for (uint32_t i = 0; i < MEDIUM_REQUESTS; i++) {
		assert_int_equal(queue_free(&device.queue), i);
		give(i, MEDIUM_READ, i, BLOCK_SECTOR);
	}
	assert_int_equal(queue_free(&device.queue), MEDIUM_REQUESTS);
	asked[7].request.type = MEDIUM_FLUSH;
	device_finish(7, 0, 0);
	take(7, true);
	assert_int_equal(queue_free(&device.queue), 7);
	device_end();
}

/* Requests with the most pages leave no descriptor for a further request. Taken ones do. */
TEST(test_a_queue_full_of_pages)
{
	struct medium_request request = {.type = MEDIUM_READ};
	uint32_t count = 0;

	device_new(1);
	while (queue_free(&device.queue) != MEDIUM_REQUESTS) {
		choose_pages(&request, BLOCK_PAGES);
		request.sector = 0;
		queue_give(&device.queue, count++, &request);
		assert_true(queue_is_sound(&device.queue, device.memory, SIZE));
	}
	assert_int_equal(count, QUEUE_SIZE / QUEUE_CHAIN);
	asked[1].request.type = MEDIUM_FLUSH;
	device_finish(1, 0, 0);
	take(1, true);
	assert_int_equal(queue_free(&device.queue), 1);
	device_end();
}

static void say_used(uint32_t first)
{
	const uint64_t entry = queue_used(&device.queue) + 4 + device.used % QUEUE_SIZE * 8ULL;

	put(entry, first, 4);
	put(entry + 4, BLOCK_SECTOR + 1, 4);
	put(queue_used(&device.queue) + 2, ++device.used, 2);
}

/* Shows: rtos.mad-device. */
TEST(test_nonsense_is_told)
{
	static const uint32_t wrong[] = {1, 2, 3, 45, 48, 64, 65535, UINT32_MAX};
	uint32_t number;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		device_new(1);
		give(0, MEDIUM_READ, 0, BLOCK_SECTOR);
		say_used(wrong[i]);
		assert_int_equal(queue_take(&device.queue, &number), MEDIUM_BROKEN);
		device_end();
	}
	device_new(1);
	give(0, MEDIUM_READ, 0, BLOCK_SECTOR);
	device_finish(0, 0, 0);
	assert_int_equal(queue_take(&device.queue, &number), MEDIUM_DONE);
	say_used(0);
	assert_int_equal(queue_take(&device.queue, &number), MEDIUM_BROKEN); /* a second time */
	device_end();
}

/*
 * The device writes anything. Only requests of the driver are done, and no memory but its own is
 * touched, as the sanitizers check.
 * Shows: rtos.mad-device.
 */
TEST(test_a_mad_device)
{
	device_new(3);
	device.mad = true;
	for (uint32_t i = 0; i < STEPS * 10; i++) {
		const uint32_t open = device.queue.open, number = queue_free(&device.queue);
		uint32_t taken = MEDIUM_REQUESTS;
		enum medium_answer answered;

		if (number < MEDIUM_REQUESTS && random_below(2) == 0) {
			give(number, MEDIUM_WRITE, 0, device.queue.bytes);
			assert_int_equal(device.queue.open, open | 1u << number);
			continue;
		}
		device_scribble();
		answered = queue_take(&device.queue, &taken);
		if (answered == MEDIUM_DONE || answered == MEDIUM_FAILED) {
			assert_true(taken < MEDIUM_REQUESTS && (open >> taken & 1) != 0);
			assert_int_equal(device.queue.open, open & ~(1u << taken));
		} else {
			assert_int_equal(device.queue.open, open);
		}
		if (answered == MEDIUM_BROKEN)
			assert_true(queue_begin(&device.queue, device.memory, PHYSICAL, SIZE));
	}
	device_end();
}

TEST(test_sizes)
{
	static uint8_t memory[QUEUE_HEAD];
	struct queue queue;

	assert_false(queue_begin(&queue, memory, PHYSICAL, 4096));
	assert_false(queue_begin(&queue, memory, PHYSICAL, 8192));
	assert_true(queue_begin(&queue, memory, PHYSICAL, 16384));
	assert_int_equal(queue.bytes, 512);
	assert_true(queue_begin(&queue, memory, PHYSICAL, 131072));
	assert_int_equal(queue.bytes, 15 * 512);
	assert_true(queue_begin(&queue, memory, PHYSICAL, 2097152));
	assert_int_equal(queue.bytes, 65536);
	assert_true(queue_descriptors(&queue) % 16 == 0);
	assert_true(queue_available(&queue) % 2 == 0);
	assert_true(queue_used(&queue) % 4 == 0);
}
