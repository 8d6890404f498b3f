/* The host's end of the link, and `kumiki trace` on it, against the real console service. */
#include "fake_machine.h"
#include <host/link.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <trace/set.h>
#include <unistd.h>
#include <unit.h>

static const char *const two[] = {"linux", "rt", NULL};

TEST(test_hello)
{
	struct link link;
	struct linkframe frame;

	fake_start(two);
	assert_true(link_open(&link, fake_machine_start(), stderr));
	assert_true(link_hello(&link, &frame, 10000, stderr));
	assert_int_equal(frame.type, LINK_WELCOME);
	assert_true(link_send(&link, LINK_PING, "abc", 3));
	assert_int_equal(link_receive(&link, &frame, 10000), LINK_GOT_FRAME);
	assert_int_equal(frame.type, LINK_PONG);
	assert_memory_equal(frame.payload, "abc", 3);
	assert_int_equal(link_receive(&link, &frame, 1), LINK_NOTHING);
	link_close(&link, true);
	fake_machine_stop();
}

/* Like QEMU: unread bytes are lost once the client is gone. */
static void *peer_that_drops(void *context)
{
	struct pollfd poller = {.fd = *(int *)context, .events = POLLRDHUP};
	uint8_t bytes[64] = {0};
	ssize_t count = 0;

	if (poll(&poller, 1, -1) == 1 && (poller.revents & POLLHUP) == 0)
		count = read(poller.fd, bytes, sizeof(bytes));
	close(poller.fd);
	return count == LINKFRAME_HEADER + 4 && bytes[1] == LINK_BYE ? context : NULL;
}

TEST(test_the_goodbye_arrives)
{
	struct link link = {0};
	pthread_t peer;
	void *heard;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	link.input = link.output = ends[0];
	assert_int_equal(pthread_create(&peer, NULL, peer_that_drops, &ends[1]), 0);
	link_close(&link, true);
	assert_int_equal(pthread_join(peer, &heard), 0);
	assert_non_null(heard);
}

TEST(test_no_link)
{
	struct link link;
	char *text;
	size_t size;
	FILE *complaints = open_memstream(&text, &size);

	assert_false(link_open(&link, "/nonexistent/link", complaints));
	fclose(complaints);
	assert_non_null(strstr(text, "cannot open the link '/nonexistent/link'"));
	free(text);
}

/* The operator is told that the path is no link, and nothing is written into it. */
static void refused_unchanged(const char *path)
{
	struct link link;
	char *text;
	size_t size;
	FILE *complaints = open_memstream(&text, &size);

	assert_false(link_open(&link, path, complaints));
	fclose(complaints);
	assert_non_null(strstr(text, "is no link: it is neither a socket nor a terminal device"));
	assert_non_null(strstr(text, path));
	free(text);
}

TEST(test_a_file_is_no_link)
{
	char folder[] = "/tmp/kumiki-test-XXXXXX", path[64], text[16] = "";

	assert_non_null(mkdtemp(folder));
	refused_unchanged(folder);
	snprintf(path, sizeof(path), "%s/file", folder);
	FILE *file = fopen(path, "w+");
	assert_non_null(file);
	fputs("/dts-v1/;", file);
	fflush(file);
	refused_unchanged(path);
	rewind(file);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 9);
	assert_string_equal(text, "/dts-v1/;");
	fclose(file);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refused_unchanged(path);
	unlink(path);
	rmdir(folder);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Connects with this KUMIKI_PATIENCE to a peer that never answers. Returns the time waited, and
 * puts the complaint into `said`.
 */
static int64_t waited(const char *patience, const char *path, char said[512])
{
	struct link link;
	struct linkframe frame;
	FILE *complaints = fmemopen(said, 512, "w");
	int64_t begun = now_ms();

	setenv("KUMIKI_PATIENCE", patience, 1);
	if (link_open(&link, path, complaints)) {
		assert_false(link_hello(&link, &frame, 1000, complaints));
		link_close(&link, false);
	}
	fclose(complaints);
	unsetenv("KUMIKI_PATIENCE");
	return now_ms() - begun;
}

TEST(test_patience)
{
	static const char *const wrong[] = {"0", "-1", "4x", "x", "1001", "99999999999999999999"};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/kumiki-test-XXXXXX", said[512];
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/link", folder);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_true(waited("2", address.sun_path, said) >= 2000);
	assert_string_equal(
	    said, "kumiki: no system answers on the link (is it a Kumiki system's UART, and has no "
	          "other program opened it?) within 2 s; if the machine or its host is slow, wait "
	          "longer: KUMIKI_PATIENCE=8 in the environment\n");
	assert_true(waited("", address.sun_path, said) >= 1000);
	assert_non_null(strstr(said, " within 1 s; "));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)waited(wrong[i], address.sun_path, said);
		assert_non_null(strstr(said, "give a whole number from 1 to 1000"));
	}
	close(listener);
	unlink(address.sun_path);
	rmdir(folder);
}

static void trace_fill(void)
{
	struct trace_ring *ring = &fake.trace[0];

	for (; ring->next < 10000; ring->next++)
		ring->events[ring->next % TRACE_RING_EVENTS] = (struct trace_event){
		    .head = (uint64_t)TRACE_EXIT << 56 | ring->next * 10, .data = ring->next};
}

TEST(test_trace_fetch)
{
	static struct trace_set set;

	fake_start(two);
	trace_fill();
	assert_true(trace_fetch(&set, fake_machine_start(), stderr));
	fake_machine_stop();
	assert_int_equal(set.welcome.cores, 1);
	assert_int_equal(set.core[0].first, 10000 - TRACE_RING_EVENTS + 1);
	assert_int_equal(set.core[0].count, TRACE_RING_EVENTS - 1);
	for (size_t i = 0; i < set.core[0].count; i++)
		assert_int_equal(set.core[0].events[i].data, set.core[0].first + i);
	trace_set_free(&set);
}
