/*
 * Makes deadly calls, of two kinds, each twice; and one that does no harm. All deadly ones are set
 * aside: with its exit value it tells which answer was another one. On its first start it isn't
 * wanted yet.
 */
#include <guilt/proto.h>
#include <rtos/sys.h>

int main(void)
{
	static const struct {
		enum guilt_operation what;
		enum rtos_status status;
	} calls[] = {{GUILT_DEADLY, RTOS_SET_ASIDE},
	             {GUILT_DEADLY, RTOS_SET_ASIDE},
	             {GUILT_COUNT, RTOS_OK},
	             {GUILT_DEADLY_TOO, RTOS_SET_ASIDE},
	             {GUILT_DEADLY_TOO, RTOS_SET_ASIDE},
	             {GUILT_COUNT, RTOS_OK}};
	const rtos_handle_t port = sys_given(RTOS_GIVEN_USE, "shared", 0)->handle;

	if (sys_program->starts == 0)
		return 0;
	for (uint32_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uint64_t word[RTOS_WORDS] = {calls[i].what};

		if (sys_call(port, word, 0) != calls[i].status)
			return 100 + (int)i;
	}
	return 0;
}
