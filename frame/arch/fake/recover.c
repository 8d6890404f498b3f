/* The fake frame doesn't crash, and isn't updated. */
#include <start/recover.h>
#include <start/update.h>
#include <stdlib.h>
#include <word/recover.h>

_Noreturn void rest_in_start(void)
{
	abort();
}

bool recover_is_on(void)
{
	return false;
}

void recover_forget(void)
{
}

void recover_adopt(void)
{
}

void recover_go_on(void)
{
}

void recover_started(void)
{
}

bool update_keeps_cores(void)
{
	return false;
}
