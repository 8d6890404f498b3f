/*
 * Boards that people have, from the device trees that Linux has for them: where the frame finds
 * their GIC and their UART, and which memory is the firmware's. Shows: boards.file.
 */
#include <host/model.h>
#include <stdint.h>
#include <unit.h>

static const struct model_options no_options;
static struct model *model;

static void load(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "tests/descriptions/boards/%s.dts", name);
	model = model_load(path, &no_options, stderr);
	assert_non_null(model);
}

static void tear_down(void)
{
	model_free(model);
}

static void set_up_zcu102(void)
{
	load("zcu102");
}

static void set_up_raspi4b(void)
{
	load("raspi4b");
}

static void set_up_imx8mp(void)
{
	load("imx8mp-evk");
}

/* GICC's second page lies behind the last one of the sixteen copies of its first page. */
TEST_WITH(test_zcu102, set_up_zcu102, tear_down)
{
	const struct bundle_board *board = &model->board;

	assert_string_equal(board->name, "xlnx-zcu102");
	assert_int_equal(board->gicd_base, 0xf9010000);
	assert_int_equal(board->gicr_base, 0xf902f000);
	assert_int_equal(board->gicr_size, 0x2000);
	assert_int_equal(board->gich_base, 0xf9040000);
	assert_int_equal(board->gicv_base, 0xf9060000);
	assert_int_equal(board->uart_base, 0xff000000);
	assert_int_equal(board->uart_intid, 53);
	assert_int_equal(board->pmu_intid, 0); /* they are SPIs */
	assert_int_equal(board->ram_base, 0);
	assert_int_equal(board->ram_size, 0x80000000);
	assert_int_equal(model->core_count, 4);
	assert_int_equal(model->partitions[0].uart_ipa, board->uart_base);
}

TEST_WITH(test_raspi4b, set_up_raspi4b, tear_down)
{
	const struct bundle_board *board = &model->board;

	assert_string_equal(board->name, "raspi4b");
	assert_int_equal(board->gicd_base, 0xff841000);
	assert_int_equal(board->gicr_base, 0xff842000);
	assert_int_equal(board->gicr_size, 0x2000);
	assert_int_equal(board->gich_base, 0xff844000);
	assert_int_equal(board->gicv_base, 0xff846000);
	assert_int_equal(board->uart_base, 0xfe201000);
	assert_int_equal(board->uart_intid, 153);
	assert_int_equal(model->core_count, 4);
}

/* Its console is the second of its UARTs, and of QEMU's serial lines. */
TEST_WITH(test_imx8mp, set_up_imx8mp, tear_down)
{
	const struct bundle_board *board = &model->board;

	assert_string_equal(board->name, "imx8mp-evk");
	assert_int_equal(board->gicd_base, 0x38800000);
	assert_int_equal(board->gicr_base, 0x38880000);
	assert_int_equal(board->gich_base, 0);
	assert_int_equal(board->uart_base, 0x30890000);
	assert_int_equal(board->uart_intid, 59);
	assert_int_equal(model->qemu_serial, 1);
	assert_int_equal(board->ram_base, 0x40000000);
	assert_int_equal(board->ram_size, 0xc0000000);
	assert_int_equal(model->core_count, 4);
}

/* Nothing is in the page of the spin table, nor in the VideoCore's memory. */
TEST_WITH(test_raspi4b_firmware, set_up_raspi4b, tear_down)
{
	assert_true(model->image_base >= 0x1000);
	assert_true(model->partitions[0].memory[0].pa >= 0x1000);
	assert_true(model->partitions[0].memory[0].pa + (16 << 20) <= 0x3b400000);
	assert_true(model->partitions[1].memory[0].pa >= 0x40000000);
}
