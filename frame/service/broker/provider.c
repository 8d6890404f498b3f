/*
 * A provider's end of a disk: a console whose bytes are records (kumiki/disk.h). Its broker takes
 * DISK_HELLO, with which a session begins, and the provider's answers. It copies what was read into
 * the user's buffers, and gives the user's chain back. Nothing that the provider says is trusted.
 */
#include <broker/device.h>
#include <broker/kind.h>
#include <broker/receive.h>
#include <broker/request.h>
#include <broker/send.h>

/* An answer, and the request that it is about. */
struct answer {
	struct disk_record record;
	const struct chain *chain;
	uint32_t place, index; /* the user's place; the request's index */
};

static struct channel_disk *disk_of(struct broker *broker)
{
	return &broker->memory->disk;
}

/* A bit for each user's broker. */
static uint64_t users(const struct broker *broker)
{
	return ((1ull << broker->info->ends) - 1) & ~(1ull << CHANNEL_PROVIDER);
}

/* ---- sessions ---- */

static bool is_welcome(struct broker *broker, const struct disk_record *hello)
{
	const struct channel_disk *disk = disk_of(broker);
	bool read_only = (broker->info->flags & BUNDLE_CHANNEL_READ_ONLY) != 0;

	return hello->tag == DISK_REVISION && hello->sector != 0 &&
	       hello->sector >= disk->sectors && (read_only || (hello->size & DISK_READ_ONLY) == 0);
}

static uint32_t next_session(const struct channel_disk *disk)
{
	return disk->session + 1 != 0 ? disk->session + 1 : 1;
}

/* Writes a record into the provider's own buffers. False: there is none yet. */
static bool reply(struct broker *broker, const struct disk_record *record)
{
	const struct chain_piece from = {(uint8_t *)(uintptr_t)record, sizeof(*record)};
	struct channel_end *own = broker->own;
	enum channel_counter found;
	struct ring ring;

	if (!receive_open(broker, CHANNEL_PROVIDER, &ring))
		return false;
	found = receive_find(broker, &ring, sizeof(*record), true);
	if (found == CHANNEL_NO_BUFFER)
		__atomic_fetch_or(&own->starved, 1u << CHANNEL_PROVIDER, __ATOMIC_SEQ_CST);
	else if (found != CHANNEL_RECEIVED)
		device_break(broker, CHANNEL_PROVIDER);
	if (found != CHANNEL_RECEIVED)
		return false;
	ring_copy((struct chain_range){receive_buffers.piece, 0}, (struct chain_range){&from, 0},
	          sizeof(*record));
	receive_deliver(broker, &ring, sizeof(*record), record->session);
	return true;
}

/* Begins a session, which is the session that the provider was told, also after a crash. No request
 * is sent before the reply, as the broker has the provider's queue. */
static enum kind_result attach(struct broker *broker, const struct disk_record *hello)
{
	const struct channel_sending *sending = &broker->own->sending;
	struct channel_disk *disk = disk_of(broker);
	struct disk_record record = *hello;

	if (sending->done == 0)
		disk->attached = 0; /* a hello that was answered has done so */
	record.session = is_welcome(broker, hello) ? next_session(disk) : 0;
	record.status = record.session != 0 ? DISK_OK : DISK_REFUSED;
	record.size = 0;
	record.sector = disk->sectors != 0 ? disk->sectors : hello->sector;
	if (sending->done == 0 && !reply(broker, &record))
		return KIND_LATER;
	if (sending->taken == 0)
		return KIND_DONE;
	if (disk->sectors == 0)
		__atomic_store_n(&disk->sectors, hello->sector, __ATOMIC_SEQ_CST);
	__atomic_store_n(&disk->session, (uint32_t)sending->taken, __ATOMIC_SEQ_CST);
	__atomic_store_n(&disk->attached, 1, __ATOMIC_SEQ_CST);
	broker->looks |= users(broker);
	return KIND_DONE;
}

static enum kind_result hello(struct broker *broker, const struct disk_record *record)
{
	enum kind_result result;

	if (!broker_lock(broker, CHANNEL_PROVIDER))
		return KIND_LATER;
	result = port_is_open(broker) ? attach(broker, record) : KIND_DONE;
	broker_unlock(broker, CHANNEL_PROVIDER);
	return result;
}

/* ---- answers ---- */

static struct channel_request *request_of(const struct broker *broker, const struct answer *answer)
{
	return request_at(broker, answer->place, answer->index);
}

/* Whether the provider has a part of that request, and the answer fits that part. The broker has
 * the user's queue. */
static bool is_right(const struct broker *broker, const struct answer *answer)
{
	const struct channel_request *request = request_of(broker, answer);
	const struct disk_record *record = &answer->record;
	bool data = request->operation == DISK_READ && record->status == DISK_OK;

	return request->state != REQUEST_FREE && request->session == record->session &&
	       record->tag == DISK_TAG(answer->place, answer->index, request->serial) &&
	       record->operation == request->operation && record->status <= DISK_FAILED &&
	       record->size == (data ? request->end - request->done : 0) &&
	       answer->chain->read_size == sizeof(*record) + record->size;
}

/* Notes that the request isn't on its way any more. A user that isn't there gets nothing now: if it
 * comes back without a reset, the same part is sent again. */
static void take_back(struct channel_request *request)
{
	__atomic_store_n(&request->session, 0, __ATOMIC_SEQ_CST);
	if (request->state == REQUEST_ORPHANED)
		request->state = REQUEST_FREE;
}

/* Carries the answer out. If this broker is killed, all of this is done again, until the request
 * isn't on its way any more or is delivered. A part that isn't noted as done then is sent again. */
static void carry_out(struct broker *broker, const struct answer *answer)
{
	struct chain *const chain = &request_chain;
	struct channel_request *request = request_of(broker, answer);
	struct ring ring;

	if (request->state != REQUEST_TAKEN || !broker_is_there(broker, answer->place) ||
	    !request_open(broker, answer->place, request, &ring, chain)) {
		take_back(request);
		return;
	}
	ring_copy((struct chain_range){chain->piece + chain->readable, request->done},
	          (struct chain_range){answer->chain->piece, sizeof(answer->record)},
	          answer->record.size);
	if (answer->record.status == DISK_OK && request->end != request->size) {
		take_back(request);
		__atomic_store_n(&request->done, request->end, __ATOMIC_RELEASE);
		broker->looks |= 1ull << answer->place;
		return;
	}
	request_complete(broker, &ring, answer->index, chain,
	                 answer->record.status == DISK_OK ? REQUEST_GOOD : REQUEST_FAILED);
}

/* Wakes the brokers that wait for this answer: the user's broker, or all users' brokers while
 * suspects are sent. */
static void wake(struct broker *broker, const struct answer *answer)
{
	const struct channel_disk *disk = disk_of(broker);

	if (disk->user[answer->place].waits != 0)
		broker->looks |= 1ull << answer->place;
	if (disk->clean != disk->session)
		broker->looks |= users(broker);
}

/* Takes an answer. After a crash an answer that was carried out already fits no request any more,
 * and isn't counted as wrong. */
static enum kind_result take_answer(struct broker *broker, const struct answer *answer)
{
	struct channel_sending *sending = &broker->own->sending;
	bool right;

	if (!broker_lock(broker, answer->place))
		return KIND_LATER;
	right = is_right(broker, answer);
	if (right) {
		sending->taken = answer->record.tag;
		if (broker_is_there(broker, answer->place))
			receive_settle(broker, answer->place);
		carry_out(broker, answer);
		wake(broker, answer);
	}
	broker_unlock(broker, answer->place);
	if (right) {
		broker_count(broker, broker->own, CHANNEL_SENT, 1);
		broker_count(broker, &broker->memory->end[answer->place], CHANNEL_RECEIVED, 1);
	} else if (sending->taken != answer->record.tag) {
		broker_count(broker, broker->own, CHANNEL_WRONG, 1);
	}
	return KIND_DONE;
}

/* Reads which request the record is about. False: the record can't be of this session, or about a
 * request. */
static bool understand(const struct broker *broker, struct answer *answer)
{
	const struct disk_record *record = &answer->record;

	answer->place = DISK_TAG_PLACE(record->tag);
	answer->index = DISK_TAG_INDEX(record->tag);
	return record->session != 0 && record->session == request_session(broker) &&
	       answer->place != CHANNEL_PROVIDER && answer->place < broker->info->ends &&
	       answer->index < CHANNEL_REQUESTS_MOST;
}

static enum kind_result carry(struct broker *broker, const struct chain *chain)
{
	struct answer answer = {.chain = chain};
	const struct chain_piece to = {(uint8_t *)&answer.record, sizeof(answer.record)};

	if (chain->writable != 0 || chain->read_size < sizeof(answer.record)) {
		broker_count(broker, broker->own, CHANNEL_SHORT, 1);
		return KIND_DONE;
	}
	ring_copy((struct chain_range){&to, 0}, (struct chain_range){chain->piece, 0},
	          sizeof(answer.record));
	if (answer.record.magic == DISK_MAGIC && answer.record.operation == DISK_HELLO)
		return hello(broker, &answer.record);
	if (broker->own->sending.done != 0)
		return KIND_DONE;
	if (answer.record.magic == DISK_MAGIC && understand(broker, &answer))
		return take_answer(broker, &answer);
	broker_count(broker, broker->own, CHANNEL_WRONG, 1);
	return KIND_DONE;
}

/* ---- the kind ---- */

static void turn(struct broker *broker)
{
	port_turn(broker);
	send_turn(broker);
}

static void reset(struct broker *broker)
{
	struct channel_disk *disk = disk_of(broker);

	__atomic_store_n(&disk->attached, 0, __ATOMIC_SEQ_CST);
	disk->opened = 0;
	disk->owed = 0;
}

/* A byte of struct virtio_console_config: no size, one port. */
static uint8_t config(const struct broker *broker, uint32_t offset)
{
	(void)broker;
	return offset == 4;
}

const struct kind kind_provider = {
    .features = DEVICE_CONSOLE_PORTS,
    .device = 3,
    .queues = 4,
    .config_size = 12,
    .config = config,
    .turn = turn,
    .reset = reset,
    .given = request_given,
    .carry = carry,
};
