/* Whether the frame crashes, by __builtin_trap(). */
#ifndef FRAME_CRASHES_H
#define FRAME_CRASHES_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>

static sigjmp_buf crashes_trapped;

static void crashes_on_trap(int number)
{
	(void)number;
	siglongjmp(crashes_trapped, 1);
}

static bool crashes(void (*act)(void))
{
	void (*const was)(int) = signal(SIGILL, crashes_on_trap);
	volatile bool crashed = false;

	if (sigsetjmp(crashes_trapped, 1) == 0)
		act();
	else
		crashed = true;
	signal(SIGILL, was);
	return crashed;
}

#endif
