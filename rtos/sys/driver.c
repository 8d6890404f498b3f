/* See rtos/driver.h. */
#include <rtos/console.h>
#include <rtos/driver.h>
#include <rtos/sys.h>

_Noreturn void driver_fail(const char *what)
{
	struct text text = {.length = 0};

	text_add(&text, sys_program->name);
	text_add(&text, ": ");
	text_add(&text, what);
	text_add(&text, "\n");
	(void)console_print(&text);
	sys_exit(1);
}

const struct rtos_given *driver_given(enum rtos_given_kind kind, const char *otherwise)
{
	const struct rtos_given *given = sys_given(kind, NULL, 0);

	if (!given)
		driver_fail(otherwise);
	return given;
}
