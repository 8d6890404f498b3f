/* See unit/broker/kill.h. The compiler calls __sanitizer_cov_trace_pc(). */
#include <setjmp.h>
#include <unit/broker/kill.h>

static jmp_buf kill_out;
static uint64_t kill_step, kill_now;
static bool kill_armed;
static void (*kill_neighbour)(void);
static bool kill_in_turn;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	if (kill_in_turn && kill_neighbour) {
		kill_in_turn = false; /* its own steps are no broker's */
		kill_neighbour();
		kill_in_turn = true;
	}
	if (!kill_armed || ++kill_step != kill_now)
		return;
	kill_armed = false;
	longjmp(kill_out, 1);
}

bool kill_at(uint64_t at, void (*what)(void *), void *argument)
{
	kill_step = 0;
	kill_now = at;
	if (setjmp(kill_out) != 0)
		return true;
	kill_armed = true;
	what(argument);
	kill_armed = false;
	return false;
}

void kill_beside(void (*what)(void))
{
	kill_neighbour = what;
}

void kill_turn(bool begins)
{
	kill_in_turn = begins;
}

uint64_t kill_steps(void)
{
	return kill_step;
}
