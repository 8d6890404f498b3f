/*
 * Sends requests to the provider, as records into its receive queue. The broker takes its own queue
 * first, and then the provider's, never the other way round.
 *
 * A request that the provider had when its session ended is a suspect. Suspects are sent again one
 * at a time, before all other requests and across all users. So if the provider doesn't survive a
 * request, that request shows, and is answered with an error in the end.
 */
#include <broker/device.h>
#include <broker/receive.h>
#include <broker/request.h>

#define DEATHS_MOST 3

/* So often in a second a broker looks whether another user's suspects are over. */
#define SUSPECT_LOOKS 100

enum sending { SENDING_SENT, SENDING_FULL, SENDING_OVER };

static bool is_taken(const struct channel_request *request)
{
	return __atomic_load_n(&request->state, __ATOMIC_SEQ_CST) == REQUEST_TAKEN;
}

/* ---- order ---- */

static uint64_t behind(const struct channel_request *request)
{
	return request->sector + request->size / DISK_SECTOR;
}

/* Whether an older request that isn't over has sectors in common with this one, and one of the two
 * changes them. */
static bool is_blocked(const struct channel_user *user, const struct channel_request *request)
{
	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST; i++) {
		const struct channel_request *other = &user->request[i];

		if (other->state != REQUEST_FREE && other->number < request->number &&
		    (request_changes(other) || request_changes(request)) &&
		    other->sector < behind(request) && request->sector < behind(other))
			return true;
	}
	return false;
}

/* The oldest request that the provider doesn't have, among those with a higher number than
 * `number`. NULL: there is none. */
static struct channel_request *next_behind(struct channel_user *user, uint64_t number,
                                           uint32_t session)
{
	struct channel_request *found = NULL;

	for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST; i++) {
		struct channel_request *request = &user->request[i];

		if (is_taken(request) && request->number > number && request->session != session &&
		    (found == NULL || request->number < found->number))
			found = request;
	}
	return found;
}

/* ---- suspects ---- */

enum found { FOUND_SUSPECT = 1, FOUND_FLYING = 2 };

/* What there is among all users' requests. Others may change them meanwhile. Only a suspect of this
 * session would matter, and no request becomes one while the session goes on. */
static uint32_t search(const struct broker *broker, uint32_t session)
{
	uint32_t found = 0;

	for (uint32_t place = 1; place < broker->info->ends; place++)
		for (uint32_t i = 0; i < CHANNEL_REQUESTS_MOST; i++) {
			const struct channel_request *request = request_at(broker, place, i);
			uint32_t sent = __atomic_load_n(&request->session, __ATOMIC_SEQ_CST);
			bool died = request->deaths != 0 || (sent != 0 && sent != session);

			if (request->state != REQUEST_FREE && sent == session)
				found |= FOUND_FLYING;
			if (is_taken(request) && died && broker_is_there(broker, place))
				found |= FOUND_SUSPECT;
		}
	return found;
}

/* Whether the request may be sent. While there are suspects, one request is on its way at a time,
 * and it is a suspect. */
static bool may_go(struct broker *broker, const struct channel_request *request, uint32_t session)
{
	struct channel_disk *disk = &broker->memory->disk;
	uint32_t found;

	if (disk->clean == session)
		return true;
	found = search(broker, session);
	if ((found & FOUND_SUSPECT) == 0)
		disk->clean = session;
	return (found & FOUND_SUSPECT) == 0 ||
	       (request->deaths != 0 && (found & FOUND_FLYING) == 0);
}

/* Counts a death if the provider had the request in a session, which is over now. */
static void note_death(struct broker *broker, struct channel_request *request)
{
	if (request->session == 0)
		return;
	__atomic_store_n(&request->session, 0, __ATOMIC_SEQ_CST);
	request->deaths++;
	broker_count(broker, broker->own, CHANNEL_REPLAYED, 1);
}

/* ---- sending ---- */

static uint64_t tag_of(const struct broker *broker, uint32_t index)
{
	return DISK_TAG(broker->info->place, index, broker->own->sending.number);
}

/* Writes a record into the provider's next buffers. If the provider has too few, nothing is done.
 */
static enum sending write_record(struct broker *broker, const struct disk_record *record,
                                 const struct chain *chain, uint32_t done, uint32_t index)
{
	const struct chain_piece head = {(uint8_t *)(uintptr_t)record, sizeof(*record)};
	uint64_t data = record->operation == DISK_WRITE ? record->size : 0;
	enum channel_counter found;
	struct ring ring;

	if (!receive_open(broker, CHANNEL_PROVIDER, &ring))
		return SENDING_OVER;
	found = receive_find(broker, &ring, sizeof(*record) + data, true);
	if (found == CHANNEL_NO_BUFFER)
		return SENDING_FULL;
	if (found != CHANNEL_RECEIVED) {
		device_break(broker, CHANNEL_PROVIDER);
		return SENDING_OVER;
	}
	ring_copy((struct chain_range){receive_buffers.piece, 0}, (struct chain_range){&head, 0},
	          sizeof(*record));
	ring_copy((struct chain_range){receive_buffers.piece, sizeof(*record)},
	          (struct chain_range){chain->piece, REQUEST_HEADER + done}, data);
	receive_deliver(broker, &ring, sizeof(*record) + data, DISK_TAKEN(index, record->session));
	return SENDING_SENT;
}

/* Sends the next part of the request, in a record with a number of its own. */
static enum sending send(struct broker *broker, struct channel_request *request,
                         const struct chain *chain, uint32_t session)
{
	const uint32_t left = request->size - request->done;
	const uint32_t most = request_has_range(request) ? DISK_RANGE_MOST : DISK_DATA_MOST;
	const uint32_t index =
	    (uint32_t)(request - broker->memory->disk.user[broker->info->place].request);
	struct disk_record record = {.magic = DISK_MAGIC, .session = session};
	enum sending result;

	record.operation = request->operation;
	record.size = left < most ? left : most;
	record.sector = request->sector + request->done / DISK_SECTOR;
	broker->own->sending.number++;
	record.tag = tag_of(broker, index);
	request->end = request->done + record.size;
	result = write_record(broker, &record, chain, request->done, index);
	if (result == SENDING_SENT) {
		broker_count(broker, broker->own, CHANNEL_SENT, 1);
		broker_count(broker, &broker->memory->end[CHANNEL_PROVIDER], CHANNEL_RECEIVED, 1);
	}
	return result;
}

/* The provider has the request from here on, though it doesn't see it yet. */
void dispatch_noted(struct broker *broker, uint32_t to)
{
	uint64_t taken = broker->memory->end[to].delivery.taken;
	struct channel_request *request;

	if (to != CHANNEL_PROVIDER)
		return;
	request = request_at(broker, broker->info->place, (uint32_t)(taken >> 32));
	request->serial = broker->own->sending.number;
	__atomic_store_n(&request->session, (uint32_t)taken, __ATOMIC_SEQ_CST);
}

/* Sends the next part, or notes that this broker waits and then tries a second time. */
static enum sending send_or_wait(struct broker *broker, struct channel_request *request,
                                 const struct chain *chain, uint32_t session)
{
	uint32_t *starved = &broker->memory->end[CHANNEL_PROVIDER].starved;
	const uint32_t own = 1u << broker->info->place;
	enum sending result = send(broker, request, chain, session);

	if (result == SENDING_FULL) {
		__atomic_fetch_or(starved, own, __ATOMIC_SEQ_CST);
		result = send(broker, request, chain, session);
	}
	if (result != SENDING_FULL)
		__atomic_fetch_and(starved, ~own, __ATOMIC_SEQ_CST);
	return result;
}

/* Others' suspects may end without an answer: given up, failed, or forgotten by a reset. Nobody
 * tells this broker then. */
static void wait_for_suspects(struct broker *broker)
{
	broker->memory->disk.user[broker->info->place].waits = 1;
	broker_look_again(broker, broker_now() + broker->info->second / SUSPECT_LOOKS);
}

/* Answers a request that the provider has not survived, and names it to the operator. */
static void fail(struct broker *broker, const struct ring *ring,
                 const struct channel_request *request, const struct chain *chain)
{
	struct channel_user *user = &broker->memory->disk.user[ring->place];

	user->deadly.sector = request->sector;
	user->deadly.size = request->size;
	user->deadly.operation = request->operation;
	request_complete(broker, ring, (uint32_t)(request - user->request), chain, REQUEST_FAILED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	broker_count(broker, broker->own, CHANNEL_FAILED, 1);
	broker_tell_operator();
}

/* Sends the request if it may go. False: no further request is sent in this turn. */
static bool dispatch(struct broker *broker, struct channel_request *request, uint32_t session)
{
	struct chain *const chain = &request_chain;
	const uint32_t me = broker->info->place;
	struct channel_user *user = &broker->memory->disk.user[me];
	struct ring ring;

	note_death(broker, request);
	if (!request_open(broker, me, request, &ring, chain))
		return false;
	if (request->deaths >= DEATHS_MOST) {
		fail(broker, &ring, request, chain);
		return true;
	}
	if (is_blocked(user, request)) {
		user->waits = 1;
		return true;
	}
	if (!may_go(broker, request, session)) {
		wait_for_suspects(broker);
		return true;
	}
	return send_or_wait(broker, request, chain, session) == SENDING_SENT;
}

void dispatch_turn(struct broker *broker)
{
	struct channel_user *user = &broker->memory->disk.user[broker->info->place];
	struct channel_request *request = NULL;
	uint32_t session;
	bool more = true;

	if (!broker_lock(broker, CHANNEL_PROVIDER))
		return;
	session = request_session(broker);
	if (session != 0 && broker_is_there(broker, CHANNEL_PROVIDER))
		request = next_behind(user, 0, session);
	while (request != NULL && more) {
		uint64_t number = request->number;

		more = dispatch(broker, request, session);
		request = next_behind(user, number, session);
	}
	broker_unlock(broker, CHANNEL_PROVIDER);
}
