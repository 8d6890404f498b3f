/*
 * `kumiki gdb` between a slow system and a gdb that stops waiting after a time, against the real
 * console service. The test plays the loader.
 */
#include "fake_machine.h"
#include <gdb/session.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unit.h>

#define GREETING "$qSupported:swbreak+#8b"
#define EMPTY    "$vMustReplyEmpty#3a"
#define GREETED                                                                                    \
	"+$PacketSize=1000;qXfer:features:read+;swbreak+;hwbreak+;vContSupported+;"                \
	"QStartNoAckMode+#"

static const char *const one[] = {"small", NULL};
static struct session_gdb session;
static int to_session, from_session; /* gdb's ends */
static const char *gone_on;          /* gdb's words while the loader reads the registers */
static bool detaches;

static void gdb_says(const char *text)
{
	if (write(to_session, text, strlen(text)) != (ssize_t)strlen(text))
		abort(); /* in a thread, where cmocka's checks can't be used */
}

static void answer(struct debug_box *box)
{
	static const struct debug_target target = {.vcpus = 1, .state = LIFE_RUNNING};

	box->size = 0;
	switch (box->request.op) {
	case DEBUG_ATTACH:
		box->attached = 1;
		box->size = sizeof(target);
		memcpy(box->data, &target, sizeof(target));
		box->stop = (struct debug_stop){.why = DEBUG_ASKED};
		box->stops++;
		break;
	case DEBUG_DETACH:
		box->attached = 0;
		break;
	case DEBUG_READ_REGISTERS:
		box->size = sizeof(struct debug_registers);
		memset(box->data, 0, sizeof(struct debug_registers));
		if (gone_on)
			gdb_says(gone_on);
		break;
	default:
		break;
	}
	box->answered = box->asked;
}

static void loader(void)
{
	struct debug_box *box = &fake.ring[0].debug;

	if (box->answered != box->asked && (detaches || box->request.op != DEBUG_DETACH))
		answer(box);
}

/* A system, and a session's pipes. */
static void begin(int *input, int *output)
{
	int to[2], from[2];

	fake_start(one);
	fake_machine_guest = loader;
	gone_on = NULL;
	detaches = true;
	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	to_session = to[1];
	from_session = from[0];
	*input = to[0];
	*output = from[1];
}

/* Serves gdb until one of the two ends. Returns the complaints, to be freed. */
static char *serve(int input, int output, bool *good)
{
	char *text;
	size_t size;
	FILE *complaints = open_memstream(&text, &size);

	*good = session_gdb_open(&session, "small", fake_machine_start(), complaints) &&
	        session_gdb_serve(&session, input, output);
	session_gdb_close(&session);
	fake_machine_stop();
	fclose(complaints);
	close(input);
	close(output);
	return text;
}

/* Reads all answers to gdb. */
static void told(char *text, size_t size)
{
	size_t have = 0;
	ssize_t count;

	while ((count = read(from_session, text + have, size - 1 - have)) > 0)
		have += (size_t)count;
	text[have] = 0;
	close(from_session);
	close(to_session);
}

/* Reads up to the sum behind `count` more answers. */
static char *gdb_hears(char *at, int count)
{
	while (count > 0) {
		if (read(from_session, at, 1) != 1)
			abort();
		if (*at++ == '#') {
			if (read(from_session, at, 2) != 2)
				abort();
			at += 2;
			count--;
		}
	}
	*at = 0;
	return at;
}

/*
 * gdb said its first packet three times before it was taken, and a fourth time on the way. Later it
 * asks again for an answer that isn't there yet.
 */
static void *gdb_that_repeats(void *context)
{
	char *at = gdb_hears(context, 1);

	gdb_says(GREETING EMPTY);
	at = gdb_hears(at, 1);
	gdb_says("$p0#a0");
	at = gdb_hears(at, 1);
	gdb_says("$D#44");
	(void)gdb_hears(at, 1);
	return NULL;
}

TEST(test_a_first_packet_said_again)
{
	static char heard[4096];
	int input, output;
	pthread_t gdb;
	bool good;

	begin(&input, &output);
	gone_on = "--";
	gdb_says("+" GREETING GREETING GREETING);
	assert_int_equal(pthread_create(&gdb, NULL, gdb_that_repeats, heard), 0);
	char *complaints = serve(input, output, &good);
	assert_int_equal(pthread_join(gdb, NULL), 0);
	assert_string_equal(complaints, "");
	assert_true(good);
	assert_memory_equal(heard, GREETED, strlen(GREETED));
	assert_string_equal(heard + strlen(GREETED) + 2, "+$#00+$0000000000000000#00+$OK#9a");
	free(complaints);
	told(heard, sizeof(heard));
	assert_string_equal(heard, "");
}

/* gdb goes on without an answer. The late answer isn't given to it as one to another packet. */
static void gives_up(const char *said, const char *behind, const char *answers)
{
	char heard[4096];
	int input, output;
	bool good;

	begin(&input, &output);
	gone_on = behind;
	gdb_says(said);
	char *complaints = serve(input, output, &good);
	assert_false(good);
	assert_non_null(
	    strstr(complaints, "kumiki gdb: gdb asked for something else before it had"));
	assert_non_null(strstr(complaints, "set remotetimeout 30, before target remote"));
	free(complaints);
	told(heard, sizeof(heard));
	assert_string_equal(heard, answers);
}

TEST(test_a_gdb_that_waits_no_longer)
{
	gives_up("+" GREETING GREETING "---+" EMPTY, NULL, "+");
	gives_up("+$g#67", "---+$p0#a0", "+");
}

/* An earlier debugger stays attached. */
TEST(test_an_earlier_debugger)
{
	int input, output;
	bool good;

	begin(&input, &output);
	detaches = false;
	fake.ring[0].debug.attached = 1;
	fake.console.debug[0].on = fake.console.debug[0].leaving = true;
	char *complaints = serve(input, output, &good);
	assert_false(good);
	assert_non_null(strstr(complaints, "kumiki gdb: the system refuses: a debugger is still "
	                                   "attached to the partition within 5 s; "));
	free(complaints);
	close(from_session);
	close(to_session);
}
