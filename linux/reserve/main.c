/* The process around kumiki-reserve: see reserve.h. */
#include "reserve.h"

int main(int count, char *arguments[])
{
	return reserve_main(count, arguments, "", stdout, stderr);
}
