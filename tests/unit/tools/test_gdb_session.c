/*
 * A debugger's session with a system that has said everything before it is asked: a child process
 * that writes it to whoever connects, and reads what comes until that one goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unit.h>

#include "gdb/session.h"

#define HEADER 8u /* partition, status */
#define READS  "+$g#67"

static struct session_gdb session;
static char folder[32];
static struct sockaddr_un place = {.sun_family = AF_UNIX};
static int listener, gdb_end, ours;
static pid_t child;
static uint8_t script[4096];
static size_t script_size;

static void system_says(uint8_t type, const void *payload, size_t size)
{
	uint8_t *frame = script + script_size;

	assert_true(script_size + LINKFRAME_OVERHEAD + size <= sizeof(script));
	memcpy(frame + LINKFRAME_HEADER, payload, size);
	script_size += linkframe_close(frame, type, size);
}

/* It welcomes, and halts the partition. */
static void system_begins(void)
{
	struct {
		struct link_welcome head;
		struct link_source source;
	} welcome = {{.revision = LINK_REVISION, .partitions = 1, .cores = 1, .vcpus = 1},
	             {"control"}};
	const uint8_t stop[HEADER + sizeof(struct debug_stop)] = {0};
	uint8_t attached[HEADER + sizeof(struct debug_target)] = {0};

	memcpy(attached + HEADER, &(struct debug_target){.vcpus = 1}, sizeof(struct debug_target));
	script_size = 0;
	system_says(LINK_WELCOME, &welcome, sizeof(welcome));
	system_says(LINK_DEBUGGED, attached, sizeof(attached));
	system_says(LINK_DEBUG_STOP, stop, sizeof(stop));
}

static void system_runs(void)
{
	char bytes[256];
	const int connected = accept(listener, NULL, NULL);

	if (connected < 0 || write(connected, script, script_size) != (ssize_t)script_size)
		_exit(1);
	while (read(connected, bytes, sizeof(bytes)) > 0)
		continue;
	_exit(0);
}

static void set_up(void)
{
	int gdb[2];

	(void)snprintf(folder, sizeof(folder), "/tmp/kumiki-session-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(place.sun_path, sizeof(place.sun_path), "%s/link", folder);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&place, sizeof(place)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, gdb), 0);
	gdb_end = gdb[0], ours = gdb[1];
	system_begins();
}

static void tear_down(void)
{
	int status = 1;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(listener), close(gdb_end), close(ours);
	assert_int_equal(unlink(place.sun_path), 0);
	assert_int_equal(rmdir(folder), 0);
}

const struct unit_fixture unit_each = {set_up, tear_down};

/* What it complains of; gdb asks for registers, and goes. */
static char *session_of(void)
{
	char *said = NULL;
	size_t size = 0;
	FILE *complaints = open_memstream(&said, &size);

	child = fork();
	if (child == 0)
		system_runs();
	assert_true(child > 0);
	assert_int_equal(write(gdb_end, READS, strlen(READS)), strlen(READS));
	assert_int_equal(shutdown(gdb_end, SHUT_WR), 0);
	assert_true(session_gdb_open(&session, "control", place.sun_path, complaints));
	(void)session_gdb_serve(&session, ours, ours);
	session_gdb_close(&session);
	assert_int_equal(fclose(complaints), 0);
	return said;
}

/* Nothing says so by itself: it is the answer to what is asked next, or to a ping. */
TEST(the_system_let_it_go)
{
	char *said;

	system_says(LINK_ERROR, "\x06\0say hello first", 2 + strlen("say hello first"));
	said = session_of();
	assert_true(session.lost);
	assert_non_null(strstr(said, "kumiki gdb: the system let the partition go"));
	assert_non_null(strstr(said, "--icount"));
	assert_null(strchr(strchr(said, '\n') + 1, '\n')); /* it is said once */
	free(said);
}

/* Of any other error gdb is told, and may go on. */
TEST(another_error_is_gdbs)
{
	const uint8_t detached[HEADER] = {0};
	char answers[64] = "";
	char *said;

	system_says(LINK_ERROR, "\0\0a bad frame", 2 + strlen("a bad frame"));
	system_says(LINK_DEBUGGED, detached, sizeof(detached));
	said = session_of();
	assert_false(session.lost);
	assert_string_equal(said, "");
	assert_true(read(gdb_end, answers, sizeof(answers) - 1) > 0);
	assert_non_null(strstr(answers, "$E01#"));
	free(said);
}
