/* Uses the lazy server, and ends without a word of that; on its first start it isn't wanted yet. */
#include <life/proto.h>
#include <proto/supervisor.h>
#include <rtos/sys.h>

int main(void)
{
	const struct rtos_given *lazy = sys_given(RTOS_GIVEN_USE, "lazy", 0);
	uint64_t word[RTOS_WORDS] = {SUPERVISOR_OPEN, lazy->address};

	if (sys_program->starts == 0)
		return 0;
	if (sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0) != RTOS_OK ||
	    word[0] != SUPERVISOR_OK)
		return 1;
	word[0] = LIFE_COUNT;
	return sys_call(lazy->handle, word, 0) != RTOS_OK || word[0] != 0;
}
