/*
 * Which virtual CPU interfaces the frame takes: by ICH_VTR_EL2 as real GICs and others have it.
 *
 * Shows: start.unfit.
 */
#include <frame/gic.h>

#include <string.h>
#include <unit.h>

#define TYPE(registers, preemption)                                                                \
	(((preemption)-1u) << 26 | ((preemption)-1u) << 29 | 1u << 19 | ((registers)-1u))

TEST(test_fit)
{
	assert_null(gic_interface_unfit(0x90180003)); /* Cortex-A57 in QEMU */
	for (uint32_t registers = 2; registers <= 16; registers++)
		assert_null(gic_interface_unfit(TYPE(registers, 5)));
}

TEST(test_list_registers)
{
	assert_non_null(strstr(gic_interface_unfit(TYPE(1, 5)), "list registers"));
}

TEST(test_preemption)
{
	for (uint32_t bits = 4; bits <= 7; bits++)
		if (bits != 5)
			assert_non_null(strstr(gic_interface_unfit(TYPE(4, bits)), "preemption"));
}
