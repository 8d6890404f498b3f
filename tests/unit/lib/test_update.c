/* Which frame can take the place of another one: each field that must agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lib/update.h>
#include <string.h>

static struct image {
	struct arm64_image_header kernel;
	struct frame_header frame;
	uint8_t rest[64];
} image;
static struct frame_header running;

static int set_up(void **state)
{
	(void)state;
	running = (struct frame_header){.magic = FRAME_HEADER_MAGIC,
	                                .bundle_revision = BUNDLE_REVISION,
	                                .image_size = sizeof(image),
	                                .board = "qemu-virt",
	                                .uart_base = 0x9000000,
	                                .version = "1.0",
	                                .layout = 1,
	                                .keep = 7,
	                                .state = 0x123456789abcdef0};
	image = (struct image){.kernel = {.magic = ARM64_IMAGE_MAGIC}, .frame = running};
	strcpy(image.frame.version, "2.0");
	return 0;
}

static enum update_fault fault(void)
{
	return update_fault_of(&running, &image, sizeof(image));
}

static void another_version_fits(void **state)
{
	(void)state;
	assert_int_equal(fault(), UPDATE_OK);
}

static void what_is_no_frame(void **state)
{
	(void)state;
	image.kernel.magic++;
	assert_int_equal(fault(), UPDATE_NOT_A_FRAME);
	image.kernel.magic--;
	image.frame.magic ^= 1;
	assert_int_equal(fault(), UPDATE_NOT_A_FRAME);
}

static void another_board(void **state)
{
	(void)state;
	image.frame.board[4] = '_';
	assert_int_equal(fault(), UPDATE_BOARD);
	image.frame = running;
	image.frame.uart_base += 0x1000;
	assert_int_equal(fault(), UPDATE_BOARD);
}

static void another_revision(void **state)
{
	(void)state;
	image.frame.bundle_revision++;
	assert_int_equal(fault(), UPDATE_BUNDLE_REVISION);
}

static void other_places(void **state)
{
	(void)state;
	image.frame.layout = 2;
	assert_int_equal(fault(), UPDATE_LAYOUT);
	image.frame.layout = running.layout = 0; /* neither has fixed places */
	assert_int_equal(fault(), UPDATE_LAYOUT);
}

static void another_meaning(void **state)
{
	(void)state;
	image.frame.keep++;
	assert_int_equal(fault(), UPDATE_KEEP);
}

static void other_structures(void **state)
{
	(void)state;
	image.frame.state ^= 1ULL << 63;
	assert_int_equal(fault(), UPDATE_STATE);
}

static void another_size(void **state)
{
	(void)state;
	image.frame.image_size--;
	assert_int_equal(fault(), UPDATE_SIZE);
	image.frame.image_size++;
	assert_int_equal(update_fault_of(&running, &image, sizeof(image) - 1), UPDATE_SIZE);
	assert_int_equal(update_fault_of(&running, &image, sizeof(image) + 4096), UPDATE_SIZE);
	assert_int_equal(update_fault_of(&running, &image, 0), UPDATE_SIZE);
}

static void each_fault_has_words(void **state)
{
	(void)state;
	for (unsigned a = 0; a < UPDATE_FAULTS; a++)
		for (unsigned b = 0; b <= a; b++)
			assert_int_equal(strcmp(update_fault_text(a), update_fault_text(b)) == 0,
			                 a == b);
	assert_string_equal(update_fault_text(UPDATE_FAULTS), "no such reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(another_version_fits, set_up),
	    cmocka_unit_test_setup(what_is_no_frame, set_up),
	    cmocka_unit_test_setup(another_board, set_up),
	    cmocka_unit_test_setup(another_revision, set_up),
	    cmocka_unit_test_setup(other_places, set_up),
	    cmocka_unit_test_setup(another_meaning, set_up),
	    cmocka_unit_test_setup(other_structures, set_up),
	    cmocka_unit_test_setup(another_size, set_up),
	    cmocka_unit_test(each_fault_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
