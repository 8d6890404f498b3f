/* The process around kumikictl: see kumikictl.h. */
#include "kumikictl.h"

int main(int count, char *arguments[])
{
	return tool_run(count, arguments, NULL, stdout, stderr);
}
