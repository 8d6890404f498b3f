/* Whether a frame can take the place of another one: each field that must agree. */
#include <lib/update.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

static struct image {
	struct arm64_image_header kernel;
	struct frame_header frame;
	uint8_t rest[64];
} image;
static struct frame_header running;

static void set_up(void)
{
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
}

static enum update_fault fault(void)
{
	return update_fault_of(&running, &image, sizeof(image));
}

TEST_WITH(another_version_fits, set_up, NULL)
{
	assert_int_equal(fault(), UPDATE_OK);
}

TEST_WITH(images_without_a_frame, set_up, NULL)
{
	image.kernel.magic++;
	assert_int_equal(fault(), UPDATE_NOT_A_FRAME);
	image.kernel.magic--;
	image.frame.magic ^= 1;
	assert_int_equal(fault(), UPDATE_NOT_A_FRAME);
}

TEST_WITH(another_board, set_up, NULL)
{
	image.frame.board[4] = '_';
	assert_int_equal(fault(), UPDATE_BOARD);
	image.frame = running;
	image.frame.uart_base += 0x1000;
	assert_int_equal(fault(), UPDATE_BOARD);
	image.frame = running;
	image.frame.uart_registers = BUNDLE_UART_WORDS | 2;
	assert_int_equal(fault(), UPDATE_BOARD);
}

TEST_WITH(another_revision, set_up, NULL)
{
	image.frame.bundle_revision++;
	assert_int_equal(fault(), UPDATE_BUNDLE_REVISION);
}

TEST_WITH(other_places, set_up, NULL)
{
	image.frame.layout = 2;
	assert_int_equal(fault(), UPDATE_LAYOUT);
	image.frame.layout = running.layout = 0; /* neither has fixed places */
	assert_int_equal(fault(), UPDATE_LAYOUT);
}

TEST_WITH(another_meaning, set_up, NULL)
{
	image.frame.keep++;
	assert_int_equal(fault(), UPDATE_KEEP);
}

TEST_WITH(other_structures, set_up, NULL)
{
	image.frame.state ^= 1ULL << 63;
	assert_int_equal(fault(), UPDATE_STATE);
}

TEST_WITH(another_size, set_up, NULL)
{
	image.frame.image_size--;
	assert_int_equal(fault(), UPDATE_SIZE);
	image.frame.image_size++;
	assert_int_equal(update_fault_of(&running, &image, sizeof(image) - 1), UPDATE_SIZE);
	assert_int_equal(update_fault_of(&running, &image, sizeof(image) + 4096), UPDATE_SIZE);
	assert_int_equal(update_fault_of(&running, &image, 0), UPDATE_SIZE);
}

TEST(each_fault_has_words)
{
	for (unsigned a = 0; a < UPDATE_FAULTS; a++)
		for (unsigned b = 0; b <= a; b++)
			assert_int_equal(strcmp(update_fault_text(a), update_fault_text(b)) == 0,
			                 a == b);
	assert_string_equal(update_fault_text(UPDATE_FAULTS), "no such reason");
}
