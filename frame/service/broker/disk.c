/*
 * A user's end of a disk: requests are taken from the driver's ring into the channel's memory, in
 * order of arrival, and sent to the provider (dispatch.c). A request that can't be right is
 * answered here.
 */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/patience.h>
#include <broker/receive.h>
#include <broker/request.h>

/* virtio 1.2, 5.2.6. */
enum block_operation {
	BLOCK_READ = 0,
	BLOCK_WRITE = 1,
	BLOCK_FLUSH = 4,
	BLOCK_SERIAL = 8,
	BLOCK_DISCARD = 11,
	BLOCK_ZEROES = 13,
};

struct block_header {
	uint32_t operation, reserved;
	uint64_t sector;
};
_Static_assert(sizeof(struct block_header) == REQUEST_HEADER, "virtio 1.2, 5.2.6");

struct block_range {
	uint64_t sector;
	uint32_t sectors, flags;
};
_Static_assert(sizeof(struct block_range) == REQUEST_RANGE, "virtio 1.2, 5.2.6");
#define BLOCK_UNMAP 1u /* a flag: zeroes needn't stay on the medium */

#define TAKE_BATCH  64 /* requests in a turn; after it others may have the queue */
#define SERIAL_SIZE 20
#define PIECE_SIZE  4096u
#define PIECE_COUNT (DISK_DATA_MOST / PIECE_SIZE) /* so that a request is one record */

static struct channel_user *user_of(struct broker *broker)
{
	return &broker->memory->disk.user[broker->info->place];
}

/* ---- requests that are answered here ---- */

/* The serial number is the channel's name. */
static enum request_result write_serial(const struct broker *broker, const struct chain *chain)
{
	struct chain_piece from = {(uint8_t *)(uintptr_t)broker->info->name, SERIAL_SIZE};

	if (chain->write_size != SERIAL_SIZE + 1)
		return REQUEST_FAILED;
	ring_copy((struct chain_range){chain->piece + chain->readable, 0},
	          (struct chain_range){&from, 0}, SERIAL_SIZE);
	return REQUEST_GOOD;
}

static bool is_within(const struct broker *broker, uint64_t sector, uint64_t size)
{
	uint64_t sectors = broker->memory->disk.sectors, count = size / DISK_SECTOR;

	return size != 0 && size == (uint32_t)size && size % DISK_SECTOR == 0 && count <= sectors &&
	       sector <= sectors - count;
}

/* A read or a write is for the provider if it can be right. */
static void ask(const struct broker *broker, const struct chain *chain,
                struct channel_request *request, enum disk_operation operation, uint64_t size)
{
	bool writes = operation != DISK_READ;
	bool read_only = (broker->info->flags & BUNDLE_CHANNEL_READ_ONLY) != 0;
	bool whole = writes ? chain->write_size == 1 : chain->read_size == REQUEST_HEADER;

	if (!whole || (writes && read_only) || !is_within(broker, request->sector, size))
		return;
	request->size = (uint32_t)size;
	request->operation = (uint8_t)operation;
}

/* One range, which is all that the configuration allows. */
static void ask_range(const struct broker *broker, const struct chain *chain,
                      struct channel_request *request, enum disk_operation operation)
{
	struct block_range range;
	const struct chain_piece to = {(uint8_t *)&range, REQUEST_RANGE};

	if (chain->read_size != REQUEST_HEADER + REQUEST_RANGE)
		return;
	ring_copy((struct chain_range){&to, 0}, (struct chain_range){chain->piece, REQUEST_HEADER},
	          REQUEST_RANGE);
	if ((range.flags & ~(operation == DISK_ZEROES ? BLOCK_UNMAP : 0)) != 0) {
		request->result = REQUEST_UNKNOWN;
		return;
	}
	request->sector = range.sector;
	if (range.sectors <= DISK_RANGE_MOST / DISK_SECTOR)
		ask(broker, chain, request, operation, (uint64_t)range.sectors * DISK_SECTOR);
}

/* Fills the request by the driver's header; its operation last, if the provider is to be asked. */
static void understand(const struct broker *broker, const struct block_header *header,
                       const struct chain *chain, struct channel_request *request)
{
	uint64_t size = 0;

	request->result = REQUEST_FAILED;
	request->sector = header->sector;
	switch (header->operation) {
	case BLOCK_READ:
		size = chain->write_size - 1;
		ask(broker, chain, request, DISK_READ, size);
		break;
	case BLOCK_WRITE:
		size = chain->read_size - REQUEST_HEADER;
		ask(broker, chain, request, DISK_WRITE, size);
		break;
	case BLOCK_FLUSH:
		request->sector = 0;
		if (chain->write_size == 1 && chain->read_size == REQUEST_HEADER)
			request->operation = DISK_FLUSH;
		break;
	case BLOCK_DISCARD:
		ask_range(broker, chain, request, DISK_DISCARD);
		break;
	case BLOCK_ZEROES:
		ask_range(broker, chain, request, DISK_ZEROES);
		break;
	case BLOCK_SERIAL:
		request->result = (uint8_t)write_serial(broker, chain);
		break;
	default:
		request->result = REQUEST_UNKNOWN;
	}
}

/* ---- taking ---- */

/* Frees the orphans of earlier sessions, which nobody will answer. */
static void free_orphans(struct broker *broker)
{
	struct channel_user *user = user_of(broker);
	uint32_t session = request_session(broker);

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST; i++)
		if (user->request[i].state == REQUEST_ORPHANED &&
		    user->request[i].session != session)
			user->request[i].state = REQUEST_FREE;
}

/* The spare one, if the driver waits for no other and waits aren't for ever; CHANNEL_REQUESTS_ALL:
 * there is none. */
static uint32_t find_free(struct broker *broker)
{
	const struct channel_user *user = user_of(broker);
	uint32_t index = 0, orphans = 0;

	for (; index < CHANNEL_REQUESTS_MOST && user->request[index].state != REQUEST_FREE; index++)
		orphans += user->request[index].state == REQUEST_ORPHANED;
	if (index < CHANNEL_REQUESTS_MOST)
		return index;
	return orphans == CHANNEL_REQUESTS_MOST && broker->info->wait != 0 ? CHANNEL_REQUEST_SPARE
	                                                                   : CHANNEL_REQUESTS_ALL;
}

/* The request is in the channel's memory before it counts as taken: disk_start() sees which of
 * both was the last thing to happen. */
static void take(struct broker *broker, const struct ring *ring, uint32_t index,
                 const struct chain *chain)
{
	struct channel_user *user = user_of(broker);
	struct channel_request *request = &user->request[index];
	struct channel_request now = {.number = user->count + 1, .id = chain->id};
	struct block_header header;
	const struct chain_piece to = {(uint8_t *)&header, REQUEST_HEADER};

	ring_copy((struct chain_range){&to, 0}, (struct chain_range){chain->piece, 0},
	          REQUEST_HEADER);
	understand(broker, &header, chain, &now);
	if (index == CHANNEL_REQUEST_SPARE)
		now.operation = 0;
	now.due = patience_end(broker);
	*request = now;
	__atomic_store_n(&request->state, REQUEST_TAKEN, __ATOMIC_SEQ_CST);
	__atomic_store_n(&user->count, now.number, __ATOMIC_SEQ_CST);
	if (now.operation == 0)
		request_complete(broker, ring, index, chain, (enum request_result)now.result);
}

/* Answers what an earlier run had taken, and was killed before it answered it. */
static void sweep(struct broker *broker)
{
	const uint32_t me = broker->info->place;
	struct chain *const chain = &request_chain;
	struct ring ring;

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_ALL && !broker->swept; i++) {
		const struct channel_request *request = request_at(broker, me, i);

		if (request->state != REQUEST_TAKEN || request->operation != 0)
			continue;
		if (!ring_open(broker, me, CHANNEL_REQUESTS, &ring) ||
		    !ring_chain(broker, &ring, request->id, chain) || chain->write_size == 0)
			device_break(broker, me);
		else
			request_complete(broker, &ring, i, chain,
			                 (enum request_result)request->result);
	}
	broker->swept = true;
}

/* Takes the next request. False: there is none, or no room for it. */
static bool take_next(struct broker *broker, const struct ring *ring)
{
	struct chain *const chain = &request_chain;
	struct channel_user *user = user_of(broker);
	const uint32_t index = find_free(broker);
	enum ring_status status;

	if (index == CHANNEL_REQUESTS_ALL) {
		user->waits = 1;
		return false;
	}
	status = ring_take_or_ask(broker, ring, (uint16_t)(user->count - user->base), chain);
	if (status == RING_EMPTY)
		return false;
	if (status == RING_BAD || chain->read_size < REQUEST_HEADER || chain->write_size == 0)
		device_break(broker, broker->info->place);
	else
		take(broker, ring, index, chain);
	return true;
}

/* Takes what there is room for. A request that is answered here makes room at once, so its driver
 * could keep this broker busy for ever. */
static void take_all(struct broker *broker)
{
	const uint32_t me = broker->info->place;
	struct ring ring;
	uint32_t taken = 0;

	while (taken < TAKE_BATCH && broker_is_there(broker, me) &&
	       ring_open(broker, me, CHANNEL_REQUESTS, &ring) && take_next(broker, &ring))
		taken++;
	if (taken == TAKE_BATCH)
		broker->looks |= 1u << me;
}

/* A driver that found no sectors is to look again. */
static void tell_size(struct broker *broker)
{
	struct channel_user *user = user_of(broker);

	if (user->sizeless == 0 || broker->memory->disk.sectors == 0)
		return;
	broker_tell_changed(1u << broker->info->place);
	user->sizeless = 0;
}

static void turn(struct broker *broker)
{
	const uint32_t me = broker->info->place;

	if (!broker_is_there(broker, me) || !broker_lock(broker, me))
		return;
	receive_settle(broker, me);
	tell_size(broker);
	sweep(broker);
	user_of(broker)->waits = 0;
	free_orphans(broker);
	patience_turn(broker);
	take_all(broker);
	if (broker_is_there(broker, me))
		dispatch_turn(broker);
	patience_rest(broker);
	broker_unlock(broker, me);
}

/* ---- the kind ---- */

/* A request that was written, but not counted, is counted now. Nobody else changes `count`. */
static void start(struct broker *broker)
{
	struct channel_user *user = user_of(broker);

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_ALL; i++)
		if (user->request[i].state == REQUEST_TAKEN &&
		    user->request[i].number == user->count + 1)
			user->count++;
}

/* What the provider has is finished there, so nothing that overlaps it is sent before. */
static void reset(struct broker *broker)
{
	struct channel_user *user = user_of(broker);
	uint32_t session = request_session(broker);

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_ALL; i++) {
		struct channel_request *request = &user->request[i];
		bool away = session == 0 || request->session != session;

		if (request->state != REQUEST_FREE)
			request->state = away ? REQUEST_FREE : REQUEST_ORPHANED;
	}
	user->base = user->count;
	user->waits = 0;
	/* A queue that begins leaves what its driver knows of the size. */
	if (broker->own->status != 0)
		return;
	user->asked = 0;
	user->sizeless = 0;
}

static bool is_known(struct broker *broker)
{
	if (__atomic_load_n(&broker->memory->disk.sectors, __ATOMIC_SEQ_CST) != 0)
		return true;
	if (patience_wait_for_size(broker))
		return false;
	user_of(broker)->sizeless = 1;
	return true;
}

/* Struct virtio_blk_config: the capacity, and a request's limits. */
struct disk_config {
	uint64_t sectors;
	uint32_t piece_size, piece_count;
	uint32_t others[5]; /* of features that aren't offered */
	uint32_t discard_sectors, discard_ranges, discard_step;
	uint32_t zeroes_sectors, zeroes_ranges;
	uint8_t zeroes_unmap, reserved[3];
};
_Static_assert(offsetof(struct disk_config, discard_sectors) == 36, "virtio 1.2, 5.2.4");
#define CONFIG_SIZE 60

static uint8_t config(const struct broker *broker, uint32_t offset)
{
	const struct disk_config now = {.sectors = broker->memory->disk.sectors,
	                                .piece_size = PIECE_SIZE,
	                                .piece_count = PIECE_COUNT,
	                                .discard_sectors = DISK_RANGE_MOST / DISK_SECTOR,
	                                .discard_ranges = 1,
	                                .discard_step = 1,
	                                .zeroes_sectors = DISK_RANGE_MOST / DISK_SECTOR,
	                                .zeroes_ranges = 1,
	                                .zeroes_unmap = 1};

	return ((const uint8_t *)&now)[offset];
}

const struct kind kind_disk = {
    .features = DEVICE_DISK_PIECE_SIZE | DEVICE_DISK_PIECE_COUNT | DEVICE_DISK_FLUSH |
                DEVICE_DISK_DISCARD | DEVICE_DISK_ZEROES,
    .read_only = DEVICE_DISK_READ_ONLY,
    .device = 2,
    .queues = 1,
    .requests = true,
    .config_size = CONFIG_SIZE,
    .config = config,
    .is_known = is_known,
    .start = start,
    .turn = turn,
    .reset = reset,
    .noted = dispatch_noted,
    .given = request_given,
};
