/*
 * Finding and opening the panel. A user's Linux may lack something: for each such thing, an error
 * tells the remedy. The library returns the content of device tree and registers.
 *
 * Shows: talk.linux.
 */
#include "fake_panel.h"
#include <fcntl.h>
#include <kumiki/panel.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <unit.h>

static struct kumiki kumiki;
static const char *root;
static struct blackbox box;
static struct kumiki_blackbox copy;

static void set_up(void)
{
	root = fake_tree_make();
	fake_panel_reset();
}

static void tear_down(void)
{
	kumiki_close(&kumiki);
	fake_tree_remove();
}

const struct unit_fixture unit_each = {set_up, tear_down};

static void refused(const char *what, const char *remedy)
{
	assert_int_equal(kumiki_open(&kumiki, root), -1);
	if (strstr(kumiki.error, what) == NULL || strstr(kumiki.error, remedy) == NULL)
		fail_msg("not '%s' and '%s': %s", what, remedy, kumiki.error);
}

static void gone(const char *path)
{
	assert_int_equal(remove(fake_tree_path(path)), 0);
}

static void opened(void)
{
	if (kumiki_open(&kumiki, root) != 0)
		fail_msg("%s", kumiki.error);
}

/* ---- things that may be missing ---- */

TEST(no_panel)
{
	fake_tree_write(FAKE_FUNCTION "/device", "0x1000\n", 7);
	refused("no panel (1af4:10f5)", "`kumiki,panel;`");
}

TEST(no_bus)
{
	root = "/nonexistent";
	refused("/nonexistent/sys/bus/pci/devices: No such file", "has no PCI bus");
}

TEST(no_module)
{
	gone(FAKE_FUNCTION "/driver");
	gone("/sys/bus/pci/drivers/uio_pci_generic");
	refused("has no driver uio_pci_generic", "modprobe uio_pci_generic");
}

TEST(another_driver_has_it)
{
	gone(FAKE_FUNCTION "/driver");
	assert_int_equal(symlink("../drivers/other", fake_tree_path(FAKE_FUNCTION "/driver")), 0);
	refused("the driver other has the panel",
	        "echo 0000:00:1f.0 > /sys/bus/pci/drivers/other/unbind");
}

TEST(the_driver_is_bound_by_the_panels_address)
{
	char text[64] = "";

	gone(FAKE_FUNCTION "/driver");
	refused("uio_pci_generic didn't take it", "dmesg"); /* there is no driver to take it */
	assert_int_equal(fake_tree_read(FAKE_FUNCTION "/driver_override", text, sizeof(text)), 15);
	assert_memory_equal(text, "uio_pci_generic", 15);
	assert_int_equal(fake_tree_read("/sys/bus/pci/drivers_probe", text, sizeof(text)), 12);
	assert_memory_equal(text, "0000:00:1f.0", 12);
}

TEST(no_uio)
{
	gone(FAKE_FUNCTION "/uio/uio0");
	refused("has no uioN", "module uio");
}

TEST(no_device_file)
{
	gone("/dev/uio0");
	refused("/dev/uio0 isn't there", "devtmpfs");
}

TEST(no_write_combining)
{
	gone(FAKE_FUNCTION "/resource2_wc");
	refused("resource2_wc isn't there", "write-combining");
}

TEST(no_device_tree)
{
	gone("/sys/firmware/fdt");
	refused("/sys/firmware/fdt: No such file", "device tree");
	fake_tree_write("/sys/firmware/fdt", "nothing of the kind, and a little more than a header",
	                52);
	refused("is no whole device tree", "/sys/firmware/fdt");
}

TEST(no_run)
{
	gone("/run");
	refused("can't open", "writable /run");
}

TEST(a_foreign_function)
{
	fake_panel.magic = 0x12345678;
	refused("isn't Kumiki's panel", "another product");
	fake_panel_reset();
	fake_panel.revision = 1;
	refused("revision 1, this library needs 2", "came with the frame");
}

TEST(a_newer_panel)
{
	fake_panel.revision = PANEL_REVISION_VALUE + 1;
	opened();
}

TEST(a_window_outside)
{
	static const char resource[] = "0x10000000 0x10000fff 0x40200\n0x0 0x0 0x0\n"
	                               "0x30000000 0x3003ffff 0x14220c\n";

	fake_tree_write(FAKE_FUNCTION "/resource", resource, sizeof(resource) - 1);
	refused("window pipe, at 0x20000000, isn't in the panel's memory", "packed together");
}

TEST(a_box_outside)
{
	static const char resource[] = "0x10000000 0x10000fff 0x40200\n0x0 0x0 0x0\n"
	                               "0x20000000 0x20004fff 0x14220c\n";

	fake_tree_write(FAKE_FUNCTION "/resource", resource, sizeof(resource) - 1);
	refused("black box of small isn't in the panel's memory", "packed together");
}

/* ---- a panel that is there ---- */

/* Whether the memory is writable, as the kernel sees it for this program. */
static bool writable(void *memory)
{
	const int zeroes = open("/dev/zero", O_RDONLY);
	const bool good = read(zeroes, memory, 1) == 1;

	(void)close(zeroes);
	return good;
}

TEST(windows_are_found)
{
	const struct kumiki_window *window;

	opened();
	assert_int_equal(kumiki.window_count, 2);
	window = kumiki_window(&kumiki, "pipe");
	assert_non_null(window);
	assert_int_equal(window->address, FAKE_MEMORY + FAKE_WINDOW);
	assert_int_equal(window->size, 0x2000);
	assert_false(window->read_only);
	assert_int_equal(window->peer_count, 1);
	assert_string_equal(window->peers[0].name, "small");
	assert_int_equal(window->peers[0].ring, FAKE_RING);
	assert_int_equal(window->peers[0].bit, FAKE_BIT);
	memset(window->memory, 0x5a, window->size);
	assert_true(writable(window->memory));
	window = kumiki_window(&kumiki, "seen");
	assert_true(window->read_only);
	assert_int_equal(window->peers[0].ring, KUMIKI_NO_BELL);
	assert_int_equal(*(const char *)window->memory, 0);
	assert_false(writable(window->memory));
	assert_null(kumiki_window(&kumiki, "none"));
	assert_non_null(strstr(kumiki.error, "no window none"));
	assert_int_equal(kumiki.doorbell_count, 1);
	assert_string_equal(kumiki.doorbells[0].peer.name, "other");
	assert_int_equal(kumiki.doorbells[0].peer.bit, 5);
	assert_int_equal(kumiki.doorbells[0].peer.ring, KUMIKI_NO_BELL);
}

TEST(doorbells_ring)
{
	opened();
	assert_int_equal(kumiki_ring(&kumiki, FAKE_RING), 0);
	assert_int_equal(fake_panel.rung, 1);
	assert_int_equal(kumiki_ring(&kumiki, FAKE_RING + 1), -1);
	assert_non_null(strstr(kumiki.error, "doorbell 5 is somebody else's"));
	assert_int_equal(kumiki_ring(&kumiki, 1000), -1);
	assert_non_null(strstr(kumiki.error, "doorbell 1000 doesn't exist"));
	assert_int_equal(fake_panel.lockers, 0);
}

TEST(generations_grow)
{
	uint32_t first, second, third;

	opened();
	assert_int_equal(kumiki_generation(&kumiki, &first), 0);
	assert_int_equal(first, 7 << 16 | 1);
	kumiki_close(&kumiki);
	opened();
	assert_int_equal(kumiki_generation(&kumiki, &second), 0);
	assert_int_equal(second, first + 1);
	gone("/run/kumiki-panel"); /* Linux has been restarted */
	kumiki_close(&kumiki);
	fake_panel.starts++;
	opened();
	assert_int_equal(kumiki_generation(&kumiki, &third), 0);
	assert_true(third > second);
}

TEST(states_are_told)
{
	struct life_status status;

	opened();
	assert_int_equal(kumiki_partition(&kumiki, "small"), 1);
	assert_int_equal(kumiki_state(&kumiki, 1, &status), 0);
	assert_int_equal(status.state, LIFE_RUNNING);
	assert_int_equal(kumiki_state(&kumiki, 0, &status), 0);
	assert_int_equal(status.starts, 7);
	assert_int_equal(kumiki_state(&kumiki, 2, &status), -1);
	assert_non_null(
	    strstr(kumiki.error, "write `kumiki,manages = \"other\";` in linux's node"));
	assert_int_equal(kumiki_state(&kumiki, 3, &status), -1);
	assert_non_null(strstr(kumiki.error, "no partition number 3"));
	assert_int_equal(kumiki_partition(&kumiki, "smal"), -1);
	assert_string_equal(kumiki.error,
	                    "there is no partition smal; there are: linux small other");
}

TEST(commands_are_given)
{
	opened();
	assert_int_equal(kumiki_command(&kumiki, 1, LIFE_SUSPEND), 0);
	assert_int_equal(fake_panel.last_command, LIFE_SUSPEND);
	assert_int_equal(kumiki_command(&kumiki, 2, LIFE_STOP), -1);
	assert_non_null(strstr(kumiki.error, "other isn't managed"));
	assert_int_equal(fake_panel.commands, 1);
}

/* Numbers from others may be damaged: none of them counts as another partition or core. */
TEST(numbers_of_nothing)
{
	const uint64_t record = fake_panel.hold[2];
	char name[KUMIKI_NAME_SIZE + 1] = "?";

	opened();
	assert_int_equal(kumiki_hold(&kumiki, 2, 256, 1000), -1); /* a byte more than fits */
	assert_non_null(strstr(kumiki.error, "no partition number 256"));
	assert_int_equal(kumiki_hold(&kumiki, 2, 3, 1000), -1);
	assert_int_equal(kumiki_hold(&kumiki, 8, 1, 1000), -1);
	assert_true(fake_panel.hold[2] == record && fake_panel.holds == 0);
	assert_true(kumiki_core(&kumiki, 16) == HOLD_FIXED);
	assert_true(kumiki_core(&kumiki, UINT32_MAX) == HOLD_FIXED);
	kumiki_name(&kumiki, 255, name);
	assert_string_equal(name, "");
}

static void no_box(const char *why)
{
	fake_tree_box(&box);
	assert_int_equal(kumiki_blackbox(&kumiki, 1, &copy), -1);
	if (strstr(kumiki.error, why) == NULL)
		fail_msg("not '%s': %s", why, kumiki.error);
}

TEST(boxes_are_checked)
{
	memset(&box, 0, sizeof(box));
	opened();
	no_box("nothing was written");
	box.magic = BLACKBOX_MAGIC;
	no_box("revision 0");
	box.revision = BLACKBOX_REVISION;
	box.size = sizeof(box);
	box.words_size = BLACKBOX_WORDS_SIZE + 1;
	no_box("is damaged: its report has 4097 bytes");
	box.words_size = BLACKBOX_WORDS_SIZE;
	box.former_size = BLACKBOX_FORMER_SIZE + 1;
	no_box("is damaged: 8185 and 0 bytes of it are from before the reset");
	box.former_size = 1;
	box.former_words = BLACKBOX_FORMER_SIZE;
	no_box("is damaged: 1 and 8184 bytes of it are from before the reset");
	box.former_words = 0;
	box.trace_count[7] = BLACKBOX_TRACE_EVENTS + 1;
	no_box("is damaged: core 7");
	box.trace_count[7] = 0;
	box.printed = BLACKBOX_CONSOLE_SIZE + 10;
	box.events = 3;
	fake_tree_box(&box);
	assert_int_equal(kumiki_blackbox(&kumiki, 1, &copy), 0);
	assert_int_equal(copy.first_character, 11);
	assert_int_equal(copy.first_event, 0);
	assert_int_equal(kumiki_blackbox(&kumiki, 2, &copy), -1);
	assert_non_null(strstr(kumiki.error, "other isn't managed"));
}
