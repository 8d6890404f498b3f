/* Maps the region that it is given like its own memory, and faults. */
#include <rtos/sys.h>

#define TAKER_ADDRESS 0x400000ULL
#define TAKER_PAGES   8

static volatile uint64_t *volatile taker_nowhere;

int main(void)
{
	const rtos_handle_t port = sys_given(RTOS_GIVEN_USE, "torn", 0)->handle;
	uint64_t word[RTOS_WORDS] = {0}, payload = RTOS_ANSWER_HANDLE;

	if (sys_call_with(port, word, &payload, 0) != RTOS_OK ||
	    sys_do(RTOS_MAP, RTOS_PAYLOAD_NUMBER(payload), TAKER_ADDRESS, 0, TAKER_PAGES,
	           RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL) != RTOS_OK)
		return 2;
	*taker_nowhere = 1;
	return 0;
}
