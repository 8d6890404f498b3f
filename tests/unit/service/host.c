/* See host.h. */
#include "host.h"
#include <string.h>
#include <unit.h>

struct answer answers[ANSWERS_MAX];
size_t answer_count, plain_count;

static struct linkframe_parser host;

static const char *const two[] = {"linux", "rt", NULL};

void host_start(void)
{
	fake_start(two);
	memset(&host, 0, sizeof(host));
	answer_count = plain_count = 0;
}

void host_send(uint8_t type, const void *payload, size_t size)
{
	uint8_t frame[LINKFRAME_MAX];

	memcpy(frame + LINKFRAME_HEADER, payload, size);
	fake_type(frame, linkframe_close(frame, type, size));
}

void host_receive(void)
{
	struct linkframe frame;

	answer_count = plain_count = 0;
	for (; fake.sent_seen < fake.sent_size; fake.sent_seen++) {
		plain_count += linkframe_put(&host, fake.sent[fake.sent_seen]);
		while (linkframe_next(&host, &frame)) {
			struct answer *answer = &answers[answer_count++];

			assert_true(answer_count < ANSWERS_MAX);
			answer->type = frame.type;
			answer->size = frame.size;
			memcpy(answer->payload, frame.payload, frame.size);
			answer->payload[frame.size] = 0;
		}
	}
	assert_int_equal(host.bad, 0);
}

void host_hello(void)
{
	static const uint32_t revision = LINK_REVISION;

	host_send(LINK_HELLO, &revision, sizeof(revision));
	fake_run(1);
	host_receive();
}

void host_error(size_t at, uint8_t type, uint8_t subject, const char *words)
{
	assert_int_equal(answers[at].type, LINK_ERROR);
	assert_int_equal(answers[at].payload[0], type);
	assert_int_equal(answers[at].payload[1], subject);
	assert_string_equal((char *)answers[at].payload + 2, words);
}
