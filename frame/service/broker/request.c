/* Requests of a disk's users; see broker/request.h. */
#include <broker/device.h>
#include <broker/receive.h>
#include <broker/request.h>

struct chain request_chain;

struct channel_request *request_at(const struct broker *broker, uint32_t place, uint32_t index)
{
	return &broker->memory->disk.user[place].request[index];
}

uint32_t request_session(const struct broker *broker)
{
	const struct channel_disk *disk = &broker->memory->disk;

	return __atomic_load_n(&disk->attached, __ATOMIC_SEQ_CST) != 0
	           ? __atomic_load_n(&disk->session, __ATOMIC_SEQ_CST)
	           : 0;
}

/* Whether the chain has the sizes that fit its request. */
static bool is_as_taken(const struct channel_request *request, const struct chain *chain)
{
	uint64_t range = request_has_range(request) ? REQUEST_RANGE : 0;
	uint64_t write = request->operation == DISK_WRITE ? request->size : range;
	uint64_t read = request->operation == DISK_READ ? request->size : 0;

	return chain->read_size == REQUEST_HEADER + write && chain->write_size == read + 1;
}

bool request_open(struct broker *broker, uint32_t place, const struct channel_request *request,
                  struct ring *ring, struct chain *chain)
{
	if (!ring_open(broker, place, CHANNEL_REQUESTS, ring))
		return false;
	if (ring_chain(broker, ring, request->id, chain) && is_as_taken(request, chain))
		return true;
	device_break(broker, place);
	return false;
}

/* Writes the result into the last byte of the chain. */
static void write_result(const struct chain *chain, enum request_result result)
{
	uint8_t byte = (uint8_t)result;
	const struct chain_piece from = {&byte, 1};

	ring_copy((struct chain_range){chain->piece + chain->readable, chain->write_size - 1},
	          (struct chain_range){&from, 0}, 1);
}

static void answer(struct broker *broker, const struct ring *ring, const struct chain *chain,
                   enum request_result result, uint64_t taken)
{
	receive_settle(broker, ring->place);
	write_result(chain, result);
	receive_give(broker, ring, chain->id, (uint32_t)chain->write_size, taken);
}

void request_complete(struct broker *broker, const struct ring *ring, uint32_t index,
                      const struct chain *chain, enum request_result result)
{
	answer(broker, ring, chain, result, DISK_TAKEN(index, 0));
}

void request_give_up(struct broker *broker, const struct ring *ring, uint32_t index,
                     const struct chain *chain)
{
	uint32_t sent = request_at(broker, ring->place, index)->session;

	answer(broker, ring, chain, REQUEST_FAILED,
	       DISK_TAKEN(index, sent == request_session(broker) ? sent : 0));
}

void request_given(struct broker *broker, uint32_t to)
{
	uint64_t taken = broker->memory->end[to].delivery.taken, index = taken >> 32;

	if (to != CHANNEL_PROVIDER && index < CHANNEL_REQUESTS_ALL)
		__atomic_store_n(&request_at(broker, to, (uint32_t)index)->state,
		                 (uint32_t)taken == 0 ? REQUEST_FREE : REQUEST_ORPHANED,
		                 __ATOMIC_SEQ_CST);
}
