/*
 * The ladder's step that disarms a module, over a Linux in memory (watched_guest.h): its moment,
 * its findings, and the next step if it doesn't help. Shows: watch.disarms.
 */
#include <string.h>
#include <unit.h>
#include <unit/rtos_servers/watcher_world.h>

#define HOOKS (MEND_HOOKS / LOOK) /* looks until the step comes */

static uint64_t disarmed; /* the disarmed module's address */
static uint32_t disarms;
static enum mend_result result;

static enum mend_result disarm(uint64_t address)
{
	disarmed = address;
	disarms++;
	return result;
}

static struct rules_area area_of(uint64_t address)
{
	return (struct rules_area){.base = address - address % 0x1000, .size = 0x1000};
}

static struct finding *finding(void)
{
	return &watch.findings[WATCH_MODULES].entry[0];
}

/* No look takes it back, as this kernel's facts have no list of modules. */
static void set_up(void)
{
	watcher_set_up();
	disarms = 0;
	result = MEND_DONE;
	watch.mender.disarm = disarm;
	watch.mender.area = area_of;
	watcher_climbs("modules text: disarm; restart 1 in 1 min");
	begin();
	*finding() = (struct finding){
	    .kind = FINDING_MODULE, .where = 0x5000, .used = true, .now = true, .told = true};
}

const struct unit_fixture unit_each = {set_up, watcher_tear_down};

/*
 * Other mends have time before the step. If the step doesn't help, the next one comes some time
 * later.
 */
TEST(test_a_module_is_disarmed_once)
{
	look(HOOKS);
	assert_int_equal(disarms, 0);
	look(1);
	assert_int_equal(disarms, 1);
	assert_int_equal(disarmed, 0x5000);
	look(WATCH_OTHERS / LOOK - HOOKS - 1);
	assert_int_equal(restarts, 0);
	look(2);
	assert_int_equal(restarts, 1);
	assert_int_equal(disarms, 1);
	assert_int_equal(given_up, 0);
}

TEST(test_a_finding_in_no_module)
{
	result = MEND_MODULE;
	look(HOOKS + 2);
	assert_int_equal(disarms, 1);
	assert_int_equal(why, MEND_MODULE);
	assert_int_equal(restarts, 1);
}

/*
 * A pointer into the module that a rule has found, such as a timer's, is undone first. If it stays,
 * the module stays, too, as the kernel would crash, and the next step comes.
 */
TEST(test_pointers_into_the_module_come_first)
{
	static struct rulebook book;
	struct finding *hook = &book.entry[3].findings.entry[0];

	book.entry[3].used = true;
	book.entry[3].rule = &(struct rule){.every = 60000, .name = "timers"};
	*hook = (struct finding){.kind = FINDING_RULE, .used = true, .leads = 0x5678};
	watch.book = &book;
	look(HOOKS + 5);
	assert_int_equal(book.condemned[0].base, 0x5000);
	assert_int_equal(disarms, 0);
	hook->used = false;
	look(1);
	assert_int_equal(disarms, 1);
	hook->used = true;
	*finding() = (struct finding){
	    .kind = FINDING_MODULE, .where = 0x5000, .used = true, .now = true, .told = true};
	look(WATCH_OTHERS / LOOK + 2);
	assert_int_equal(disarms, 1);
	assert_int_equal(why, MEND_HOOKED);
	assert_int_equal(restarts, 1);
}

TEST(test_cpus_that_do_not_answer)
{
	result = MEND_BUSY;
	look(HOOKS + 3);
	assert_int_equal(disarms, 3);
	result = MEND_DONE;
	look(3);
	assert_int_equal(disarms, 4);
	assert_int_equal(given_up, 0);
	watcher_tear_down();
	set_up();
	result = MEND_BUSY;
	look(HOOKS + MEND_WAITS + 1);
	assert_int_equal(disarms, MEND_WAITS);
	assert_int_equal(why, MEND_BUSY);
	assert_int_equal(restarts, 1);
}

TEST(test_text_of_the_kernel_has_no_module)
{
	finding()->used = false;
	guest_store(0x25678u, ~guest_load(0x25678u));
	look(FINDINGS_LOOKS + 1);
	assert_int_equal(told, 1);
	assert_int_equal(disarms, 0);
	assert_int_equal(restarts, 1);
}
