/*
 * Any bytes from gdb's side, and any answers from the machine's: the translator must keep within
 * its buffers, ask only for what a target has, and let no number that gdb sends become anything
 * else.
 */
#include "gdb/server.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *answers;
static size_t answers_left;

static uint8_t fuzz_byte(void)
{
	if (answers_left == 0)
		return 0;
	answers_left--;
	return *answers++;
}

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static bool fuzz_request(struct target *target, const struct debug_request *request,
                         struct target_data *data)
{
	uint8_t kind = fuzz_byte();

	fuzz_check(request->op > DEBUG_ATTACH && request->op < DEBUG_OPS);
	fuzz_check(request->vcpu < target->about.vcpus);
	fuzz_check(request->size <= DEBUG_DATA_SIZE && data->size <= DEBUG_DATA_SIZE);
	fuzz_check((request->run | request->step) >> target->about.vcpus == 0);
	if (kind % 4 == 0)
		return false;
	data->size =
	    request->op == DEBUG_READ_REGISTERS ? sizeof(struct debug_registers) : request->size;
	if (kind % 4 == 1)
		data->size = fuzz_byte();
	memset(data->bytes, kind, data->size);
	return true;
}

static void fuzz_reply(const struct server *server)
{
	static char frame[RSP_FRAME_MAX];

	fuzz_check(server->size <= RSP_PACKET_MAX);
	fuzz_check(rsp_frame(frame, server->reply, server->size) <= sizeof(frame));
}

static void fuzz_stop(struct server *server)
{
	struct debug_stop stop = {fuzz_byte() % 5, fuzz_byte() % 12, (uint64_t)fuzz_byte() << 26,
	                          fuzz_byte()};

	if (server_stopped(server, &stop))
		fuzz_reply(server);
}

/* One half of the input is gdb's, the other one the machine's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server server;
	static struct rsp_parser parser;
	struct target target = {.about = {2, 3, 6, 4}, .request = fuzz_request};
	struct debug_stop stop = {.why = DEBUG_HIT};

	memset(&parser, 0, sizeof(parser));
	answers = data + size / 2;
	answers_left = size - size / 2;
	target.about.vcpus = 1 + fuzz_byte() % TARGET_VCPUS_MAX;
	server_start(&server, &target, &stop);
	for (size_t i = 0; i < size / 2 && !server.detached; i++) {
		enum rsp_event event = rsp_put(&parser, data[i]);

		if (event == RSP_INTERRUPT)
			server_interrupt(&server);
		/* A packet needs its checksum, which a fuzzer hardly finds. */
		if ((event == RSP_PACKET || event == RSP_BROKEN) &&
		    server_packet(&server, parser.packet, parser.size))
			fuzz_reply(&server);
		if (server.running)
			fuzz_stop(&server);
	}
	return 0;
}
