/* kumiki-reserve's loop, over news of programs that the test tells. */
#include <errno.h>
#include <fake_panel.h>
#include <find.h>
#include <serve.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unit.h>

#define PARENT 7 /* its program has a section */
#define CHILD  8 /* the same program, of which the kernel tells nothing */

static const char *root;
static char *said;
static uint32_t user;
static bool gone; /* the parent ends before it is looked at */
static int told, looks;

/* There are news for ever; but the kernel tells only once of a process. */
int find_open(void)
{
	return eventfd(1, EFD_CLOEXEC);
}

enum find_news find_next(int news, int *process)
{
	(void)news;
	*process = PARENT;
	if (told++ == 0)
		return FIND_PROCESS;
	if (told == 3) /* one that looked no more would wait for ever */
		assert_int_equal(raise(SIGTERM), 0);
	return FIND_NOTHING;
}

uint32_t find_section(const struct reserve *reserve, const char *in, int process)
{
	(void)reserve;
	(void)in;
	return gone && process == PARENT ? FIND_GONE : 0;
}

uint32_t find_user(const char *in, int process)
{
	(void)in;
	(void)process;
	return user;
}

/* The child comes after the first look, and is in its group once it was found. */
void find_all(const char *in, void (*found)(void *to, int process), void *to)
{
	static const char where[] = "0::/reserved/a\n";

	(void)in;
	if (looks++ == 0)
		return;
	found(to, CHILD);
	fake_tree_write("/proc/8/cgroup", where, strlen(where));
	found(to, CHILD);
}

static void start(void)
{
	static const char *const folders[] = {"/proc",
	                                      "/proc/8",
	                                      "/sys/fs",
	                                      "/sys/fs/cgroup",
	                                      "/sys/fs/cgroup/reserved",
	                                      "/sys/fs/cgroup/reserved/a"};

	root = fake_tree_make();
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_true(mkdir(fake_tree_path(folders[i]), 0755) == 0 || errno == EEXIST);
	fake_tree_write("/sys/fs/cgroup/reserved/a/cgroup.procs", "", 0);
	fake_tree_write("/proc/8/cgroup", "0::/rest\n", 9);
	told = 0;
	looks = 0;
	gone = false;
}

static void end(void)
{
	free(said);
	fake_tree_remove();
}

static struct reserve reserve = {.list = {{.name = "a", .by = RESERVE_BY_PROGRAM, .what = "x"}},
                                 .count = 1};

static void serve_one_section(void)
{
	size_t size;
	FILE *out = open_memstream(&said, &size);

	assert_non_null(out);
	assert_int_equal(serve(&reserve, root, out, stderr), RESERVE_DONE);
	assert_int_equal(fclose(out), 0);
}

TEST_WITH(test_a_child_that_began_before_its_parent_was_found_is_found, start, end)
{
	serve_one_section();
	assert_string_equal(said, "kumiki-reserve: up, 1 sections\n"
	                          "kumiki-reserve: process 7 has what [a] has\n"
	                          "kumiki-reserve: process 8 has what [a] has\n");
	assert_int_equal(looks, 2);
}

TEST_WITH(test_a_parent_that_ended_left_a_child, start, end)
{
	gone = true;
	serve_one_section();
	assert_string_equal(said, "kumiki-reserve: up, 1 sections\n"
	                          "kumiki-reserve: process 8 has what [a] has\n");
}

/* What the child's place in the kernel's choice is, if its section says this and it is this user's.
 */
static const char *oom_of(int oom, uint32_t whose)
{
	static char found[16];

	start();
	reserve.list[0].oom_given = true;
	reserve.list[0].oom = oom;
	user = whose;
	fake_tree_write("/proc/8/oom_score_adj", "", 0);
	serve_one_section();
	found[fake_tree_read("/proc/8/oom_score_adj", found, sizeof(found) - 1)] = '\0';
	end();
	return found;
}

TEST(test_only_root_and_named_users_are_spared)
{
	assert_string_equal(oom_of(-900, 1000), "");
	assert_string_equal(oom_of(900, 1000), "900\n");
	assert_string_equal(oom_of(-900, 0), "-900\n");
	(void)snprintf(reserve.list[0].user, sizeof(reserve.list[0].user), "sam");
	assert_string_equal(oom_of(-900, 1000), "-900\n");
}
