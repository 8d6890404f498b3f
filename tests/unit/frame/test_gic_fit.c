/*
 * Which virtual CPU interfaces the frame takes: by ICH_VTR_EL2 as real GICs and others have it.
 *
 * Shows: start.unfit.
 */
#include <frame/gic.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TYPE(registers, preemption)                                                                \
	(((preemption)-1u) << 26 | ((preemption)-1u) << 29 | 1u << 19 | ((registers)-1u))

static void test_fit(void **state)
{
	(void)state;
	assert_null(gic_interface_unfit(0x90180003)); /* Cortex-A57 in QEMU */
	for (uint32_t registers = 2; registers <= 16; registers++)
		assert_null(gic_interface_unfit(TYPE(registers, 5)));
}

static void test_list_registers(void **state)
{
	(void)state;
	assert_non_null(strstr(gic_interface_unfit(TYPE(1, 5)), "list registers"));
}

static void test_preemption(void **state)
{
	(void)state;
	for (uint32_t bits = 4; bits <= 7; bits++)
		if (bits != 5)
			assert_non_null(strstr(gic_interface_unfit(TYPE(4, bits)), "preemption"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fit),
	    cmocka_unit_test(test_list_registers),
	    cmocka_unit_test(test_preemption),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
