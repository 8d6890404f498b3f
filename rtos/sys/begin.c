/* The start of a program without a C library: see rtos/begin.h. */
#include <rtos/begin.h>
#include <rtos/sys.h>

/* The program's own main(). Its result is the exit value. */
int main(void);

_Noreturn void sys_start(const void *told)
{
	sys_begin(told);
	sys_exit((uint64_t)main());
}
