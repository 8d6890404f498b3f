/* Makes one call, and ends with its status. */
#include <guilt/proto.h>
#include <rtos/sys.h>

int main(void)
{
	uint64_t word[RTOS_WORDS] = {GUILT_COUNT};

	return (int)sys_call(sys_given(RTOS_GIVEN_USE, "frail", 0)->handle, word, 0);
}
