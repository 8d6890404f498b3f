/* The hub's loop over its files, as a process beside its system. */
#include <host/hub.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <unit.h>

static char folder[64], paths[HUB_DOORS_MAX][96];
static struct hub_door doors[HUB_DOORS_MAX];

static void start(void)
{
	snprintf(folder, sizeof(folder), "/tmp/kumiki-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	for (int i = 0; i < HUB_DOORS_MAX; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%d", folder, i);
		doors[i] = (struct hub_door){.path = paths[i], .rights = LINK_LOOK, .listener = -1};
	}
}

static void end(void)
{
	rmdir(folder);
}

const struct unit_fixture unit_each = {start, end};

/* Eight doors of a person's and the page's: a client comes in at the last one, and the process
 * ends well behind its system. */
TEST(test_as_many_doors_as_there_can_be)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int client = socket(AF_UNIX, SOCK_STREAM, 0);
	int system, status;
	char byte;

	assert_true(hub_open_all(doors, HUB_DOORS_MAX, "test", "door", stderr));
	system = hub_beside(doors, HUB_DOORS_MAX, "test", stderr);
	assert_in_range(system, 0, 1023);
	memcpy(address.sun_path, paths[HUB_DOORS], strlen(paths[HUB_DOORS]) + 1);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(recv(client, &byte, 1, 0), 1);
	close(client);
	close(system);
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}
